package kustomer_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// org is a sandbox with a few objects, and a client of it.
type org struct {
	t      testing.TB
	url    string
	client *kustomer.Client
	ids    map[string]string // of the objects that are there
}

func newOrg(t testing.TB) *org {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	client, err := kustomer.New(kustomer.Options{BaseURL: server.URL, Budget: 1, AllowDelivery: true, AllowDestructive: true}, "sandbox")
	if err != nil {
		t.Fatal(err)
	}
	o := &org{t: t, url: server.URL, client: client, ids: map[string]string{}}
	for _, made := range []struct{ name, path, body string }{
		{"company", "/v1/companies", `{"name":"Acme","externalId":"co-1"}`},
		{"customer", "/v1/customers", `{"name":"Ann","company":"$company","emails":[{"email":"ann@acme.example","type":"work"}],"phones":[{"phone":"+15550100"}]}`},
		{"other", "/v1/customers", `{"name":"Bob"}`},
		{"conversation", "/v1/conversations", `{"customer":"$customer","name":"Help","tags":["new","vip"]}`},
		{"message", "/v1/conversations/$conversation/messages", `{"channel":"email","app":"test","direction":"in","preview":"hi"}`},
		{"note", "/v1/conversations/$conversation/notes", `{"body":"old"}`},
		{"kobject", "/v1/klasses/order", `{"title":"Order 1"}`},
		{"klass", "/v1/klasses", `{"name":"parcel"}`},
		{"draft", "/v1/customers/$customer/drafts", `{"channel":"email","app":"postmark","to":[{"email":"ann@acme.example"}],"body":"hi"}`},
	} {
		o.ids[made.name] = o.ask(http.MethodPost, made.path, made.body).ID
	}
	o.ids["user"] = o.first("/v1/users?email=ana@sandbox.invalid")
	o.ids["team"] = o.first("/v1/teams")
	return o
}

// shownObject is an object as an answer shows it.
type shownObject struct {
	ID            string
	Attributes    map[string]any
	Relationships map[string]struct{ Data any }
}

// fill puts the ids of the objects for $names.
func (o *org) fill(text string) string {
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(o.ids))) {
		text = strings.ReplaceAll(text, "$"+name, o.ids[name])
	}
	return text
}

// ask makes a request that must succeed.
func (o *org) ask(method, path, body string) shownObject {
	o.t.Helper()
	status, text := o.call(method, path, body)
	var doc struct{ Data shownObject }
	if err := json.Unmarshal(text, &doc); status/100 != 2 || err != nil {
		o.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return doc.Data
}

// first is the id of the first object of a list.
func (o *org) first(path string) string {
	o.t.Helper()
	_, text := o.call(http.MethodGet, path, "")
	var doc struct{ Data []shownObject }
	if err := json.Unmarshal(text, &doc); err != nil || len(doc.Data) == 0 {
		o.t.Fatalf("%s: %s", path, text)
	}
	return doc.Data[0].ID
}

func (o *org) call(method, path, body string) (int, []byte) {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.url+o.fill(path), strings.NewReader(o.fill(body)))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sandbox")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(res.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return res.StatusCode, text
}

// do sends a payload, written as JSON with $names, through a sink.
func (o *org) do(spec *sinks.Spec, payload string) (sinks.Result, error) {
	o.t.Helper()
	out, err := spec.Fit(sinks.Create, o.payload(payload))
	if err != nil {
		return sinks.Result{}, err
	}
	if _, err := o.client.Admit(o.t.Context()); err != nil {
		return sinks.Result{}, err
	}
	return o.client.Do(o.t.Context(), sinks.Request{Spec: spec, Op: sinks.Create, Payload: out, Key: "k"})
}

// payload reads a payload, written as JSON with $names.
func (o *org) payload(text string) (in map[string]any) {
	o.t.Helper()
	if err := json.Unmarshal([]byte(o.fill(text)), &in); err != nil {
		o.t.Fatalf("%s: %v", text, err)
	}
	return in
}

