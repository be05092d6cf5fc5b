package sandbox

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStats(t *testing.T) {
	s, ana, _ := newConversation(t, Options{Unique: UniqueCustomers})
	for range 2 {
		create(t, s, "/v1/conversations", `{"customer":"`+ana+`","externalId":"twice"}`)
	}
	do(t, s, "POST", "/v1/customers", `{"externalId":"c"}`).want(t, 409)
	do(t, s, "GET", "/v1/nothing", "").want(t, 404)
	r := doAs(t, s, "", "GET", "/_sandbox/stats", "").want(t, 200)
	for name, want := range map[string]any{
		"requests": 6.0, "duplicates_refused": 1.0, "max_in_flight": 1.0, "org": s.OrgID(), "faults": map[string]any{},
		"by_route":                map[string]any{"POST /v1/customers": 2.0, "POST /v1/conversations": 3.0, "unknown": 1.0},
		"by_status":               map[string]any{"201": 4.0, "409": 1.0, "404": 1.0},
		"created":                 map[string]any{"customer": 1.0, "conversation": 3.0, "message": 0.0},
		"objects":                 map[string]any{"customer": 1.0, "conversation": 3.0, "message": 0.0},
		"external_ids_held_twice": map[string]any{"customer": 0.0, "conversation": 1.0, "message": 0.0},
	} {
		if diff := cmp.Diff(want, r.at(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestBusiestMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{})
		for _, burst := range []struct{ n, seconds int }{{3, 30}, {4, 29}, {2, 1}, {1, 600}, {5, 0}} {
			for range burst.n {
				do(t, s, "GET", "/v1/users/current", "")
			}
			time.Sleep(time.Duration(burst.seconds) * time.Second)
		}
		if got := do(t, s, "GET", "/_sandbox/stats", "").at("busiest_60s"); got != 9.0 {
			t.Errorf("%v requests in the busiest minute, want 9", got)
		}
	})
}

func TestObjects(t *testing.T) {
	s := newServer(t, Options{})
	fillSandbox(t, s)
	lines := func(path string) (out []map[string]any) {
		for line := range strings.Lines(doAs(t, s, "", "GET", path, "").want(t, 200).text) {
			var m map[string]any
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatal(err)
			}
			out = append(out, m)
		}
		return out
	}
	if got := len(lines("/_sandbox/objects")); got != 5 {
		t.Errorf("%d objects are listed, want 5", got)
	}
	message := lines("/_sandbox/objects?type=message")[0]
	if message["externalId"] != "m-1" || message["conversation"] == nil || message["customer"] == nil {
		t.Errorf("a message must be listed with its externalId, conversation and customer: %v", message)
	}
	attributes, _ := lines("/_sandbox/objects?type=customer")[0]["attributes"].(map[string]any)
	if attributes["locale"] != "en" || attributes["phones"] != nil {
		t.Errorf("a customer must be listed with what was set, and no defaults: %v", attributes)
	}
	do(t, s, "GET", "/_sandbox/objects?type=ghost", "").want(t, 400)
	do(t, s, "GET", "/_sandbox/nothing", "").want(t, 404)
}

func TestManyObjectsAreListedOnce(t *testing.T) {
	s := newServer(t, Options{})
	const n = 2*objectsAtOnce + 1
	for range n {
		create(t, s, "/v1/customers", `{}`)
	}
	if got := strings.Count(do(t, s, "GET", "/_sandbox/objects", "").text, "\n"); got != n {
		t.Errorf("%d objects are listed, want %d", got, n)
	}
}

func TestFaultsCanBeSwitched(t *testing.T) {
	s := newServer(t, Options{})
	create(t, s, "/v1/customers", `{"externalId":"a"}`)
	do(t, s, "POST", "/_sandbox/faults", "503-before").want(t, 200)
	do(t, s, "POST", "/v1/customers", `{"externalId":"b"}`).want(t, 503)
	do(t, s, "POST", "/_sandbox/faults", "boom").want(t, 400)
	do(t, s, "POST", "/v1/customers", `{"externalId":"b"}`).want(t, 503)
	do(t, s, "POST", "/_sandbox/faults", "").want(t, 200)
	create(t, s, "/v1/customers", `{"externalId":"b"}`)
}
