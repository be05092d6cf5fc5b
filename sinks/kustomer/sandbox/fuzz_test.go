package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// FuzzRequests sends any path and body: never a panic, never a 5xx, always valid JSON.
func FuzzRequests(f *testing.F) {
	f.Add("POST", "/v1/customers", []byte(`{"name":"Ana","externalId":"x","emails":[{"email":"a@b.c"}],"custom":{"aStr":"x"}}`))
	f.Add("POST", "/v1/conversations", []byte(`{"customer":"65a0c0ffee0000000000abcd","priority":3}`))
	f.Add("POST", "/v1/customers/000000000000000000000001/messages", []byte(`{"channel":"email","app":"x","meta":{"a":[1,{}]}}`))
	f.Add("PUT", "/v1/conversations/x?replace=true&rev=1e999", []byte(`{"customer":null,"rev":1e999}`))
	f.Add("GET", "/v1/customers/externalId=%2F%20%00%ff", []byte(nil))
	f.Add("GET", "/v1/customers?page=2&pageSize=%zz", []byte(nil))
	f.Add("DELETE", "/v1/conversations/x/tags", []byte(`["a",1,null]`))
	f.Add("POST", "/v1/customers/bulk", []byte(`[{"_clientRef":"a","externalId":"x"},{"_clientRef":"b"}]`))
	f.Add("PUT", "/v1/messages/bulk?ids=000000000000000000000001&replace=true", []byte(`{"preview":"x"}`))
	f.Add("DELETE", "/v1/conversations/bulk?ids=,", []byte(nil))
	f.Add("GET", "/v1/bulk/000000000000000000000002/batches?page=999999&limit=100&completed=x", []byte(nil))
	f.Add("POST", "/v1/klasses/order", []byte(`{"title":"x","externalId":"k","data":{"a":[1]},"custom":{"aNum":1}}`))
	f.Add("GET", "/v1/klasses/order?sort=desc&fromDate=2020-01-01&filter[createdAt][gte]=x", []byte(nil))
	f.Add("POST", "/v1/customers/merges", []byte(`{"source":"000000000000000000000001","target":"000000000000000000000002"}`))
	f.Add("POST", "/v1/customers/000000000000000000000001/drafts?createConversation=true", []byte(`{"channel":"email","to":{"email":"a@b.c"},"sendAt":"2001-01-01T00:00:00Z"}`))
	f.Add("POST", "/v1/customers/search?page=2", []byte(`{"queryContext":"customer","and":[{"customer_name":{"in":["x",1,null]}}],"not":{}}`))
	f.Add("POST", "/v1/companies", []byte(`{"name":"Acme","domains":[{"domain":"a.b"}]}`))
	f.Add("GET", "/v1/users/x,y?email=a", []byte(nil))
	f.Add("POST", "/_sandbox/seed", []byte(`{"type":"work_item","attributes":{"queue":"\"","status":5}}`))
	f.Add("GET", "/v1/routing/work-items", []byte(nil))
	f.Add("POST", "/_sandbox/faults", []byte("slow=1s:1%"))
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		r, err := http.NewRequest(method, "http://sandbox"+path, bytes.NewReader(body))
		if err != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "/_sandbox/faults") {
			t.Skip()
		}
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", "application/json")
		s := newServer(t, Options{Seed: 1})
		s.store.prefix = [4]byte{} // so that the objects have the ids 000000000000000000000001 and on
		made(t, s, "/v1/customers", `{"externalId":"x"}`)
		made(t, s, "/v1/customers", `{"externalId":"y"}`)
		for range 2 {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			r.Body = http.NoBody
			if w.Code >= 500 || w.Code != http.StatusNoContent && w.Header().Get("Content-Type") == jsonType && !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
}

// FuzzParseFaults reads any list: never a panic, and what is read is accepted.
func FuzzParseFaults(f *testing.F) {
	f.Add("500-after:5%,get-slow=3s:1%,reset-before@zd-17#1,seed=42")
	f.Fuzz(func(t *testing.T, spec string) {
		faults, err := ParseFaults(spec)
		if err == nil && checkFaults(faults) != nil {
			t.Errorf("%q is read but not accepted: %v", spec, faults)
		}
	})
}

// FuzzJournal opens any file as a journal: an error or a sandbox, never a panic.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`[{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{"externalId":"x"}}]`))
	f.Add([]byte(`[{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{}},{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":2,"deleted":true}]`))
	f.Add([]byte(`[{"type":"bulk","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{"context":"api.sobjects.customers.bulk-create","items":[{"ref":"a"}],"batches":[{"from":0,"to":1}]}}]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		s := &Server{ops: map[string]*operation{}}
		for _, op := range bulkOperations() {
			s.ops[op.context()] = op
		}
		head := header{Sandbox: journalVersion, Org: "65a0c0ffee0000000000abcd"}
		if err := s.replay(head, nil); err != nil {
			t.Fatal(err)
		}
		ignore(replayLine(&head, line, 2, s.replay))
	})
}

// TestWrittenJSONIsRead writes any value and reads it back with encoding/json.
func TestWrittenJSONIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		in := document{text: []any{text, nil, true, json.Number("1.5"), document{}, []any{}}, "z": text}
		written := appendJSON(nil, in)
		out, err := decode(written)
		if err != nil {
			t.Fatalf("%q: %v", written, err)
		}
		if again := appendJSON(nil, out); !bytes.Equal(written, again) {
			t.Fatalf("%q became %q", written, again)
		}
		var viaStd any
		if err := json.Unmarshal(written, &viaStd); err != nil {
			t.Fatal(err)
		}
	})
}
