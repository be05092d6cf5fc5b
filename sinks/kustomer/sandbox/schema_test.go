package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestStrictSchema has one row for each kind of rule; texts as in kustomer-api.md 3.1.
func TestStrictSchema(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	paths := map[string]string{
		"customer": "/v1/customers", "conversation": "/v1/conversations",
		"message": "/v1/conversations/" + conversation + "/messages", "conversation update": "/v1/conversations/" + conversation,
	}
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct {
		to, body string
		want     []string // title and parameter of each error; none: accepted
	}{
		{"customer", `{}`, nil},
		{"customer", `{"name":null,"gender":null,"company":null}`, nil},
		{"customer", `{"firstName":"Ana"}`, []string{"Additional properties not allowed firstName"}},
		{"customer", `{"id":"65a0c0ffee0000000000abcd"}`, []string{"Additional properties not allowed id"}},
		{"customer", `{"data":{"name":"Ana"}}`, []string{"Additional properties not allowed data"}},
		{"customer", `{"a/b":1}`, []string{"Additional properties not allowed a/b"}},
		{"customer", `{"name":5}`, []string{"Invalid type: number (expected string/null) name"}},
		{"customer", `{"emails":null}`, []string{"Invalid type: null (expected array) emails"}},
		{"customer", `{"name":"` + long(256) + `"}`, nil},
		{"customer", `{"name":"` + long(257) + `"}`, []string{"String is too long (257 chars), maximum 256 name"}},
		{"customer", `{"name":"` + strings.Repeat("😀", 128) + `"}`, nil},
		{"customer", `{"name":"` + strings.Repeat("😀", 129) + `"}`, []string{"String is too long (258 chars), maximum 256 name"}},
		{"customer", `{"externalId":""}`, []string{"String is too short (0 chars), minimum 1 externalId"}},
		{"customer", `{"externalIds":[{"externalId":"` + long(256) + `"}]}`, []string{"String is too long (256 chars), maximum 255 externalId"}},
		{"customer", `{"gender":"x"}`, []string{`No enum match for: "x" gender`}},
		{"customer", `{"emails":[{"type":"work"}]}`, []string{"Missing required property: email 0"}},
		{"customer", `{"emails":[{"email":"x"}]}`, []string{"Format validation failed (email-relaxed expected) email"}},
		{"customer", `{"emails":[{"email":"a@b.c","type":"main"}]}`, []string{`No enum match for: "main" type`}},
		{"customer", `{"phones":[{"phone":"call me"}]}`, []string{"Format validation failed (phone-number expected) phone"}},
		{"customer", `{"phones":[{"phone":"+15550100","type":"mobile"}]}`, nil},
		{"customer", `{"avatarUrl":"nowhere"}`, []string{"Format validation failed (uri expected) avatarUrl"}},
		{"customer", `{"urls":[{"url":"example.com"},{"url":"https://example.com/x"}]}`, nil},
		{"customer", `{"birthdayAt":"1990-01-01"}`, []string{"Format validation failed (date-time expected) birthdayAt"}},
		{"customer", `{"company":"acme"}`, []string{"Format validation failed (object-id expected) company"}},
		{"customer", `{"tags":["a","a"]}`, []string{"Array items are not unique (indices 0 and 1) tags"}},
		{"customer", `{"tags":["été","a b-c/d"]}`, nil},
		{"customer", `{"tags":["#x"]}`, []string{"String does not match pattern: ^[0-9a-zA-ZÀ-ÿ_/<>\\-.][0-9a-zA-ZÀ-ÿ_/<>\\-. ]*$ 0"}},
		{"customer", `{"tags":[` + numbered(21) + `]}`, []string{"Array is too long (21), maximum 20 tags"}},
		{"customer", `{"sentiment":{"polarity":0}}`, []string{"Missing required property: confidence sentiment"}},
		{"customer", `{"sentiment":{"polarity":2,"confidence":0.5}}`, []string{"No enum match for: 2 polarity"}},
		{"customer", `{"locations":[{"countryCode":"USA"}]}`, []string{"String is too long (3 chars), maximum 2 countryCode"}},
		{"customer", `{"custom":{"notAnActualAttribute":1}}`, []string{"Additional properties not allowed notAnActualAttribute"}},
		{"customer", `{"custom":{"Str":"x"}}`, []string{"Additional properties not allowed Str"}},
		{"customer", `{"custom":{"aStr":"x","aTxt":null,"aNum":1.5,"aBool":true,"aAt":"2026-01-01T00:00:00Z","aUrl":"https://x.y","aId":"65a0c0ffee0000000000abcd"}}`, nil},
		{"customer", `{"custom":{"aNum":"1"}}`, []string{"Invalid type: string (expected number/null) aNum"}},
		{"customer", `{"custom":{"aStr":"` + long(1025) + `"}}`, []string{"String is too long (1025 chars), maximum 1024 aStr"}},
		{"customer", `{"name":1,"locale":2}`, []string{"Invalid type: number (expected string/null) locale", "Invalid type: number (expected string/null) name"}},
		{"customer", `[]`, []string{"Invalid type: array (expected object)"}},
		{"customer", `null`, []string{"Invalid type: null (expected object)"}},
		{"conversation", `{}`, []string{"Missing required property: customer"}},
		{"conversation", `{"customer":"` + ana + `","priority":5}`, nil},
		{"conversation", `{"customer":"` + ana + `","priority":4.0}`, nil},
		{"conversation", `{"customer":"` + ana + `","priority":9}`, []string{"Value 9 is greater than maximum 5 priority"}},
		{"conversation", `{"customer":"` + ana + `","priority":0}`, []string{"Value 0 is less than minimum 1 priority"}},
		{"conversation", `{"customer":"` + ana + `","priority":2.5}`, []string{"Invalid type: number (expected integer) priority"}},
		{"conversation", `{"customer":"` + ana + `","priority":"3"}`, []string{"Invalid type: string (expected integer) priority"}},
		{"conversation", `{"customer":"` + ana + `","status":"snoozed"}`, []string{`No enum match for: "snoozed" status`}},
		{"conversation", `{"customer":"` + ana + `","channel":"email"}`, []string{"Additional properties not allowed channel"}},
		{"conversation", `{"customer":"` + ana + `","subject":"x"}`, []string{"Additional properties not allowed subject"}},
		{"conversation", `{"customer":"` + ana + `","queue":{}}`, []string{"Too few properties defined (0), minimum 1 queue"}},
		{"conversation", `{"customer":"` + ana + `","assignedUsers":["x"]}`, []string{"Format validation failed (object-id expected) 0"}},
		{"conversation update", `{"createdAt":"2026-01-01T00:00:00Z","importedAt":"2026-01-01T00:00:00Z"}`,
			[]string{"Additional properties not allowed createdAt", "Additional properties not allowed importedAt"}},
		{"conversation update", `{"status":"snoozed","snooze":{"time":"2030-01-01T00:00:00Z","status":"scheduled"},"satisfaction":1}`, nil},
		{"conversation update", `{"satisfaction":2}`, []string{"Value 2 is greater than maximum 1 satisfaction"}},
		{"message", `{}`, []string{"Missing required property: channel", "Missing required property: app"}},
		{"message", `{"channel":"fax","app":"x"}`, []string{`No enum match for: "fax" channel`}},
		{"message", `{"channel":"note","app":"x"}`, []string{`No enum match for: "note" channel`}},
		{"message", `{` + messageFields + `,"body":"x"}`, []string{"Additional properties not allowed body"}},
		{"message", `{"channel":"email","app":"x","preview":"` + long(10241) + `"}`, []string{"String is too long (10241 chars), maximum 10240 preview"}},
		{"message", `{` + messageFields + `,"meta":{"from":"a@b","to":[{"email":"c@d"}]},"size":1e3}`, nil},
		{"message", `{` + messageFields + `,"reference":{"message":"65a0c0ffee0000000000abcd"}}`, []string{"Missing required property: type reference"}},
		{"message", `{` + messageFields + `,"attachments":["65a0c0ffee0000000000abcd"]}`, nil},
		{"message", `{` + messageFields + `,"attachments":[{"_id":"x"}]}`, []string{`Data does not match any schemas from "anyOf" 0`}},
	} {
		t.Run(c.to+shortened(c.body), func(t *testing.T) {
			method := "POST"
			if strings.HasSuffix(c.to, "update") {
				method = "PUT"
			}
			r := do(t, s, method, paths[c.to], c.body)
			if diff := cmp.Diff(c.want, r.errors()); diff != "" {
				t.Fatalf("%d %s\n%s", r.status, r.text, diff)
			}
			if c.want != nil {
				r.want(t, 400)
			}
		})
	}
}

