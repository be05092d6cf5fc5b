package kustomer

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

const person = "65a0c0ffee0000000000aaaa"

// deliverySpec returns the sink of one channel.
func deliverySpec(t testing.TB, channel string) *sinks.Spec {
	t.Helper()
	specs := catalog.Specs()
	for i := range specs {
		if s, ok := specs[i].Delivering(channel); ok {
			return s
		}
	}
	t.Fatalf("nothing delivers by %s", channel)
	return nil
}

func emailRequest(t testing.TB) sinks.Request {
	spec := deliverySpec(t, "email")
	payload, err := spec.Fit(sinks.Create, map[string]any{
		"customer": person, "channel": "email", "body": "Hello", "to": []any{map[string]any{"email": "ann@x.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sinks.Request{Spec: spec, Op: sinks.Create, Payload: payload}
}

// TestDeliveryGuard: a client that may not deliver sends nothing that could reach people, however the path is
// written; it sends notes, reads and deletes.
func TestDeliveryGuard(t *testing.T) {
	s := newServer(t, always(200, shown("5f00aa", nil)))
	for _, c := range []struct {
		method, path, body string
		passes             bool
	}{
		{"POST", "/v1/customers/x/drafts", `{"channel":"email"}`, false},
		{"POST", "/v1/customers/x/drafts?createConversation=true", `{"channel":"email"}`, false},
		{"POST", "/v1/customers/x/%64rafts", `{"channel":"email"}`, false},
		{"POST", "/v1/customers/x/Drafts/", `{"channel":"email"}`, false},
		{"POST", "/v1//customers/x/drafts;v=1", `{"channel":"email"}`, false},
		{"POST", "/v1/customers/x/drafts", `{"Channel":"note","channel":"sms"}`, false},
		{"POST", "/v1/customers/x/drafts", `{"channel":["note"]}`, false},
		{"POST", "/v1/customers/x/drafts", `not JSON`, false},
		{"PUT", "/v1/drafts/x", `{"channel":"email","sendAt":"2020-01-01T00:00:00Z"}`, false},
		{"PUT", "/v1/drafts/x", `{"channel":"note","sendAt":"2020-01-01T00:00:00Z"}`, false},
		{"PATCH", "/v1/drafts/x", `{}`, false},
		{"POST", "/v1/customers/x/drafts", `{"channel":"note","body":"x"}`, true},
		{"DELETE", "/v1/drafts/x", "", true},
		{"GET", "/v1/customers/x/drafts", "", true},
		{"POST", "/v1/conversations/x/messages", `{"channel":"email"}`, true},
		{"PUT", "/v1/customers/drafts-and-more", `{}`, true},
	} {
		for _, allowed := range []bool{false, true} {
			client := newTestClient(t, s.URL, func(o *Options) { o.AllowDelivery, o.AllowDestructive = allowed, true })
			before := len(s.seen())
			r, err := client.wire.request(c.method, c.path, c.path, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.send(t.Context(), r)
			arrived := len(s.seen()) > before
			if arrived != (c.passes || allowed) || arrived == (err != nil) {
				t.Errorf("%s %s %s, allowed %v: arrived %v, error %v", c.method, c.path, c.body, allowed, arrived, err)
			}
			if err != nil && classified(t, err).Class != sinks.Refused {
				t.Errorf("%s %s: %v", c.method, c.path, err)
			}
		}
	}
}

// TestDraftThenSend: the first request does not say when the message leaves, the second says only that.
func TestDraftThenSend(t *testing.T) {
	s := newServer(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		always(200, shown("5f00aa", map[string]any{"status": "draft"}))(0, w, r)
	})
	client := newTestClient(t, s.URL, func(o *Options) { o.AllowDelivery = true })
	req := emailRequest(t)
	res, err := client.Do(t.Context(), req)
	if err != nil || res.ID != "5f00aa" {
		t.Fatalf("%+v %v", res, err)
	}
	req.Op, req.ID = sinks.Send, res.ID
	req.Payload = req.Spec.Delivery.SendPayload(req.Payload, "2024-05-01T10:00:00.000Z")
	if _, err := client.Do(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ask := range s.seen() {
		got = append(got, ask.method+" "+ask.uri+" "+ask.body)
	}
	want := []string{
		"POST /v1/customers/" + person + `/drafts {"body":"Hello","channel":"email","to":[{"email":"ann@x.example"}]}`,
		`PUT /v1/drafts/5f00aa {"channel":"email","scheduled":true,"sendAt":"2024-05-01T10:00:00.000Z"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSendThatMeetsNoDraft: when the draft is gone, somebody may have sent it.
func TestSendThatMeetsNoDraft(t *testing.T) {
	for status, want := range map[int]sinks.Class{404: sinks.Unknown, 409: sinks.Unknown, 410: sinks.Unknown, 500: sinks.Unknown, 400: sinks.Refused, 403: sinks.Fatal} {
		s := newServer(t, always(status, `{"errors":[{"status":1,"title":"no"}]}`))
		client := newTestClient(t, s.URL, func(o *Options) { o.AllowDelivery = true })
		_, err := client.Do(t.Context(), sinks.Request{Spec: deliverySpec(t, "sms"), Op: sinks.Send, ID: "5f00aa", Payload: map[string]any{"channel": "sms"}})
		if got := classified(t, err).Class; got != want {
			t.Errorf("status %d: %v, want %v", status, got, want)
		}
	}
}

func TestUnsent(t *testing.T) {
	draft := func(id, attributes string) string {
		return fmt.Sprintf(`{"type":"draft","id":%q,"attributes":{%s}}`, id, attributes)
	}
	const ann = `"to":[{"email":"ANN@x.example","name":"Ann"}]`
	const same = `"channel":"email","body":"Hello","status":"draft",` + ann
	for name, c := range map[string]struct {
		status int
		body   string
		want   []string
		fails  bool
	}{
		"none":               {200, `{"data":[]}`, nil, false},
		"one":                {200, `{"data":[` + draft("d1", same) + `]}`, []string{"d1"}, false},
		"two":                {200, `{"data":[` + draft("d1", same) + `,` + draft("d2", same) + `]}`, []string{"d1", "d2"}, false},
		"other text":         {200, `{"data":[` + draft("d1", `"channel":"email","body":"Bye",`+ann) + `]}`, nil, false},
		"other channel":      {200, `{"data":[` + draft("d1", `"channel":"sms","body":"Hello",`+ann) + `]}`, nil, false},
		"another thread":     {200, `{"data":[` + draft("d1", same+`,"conversation":"c9"`) + `]}`, nil, false},
		"waits for its time": {200, `{"data":[` + draft("d1", same+`,"sendAt":"2030-01-01T00:00:00Z"`) + `]}`, nil, false},
		"scheduled":          {200, `{"data":[` + draft("d1", `"channel":"email","body":"Hello","status":"scheduled"`) + `]}`, nil, false},
		"other subject":      {200, `{"data":[` + draft("d1", same+`,"subject":"Hi"`) + `]}`, nil, false},
		"to somebody else":   {200, `{"data":[` + draft("d1", `"channel":"email","body":"Hello","to":[{"email":"eve@x.example"}]`) + `]}`, nil, false},
		"to one more":        {200, `{"data":[` + draft("d1", same+`,"bcc":[{"email":"eve@x.example"}]`) + `]}`, nil, false},
		"shows no recipient": {200, `{"data":[` + draft("d1", `"channel":"email","body":"Hello"`) + `]}`, nil, true},
		"shows no text":      {200, `{"data":[` + draft("d1", `"channel":"email"`) + `]}`, nil, true},
		"another page":       {200, `{"data":[],"links":{"next":"/v1/x?page=2"}}`, nil, true},
		"no list":            {200, `{}`, nil, true},
		"cut":                {200, `{"data":[`, nil, true},
		"not allowed":        {403, `{}`, nil, true},
		"broken":             {500, `{}`, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, always(c.status, c.body))
			client := newTestClient(t, s.URL, func(o *Options) { o.Retries = -1 })
			got, err := client.Unsent(t.Context(), emailRequest(t))
			if diff := cmp.Diff(c.want, got); diff != "" || c.fails != (err != nil) {
				t.Errorf("%v %s", err, diff)
			}
			if err != nil && classified(t, err).Class == sinks.Fatal {
				t.Errorf("it would end the run: %v", err)
			}
			if uri := s.seen()[0].uri; !strings.HasPrefix(uri, "/v1/customers/"+person+"/drafts") {
				t.Errorf("asked for %s", uri)
			}
		})
	}
}

// TestDraftFields holds the limits of kustomer-api.md 8.
func TestDraftFields(t *testing.T) {
	to := []any{map[string]any{"email": "ann@x.example"}}
	least := map[string]map[string]any{
		"email":    {"to": to, "body": "x"},
		"sms":      {"to": "+15550100", "body": "x"},
		"whatsapp": {"to": "+15550100", "body": "x", "app": "whatsapp"},
		"chat":     {"body": "x"},
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		channel, field string
		value          any
		ok             bool
	}{
		{"email", "body", long(10240), true}, {"email", "body", long(10241), false},
		{"email", "to", nil, false}, {"email", "to", []any{}, false}, {"email", "to", []any{map[string]any{"name": "Ann"}}, false},
		{"email", "to", []any{map[string]any{"email": "a@x.example, b@y.example"}}, false},
		{"email", "to", []any{map[string]any{"email": "a@x.example", "name": "Ann\r\nBcc: b@y.example"}}, false},
		{"email", "subject", "Hi\nBcc: b@y.example", false}, {"email", "subject", "Hi", true},
		{"email", "app", "twilio", false}, {"email", "app", "gmail", true},
		{"email", "headers", []any{}, false}, {"email", "direction", "out", false}, {"email", "externalId", "x", false},
		{"email", "preview", "text", false}, // it is body already
		{"sms", "body", long(1600), true}, {"sms", "body", long(1601), false}, {"sms", "to", nil, false},
		{"sms", "app", "zipwhip", true}, {"sms", "app", "messagebird", false}, {"sms", "cc", to, false},
		{"whatsapp", "body", long(1601), false}, {"whatsapp", "app", nil, false}, {"whatsapp", "meta", map[string]any{"template": "x"}, true},
		{"chat", "body", long(1024), true}, {"chat", "body", long(1025), false}, {"chat", "to", "x", false},
		{"chat", "sendAt", "2030-01-01T00:00:00Z", true}, {"chat", "conversation", person, true},
	} {
		payload := map[string]any{"customer": person, "channel": c.channel}
		for name, v := range least[c.channel] {
			payload[name] = v
		}
		if payload[c.field] = c.value; c.value == nil {
			delete(payload, c.field)
		}
		if _, err := deliverySpec(t, c.channel).Fit(sinks.Create, payload); (err == nil) != c.ok {
			t.Errorf("%s with %s: %v", c.channel, c.field, err)
		}
	}
}
