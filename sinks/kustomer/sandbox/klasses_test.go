package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKlasses(t *testing.T) {
	s := newServer(t, Options{})
	r := do(t, s, "POST", "/v1/klasses", `{"name":"ticket-2","displayName":"Ticket","mixins":["editable"]}`).want(t, 200)
	path := "/v1/klasses/" + r.id()
	if r.attr("status") != "enabled" || r.at("data", "relationships", "kobjects", "links", "self") != "/v1/klasses/ticket-2" {
		t.Errorf("the answer to a new klass: %s", r.text)
	}
	do(t, s, "POST", "/v1/klasses", `{"name":"ticket-2"}`).want(t, 409)
	do(t, s, "POST", "/v1/klasses", `{"name":"a b"}`).want(t, 400)
	if got := do(t, s, "GET", "/v1/klasses?name=ticket-2", "").want(t, 200).listed("displayName"); !cmp.Equal(got, []any{"Ticket"}) {
		t.Errorf("the klass found by its name is %v", got)
	}
	if got := do(t, s, "GET", path, "").want(t, 200).attr("name"); got != "ticket-2" {
		t.Errorf("the klass found by its id is %v", got)
	}
	do(t, s, "PUT", path, `{"status":"disabled"}`).want(t, 200)
	do(t, s, "PUT", path, `{"name":"x"}`).want(t, 400)
	if got := do(t, s, "GET", "/v1/klasses?status=enabled", "").listed("name"); !cmp.Equal(got, []any{"order"}) {
		t.Errorf("the enabled klasses are %v, want order", got)
	}
	do(t, s, "POST", "/v1/klasses/ticket-2", `{"title":"x"}`).want(t, 404)
	do(t, s, "DELETE", path, "").want(t, 204)
	do(t, s, "GET", "/v1/klasses/ticket-2", "").want(t, 404)
	do(t, s, "GET", path, "").want(t, 404)
	do(t, s, "POST", "/v1/klasses", `{"name":"ticket-2"}`).want(t, 200)
}