func numbered(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`"t%d"`, i)
	}
	return strings.Join(items, ",")
}

func shortened(s string) string { return s[:min(len(s), 60)] }

// TestRecordedAnswer compares with the exchange that was seen on the wire (kustomer-api.md 3.1).
func TestRecordedAnswer(t *testing.T) {
	want := map[string]any{"errors": []any{map[string]any{
		"status": 400.0, "source": map[string]any{"parameter": "notAnActualAttribute"}, "code": "badparam",
		"title": "Additional properties not allowed", "detail": "/properties/custom/additionalProperties",
	}}}
	r := do(t, newServer(t, Options{}), "POST", "/v1/customers", `{"custom":{"notAnActualAttribute":1}}`).want(t, 400)
	if diff := cmp.Diff(want, r.json); diff != "" {
		t.Error(diff)
	}
}

func TestShapeB(t *testing.T) {
	s := newServer(t, Options{ErrorShape: ShapeB})
	want := map[string]any{"errors": []any{map[string]any{
		"code": "bad_request", "message": "x: Additional properties not allowed", "meta": map[string]any{"detail": "/additionalProperties"},
	}}}
	if diff := cmp.Diff(want, do(t, s, "POST", "/v1/customers", `{"x":1}`).want(t, 400).json); diff != "" {
		t.Error(diff)
	}
	if got := do(t, s, "GET", "/v1/nothing", "").want(t, 404).at("errors", 0, "code"); got != "not_found" {
		t.Errorf("the code of shape B is %v", got)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	s := newServer(t, Options{})
	r := do(t, s, "POST", "/v1/customers", `{"tags":[`+strings.TrimSuffix(strings.Repeat(`1,`, 40_000), ",")+`]}`).want(t, 400)
	if n := len(r.errors()); n != 50 {
		t.Errorf("%d errors, want 50", n)
	}
}

func TestBadBodies(t *testing.T) {
	s := newServer(t, Options{})
	for body, status := range map[string]int{
		``: 400, `{`: 400, `{"name":"x"} {}`: 400, `{"name":"x"}x`: 400, "{\"name\":\"\xff\"}": 400, `{"name":"a","name":"b"}`: 201,
		` {"name":"x"} ` + "\n":     201,
		strings.Repeat("[", 20_000): 400,
		`{"custom":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + `}`: 400,
		`{"name":"` + strings.Repeat("x", 100<<10) + `"}`:                            413,
		strings.Repeat(" ", 100<<10-2) + `{}`:                                        201,
		strings.Repeat(" ", 100<<10-1) + `{}`:                                        413,
	} {
		r := do(t, s, "POST", "/v1/customers", body)
		if body == "" {
			r = doAs(t, s, "x", "POST", "/v1/customers", " ")
		}
		if r.status != status {
			t.Errorf("%q: %d, want %d: %s", shortened(body), r.status, status, r.text)
		}
	}
}
