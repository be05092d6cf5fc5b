package budget

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// TestWindow spends each limit in a window, and once more in the next.
func TestWindow(t *testing.T) {
	ana, bob := wire.ID{1}, wire.ID{2}
	for name, spend := range map[string]func(*Budget) bool{
		"requests": func(b *Budget) bool { return b.Spend(http.Header{}) },
		"creates":  func(b *Budget) bool { return b.Create(ana, "message", false) },
		"updates":  func(b *Budget) bool { return b.Update(ana) },
		"searches": func(b *Budget) bool { return b.Search() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := New(Limits{Requests: 2, Window: time.Minute, Creates: 2, Updates: 2, Searches: 2})
				for range 2 {
					for i, want := range []bool{true, true, false} {
						if got := spend(b); got != want {
							t.Errorf("number %d of the window is allowed: %v, want %v", i+1, got, want)
						}
					}
					if !b.Create(bob, "message", false) || !b.Create(ana, "message", true) || !b.Update(bob) {
						t.Error("other customers, imported messages and other objects must not be limited by this")
					}
					time.Sleep(time.Minute)
				}
			})
		})
	}
}