// sinkCase sends a payload and says what is there then.
type sinkCase struct {
	params  map[string]string
	payload string
	read    string // path of what it made or changed; $id is the id of the result
	want    string // attributes and relations that are then there; "" means that nothing is
	id      string // the result's id, where it is known before
}

const deletedError = ""

// sinkCases has one case for every sink.
var sinkCases = map[string]sinkCase{
	"create_company": {payload: `{"name":"Umbrella","externalId":"co-2","domains":[{"domain":"umbrella.example"}],"employeeCount":"7"}`,
		read: "/v1/companies/$id", want: `{"name":"Umbrella","externalId":"co-2","domains":[{"domain":"umbrella.example"}],"employeeCount":7}`},
	"update_company": {payload: `{"id":"$company","name":"Acme Ltd"}`,
		read: "/v1/companies/$company", want: `{"name":"Acme Ltd","externalId":"co-1"}`, id: "$company"},
	"create_customer": {payload: `{"name":"Cleo","externalId":"c-1","custom":{"tierStr":"gold"}}`,
		read: "/v1/customers/$id", want: `{"name":"Cleo","externalId":"c-1","custom":{"tierStr":"gold"}}`},
	"update_customer": {payload: `{"id":"$customer","name":"Ann B."}`,
		read: "/v1/customers/$customer", want: `{"name":"Ann B.","company":"$company"}`, id: "$customer"},
	"append_customer_email": {payload: `{"id":"$customer","emails":[{"email":"ann@home.example","type":"home"},{"email":"ANN@acme.example"}]}`,
		read: "/v1/customers/$customer", want: `{"emails":[{"email":"ann@acme.example","type":"work","verified":false},{"email":"ann@home.example","type":"home","verified":false}],"company":"$company"}`, id: "$customer"},
	"append_customer_phone": {payload: `{"id":"$customer","phones":[{"phone":"+15550101","type":"mobile"}]}`,
		read: "/v1/customers/$customer", want: `{"phones":[{"phone":"+15550100","verified":false},{"phone":"+15550101","type":"mobile","verified":false}],"company":"$company"}`, id: "$customer"},
	"merge_customers": {payload: `{"source":"$customer","target":"$other"}`,
		read: "/v1/conversations/$conversation", want: `{"customer":"$other"}`},
	"delete_customer": {payload: `{"id":"$other"}`, read: "/v1/customers/$other", want: deletedError, id: "$other"},
	"create_conversation": {payload: `{"customer":"$customer","name":"Late","status":"done","externalId":"t-1"}`,
		read: "/v1/conversations/$id", want: `{"customer":"$customer","name":"Late","status":"done","externalId":"t-1"}`},
	"update_conversation": {payload: `{"id":"$conversation","status":"snoozed","snooze":{"time":"2030-01-01T00:00:00Z","status":"scheduled"}}`,
		read: "/v1/conversations/$conversation", want: `{"status":"snoozed","name":"Help"}`, id: "$conversation"},
	"add_conversation_tags": {payload: `{"id":"$conversation","tags":["vip","late"]}`,
		read: "/v1/conversations/$conversation", want: `{"tags":["new","vip","late"]}`, id: "$conversation"},
	"remove_conversation_tags": {payload: `{"id":"$conversation","tags":["vip","late"]}`,
		read: "/v1/conversations/$conversation", want: `{"tags":["new"]}`, id: "$conversation"},
	"assign_conversation_team": {payload: `{"id":"$conversation","assignedTeams":["$team"]}`,
		read: "/v1/conversations/$conversation", want: `{"assignedTeams":["$team"],"name":"Help"}`, id: "$conversation"},
	"assign_conversation_user": {payload: `{"id":"$conversation","assignedUsers":["$user"]}`,
		read: "/v1/conversations/$conversation", want: `{"assignedUsers":["$user"],"name":"Help"}`, id: "$conversation"},
	"move_conversation": {payload: `{"id":"$conversation","customer":"$other"}`,
		read: "/v1/conversations/$conversation", want: `{"customer":"$other","name":"Help"}`, id: "$conversation"},
	"delete_conversation": {payload: `{"id":"$conversation"}`, read: "/v1/conversations/$conversation", want: deletedError, id: "$conversation"},
	"send_message": {payload: `{"conversation":"$conversation","channel":"sms","direction":"out","preview":"hello","externalId":"m-1"}`,
		read: "/v1/messages/$id", want: `{"channel":"sms","direction":"out","preview":"hello","externalId":"m-1","app":"kustsync","conversation":"$conversation"}`},
	"update_message": {payload: `{"id":"$message","preview":"bye"}`,
		read: "/v1/messages/$message", want: `{"preview":"bye","channel":"email"}`, id: "$message"},
	"create_note": {payload: `{"conversation":"$conversation","body":"call back","externalId":"n-1"}`,
		read: "/v1/notes/$id", want: `{"body":"call back","externalId":"n-1","conversation":"$conversation"}`},
	"update_note": {payload: `{"id":"$note","body":"done"}`,
		read: "/v1/notes/$note", want: `{"body":"done","conversation":"$conversation"}`, id: "$note"},
	"create_kobject": {params: map[string]string{"klass": "order"}, payload: `{"klass":"order","customer":"$customer","title":"Order 2","externalId":"o-2"}`,
		read: "/v1/klasses/order/$id", want: `{"title":"Order 2","externalId":"o-2","customer":"$customer"}`},
	"update_kobject": {params: map[string]string{"klass": "order"}, payload: `{"klass":"order","id":"$kobject","title":"Order 1b"}`,
		read: "/v1/klasses/order/$kobject", want: `{"title":"Order 1b"}`, id: "$kobject"},
	"delete_kobject": {params: map[string]string{"klass": "order"}, payload: `{"klass":"order","id":"$kobject"}`,
		read: "/v1/klasses/order/$kobject", want: deletedError, id: "$kobject"},
	"create_klass": {payload: `{"name":"ticket","displayName":"Ticket","mixins":["editable"]}`,
		read: "/v1/klasses/$id", want: `{"name":"ticket","displayName":"Ticket","mixins":["editable"]}`},
	"create_draft_note": {payload: `{"customer":"$customer","conversation":"$conversation","body":"look into it"}`,
		read: "/v1/customers/$customer/drafts", want: `{"id":"$id","channel":"note","body":"look into it","status":"draft"}`},
	"postpone_draft": {payload: `{"id":"$draft","channel":"email","sendAt":"2099-01-01T00:00:00Z"}`,
		read: "/v1/customers/$customer/drafts", want: `{"id":"$draft","status":"scheduled","sendAt":"2099-01-01T00:00:00.000Z","body":"hi"}`, id: "$draft"},
	"delete_draft": {payload: `{"id":"$draft"}`, read: "/v1/customers/$customer/drafts", want: deletedError, id: "$draft"},
	"request": {params: map[string]string{"method": "PUT"}, payload: `{"method":"PUT","path":"/v1/klasses/$klass","body":{"displayName":"Parcel"}}`,
		read: "/v1/klasses/$klass", want: `{"name":"parcel","displayName":"Parcel"}`, id: "$klass"},
}

