package sandbox

import "testing"

func TestFaultsForOneObject(t *testing.T) {
	faults, err := ParseFaults("503-before@x#2,get-500-before@/v1/customers/externalId=x")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Options{Faults: faults, Unique: UniqueCustomers})
	ana := made(t, s, "/v1/customers", `{}`)
	body := `{"customer":"` + ana + `","externalId":"x"}`
	for i, status := range []int{201, 503, 201} {
		if got := do(t, s, "POST", "/v1/conversations", body).status; got != status {
			t.Errorf("attempt %d: %d, want %d", i+1, got, status)
		}
	}
	do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 500)
	do(t, s, "GET", "/v1/customers/externalId=y", "").want(t, 404)
}

func TestUpdatesAreNamedByTheirObject(t *testing.T) {
	faults, err := ParseFaults("503-before@x#1")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Options{})
	path := "/v1/customers/" + made(t, s, "/v1/customers", `{"externalId":"x"}`)
	s.faults.Set(faults, 0)
	do(t, s, "PATCH", path, `{"name":"a"}`).want(t, 503)
	do(t, s, "PATCH", path, `{"name":"a"}`).want(t, 200)
}
