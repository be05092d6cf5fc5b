package kustomer

import (
	"fmt"
	"net/http"
	"testing"
)

// TestReplayedReadsAreCounted: net/http sends a GET again by itself when a connection that was used before
// has died. Kustomer has seen it twice, so it counts twice.
func TestReplayedReadsAreCounted(t *testing.T) {
	s := newServer(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 2 {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
			return
		}
		_, _ = fmt.Fprint(w, `{"data":{"id":"65a0c0ffee0000000000abcd","attributes":{"externalId":"k1"}}}`)
	})
	c := newTestClient(t, s.URL, nil)
	for range 2 {
		if _, ok, err := c.Find(t.Context(), byExternalID("k1")); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if got, seen := c.Stats().Requests, len(s.seen()); got != 3 || seen != 3 {
		t.Errorf("%d requests are counted, the server saw %d, want 3", got, seen)
	}
}