// TestSinksInTheSandbox sends every sink to the sandbox and reads back what it did. Sent once more, what
// changes an object changes nothing any more, and says so.
func TestSinksInTheSandbox(t *testing.T) {
	for _, s := range catalog.Specs() {
		t.Run(s.Name, func(t *testing.T) {
			tc, ok := sinkCases[s.Name]
			if !ok {
				t.Fatal("sinkCases in sinks/kustomer/sinks_sandbox_test.go has no case for this sink: add one, and to sinks/kustomer/sandbox/resources the endpoint that it needs")
			}
			spec, err := s.With(tc.params)
			if err != nil {
				t.Fatal(err)
			}
			o := newOrg(t)
			res, err := o.do(spec, tc.payload)
			if err != nil {
				t.Fatal(err)
			}
			if want := o.fill(tc.id); want != "" && res.ID != want || len(res.ID) != 24 {
				t.Errorf("the id is %s, want %s", res.ID, want)
			}
			o.ids["id"] = res.ID
			o.check(tc)
			if spec.Kind != sinks.Changes {
				return
			}
			again, err := o.do(spec, tc.payload)
			if err != nil || again.ID != res.ID {
				t.Errorf("the second time: %+v, %v", again, err)
			}
			if want := spec.Append != nil || tc.want == deletedError; again.Unchanged != want {
				t.Errorf("the second time it says %v of nothing to do, want %v", again.Unchanged, want)
			}
			o.check(tc)
		})
	}
}

