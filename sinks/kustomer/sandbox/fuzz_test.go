package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
)

// fuzzObjects have ids that a fuzzed path or body can name.
const fuzzObjects = `{"type":"customer","id":"000000000000000000000001","attributes":{"externalId":"x"}}
{"type":"customer","id":"000000000000000000000002","attributes":{"externalId":"y"}}
{"type":"conversation","id":"000000000000000000000003","attributes":{"customer":"000000000000000000000001","status":"done"}}
{"type":"message","id":"000000000000000000000004","attributes":{"conversation":"000000000000000000000003","channel":"email"}}
{"type":"draft","id":"000000000000000000000005","attributes":{"customer":"000000000000000000000001","channel":"email"}}`

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
		s := newServer(t, Options{Seed: 1, Objects: fuzzObjects})
		for range 2 {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			r.Body = http.NoBody
			if w.Code >= 500 || w.Code != http.StatusNoContent && w.Header().Get("Content-Type") == router.JSONType && !json.Valid(w.Body.Bytes()) {
				t.Fatalf("status %d, want no 5xx and valid JSON: %s", w.Code, w.Body)
			}
		}
	})
}
