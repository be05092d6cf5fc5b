package kustomer

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 30 * time.Second
		l := newTimeouts(timeout)
		parent, stop := context.WithCancel(t.Context())
		first := l.begin(parent)
		time.Sleep(timeout / timeoutGrain)
		if l.begin(parent) != first {
			t.Error("an attempt a thousandth of the limit later has a limit of its own")
		}
		time.Sleep(time.Millisecond)
		later := l.begin(parent)
		if later == first {
			t.Error("a later attempt shares the limit")
		}
		l.end(first)
		if first.ctx.Err() != nil {
			t.Error("the limit of an attempt under way ends with another's")
		}
		l.end(first)
		if first.ctx.Err() == nil {
			t.Error("what a limit holds is not freed with its last attempt")
		}
		other, cancel := context.WithCancel(t.Context())
		defer cancel()
		if l.begin(other) == later {
			t.Error("attempts that end with different parents share a limit")
		}
		time.Sleep(timeout - time.Millisecond)
		if later.passed() {
			t.Error("the limit passes too early")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if !later.passed() {
			t.Error("the limit does not pass")
		}
		stopped := l.begin(parent)
		if stopped == later {
			t.Error("an attempt begins under a limit that has passed")
		}
		stop()
		if stopped.ctx.Err() == nil || stopped.passed() {
			t.Errorf("a stop is %v, and taken for the time limit: %t", stopped.ctx.Err(), stopped.passed())
		}
	})
}

// What a create returns does not change when the buffer of its answer is used again.
func TestAnswersAreNotMixedUp(t *testing.T) {
	s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		always(201, shown(fmt.Sprintf("id%d", n), nil))(n, w, r)
	})
	c := newTestClient(t, s.URL, nil)
	var ids []string
	for i := range 20 {
		res, err := c.Do(t.Context(), createThing(fmt.Sprintf("a-%d", i)))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, res.ID)
	}
	for i, id := range ids {
		if want := fmt.Sprintf("id%d", i+1); id != want {
			t.Errorf("create %d got %s, want %s", i, id, want)
		}
	}
}