// TestBatchesInTheSandbox sends each sink that has a bulk form there as a batch of one, and reads it back.
func TestBatchesInTheSandbox(t *testing.T) {
	t.Parallel()
	var jobs sync.WaitGroup
	checks := map[string]func(*testing.T){}
	for _, s := range catalog.Specs() {
		if s.Batch == nil {
			continue
		}
		o, tc := newOrg(t), sinkCases[s.Name]
		b := o.batch(&s, tc)
		job, err := o.client.Submit(t.Context(), b)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		var results map[string]sinks.ItemResult
		jobs.Go(func() { results, err = o.client.Collect(t.Context(), b, job) })
		checks[s.Name] = func(t *testing.T) {
			if err != nil || results["r1"].Err != nil || results["r1"].ID == "" {
				t.Fatalf("%+v, %v", results, err)
			}
			o.t, o.ids["id"] = t, results["r1"].ID
			o.check(tc)
		}
	}
	jobs.Wait()
	for name, check := range checks {
		t.Run(name, check)
	}
	if len(checks) < 12 {
		t.Errorf("only %d sinks of sinks/kustomer/catalog have a bulk form, want 12 or more", len(checks))
	}
}

// batch is a case as a batch of one.
func (o *org) batch(s *sinks.Spec, tc sinkCase) sinks.Batch {
	o.t.Helper()
	spec, err := s.With(tc.params)
	if err != nil {
		o.t.Fatal(err)
	}
	payload := o.payload(tc.payload)
	for _, name := range slices.Concat(spec.Batch.Needs, spec.Preserve) {
		if _, ok := payload[name]; !ok {
			payload[name] = o.ids[name]
		}
	}
	if payload, err = spec.Fit(sinks.Create, payload); err != nil {
		o.t.Fatal(err)
	}
	b := sinks.Batch{Spec: spec, Items: []sinks.Item{{Ref: "r1", Payload: payload}}}
	if spec.Kind == sinks.Changes {
		b.Op, b.Items[0].ID = sinks.Update, o.fill(tc.id)
	}
	return b
}

// check reads back what a case did.
func (o *org) check(tc sinkCase) {
	o.t.Helper()
	status, text := o.call(http.MethodGet, tc.read, "")
	var one struct{ Data shownObject }
	var list struct{ Data []shownObject }
	want := map[string]any{}
	if tc.want != deletedError {
		if err := json.Unmarshal([]byte(o.fill(tc.want)), &want); err != nil {
			o.t.Fatal(err)
		}
	}
	if json.Unmarshal(text, &list) == nil {
		i := slices.IndexFunc(list.Data, func(s shownObject) bool { return s.ID == o.ids["id"] })
		if i < 0 {
			status = http.StatusNotFound
		} else {
			one.Data = list.Data[i]
		}
	} else if err := json.Unmarshal(text, &one); err != nil {
		o.t.Fatal(err)
	}
	if tc.want == deletedError {
		if status != http.StatusNotFound {
			o.t.Errorf("it is still there: %d %s", status, text)
		}
		return
	}
	have := map[string]any{}
	for name := range want {
		related, _ := one.Data.Relationships[name].Data.(map[string]any)
		switch {
		case name == "id":
			have[name] = one.Data.ID
		case related != nil:
			have[name] = related["id"]
		default:
			have[name] = one.Data.Attributes[name]
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		o.t.Errorf("%d, what is there (-want +got):\n%s", status, diff)
	}
}
