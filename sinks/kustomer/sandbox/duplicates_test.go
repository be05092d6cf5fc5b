package sandbox

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// TestOneOfManyEqualCreatesWins lets many clients create the same objects at once: one of each wins.
func TestOneOfManyEqualCreatesWins(t *testing.T) {
	s := newServer(t, Options{Dir: t.TempDir()})
	const objects, clients = 50, 8
	var mu sync.Mutex
	won := map[int]int{}
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range objects {
				r := do(t, s, "POST", "/v1/customers", fmt.Sprintf(`{"externalId":"c-%d","emails":[{"email":"%d@x.y"}]}`, i, i))
				if r.status == http.StatusCreated {
					mu.Lock()
					won[i]++
					mu.Unlock()
				} else if r.status != http.StatusConflict {
					t.Errorf("status %d, want 201 or 409", r.status)
				}
				do(t, s, "GET", fmt.Sprintf("/v1/customers/externalId=c-%d", i), "")
				do(t, s, "GET", "/_sandbox/stats", "")
				do(t, s, "GET", "/v1/customers?pageSize=5", "")
			}
		})
	}
	wg.Wait()
	for i := range objects {
		if won[i] != 1 {
			t.Errorf("object %d was created %d times", i, won[i])
		}
	}
	stats := do(t, s, "GET", "/_sandbox/stats", "")
	if got := stats.at("objects", "customer"); got != float64(objects) {
		t.Errorf("the stats count %v customers, want 50", got)
	}
	if got := stats.at("duplicates_refused"); got != float64(objects*(clients-1)) {
		t.Errorf("the stats count %v refused duplicates, want 350", got)
	}
}
