package ledger

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestQueue: changes are taken in the order in which they came, roundLimit at most at once, and after close those that still wait.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		var sizes []int
		ended := make(chan struct{})
		go func() {
			for r := q.take(); r != nil; r = q.take() {
				sizes = append(sizes, len(r.changes))
				close(r.done)
				synctest.Wait()
			}
			close(ended)
		}()
		synctest.Wait()
		joined := func() *round {
			r, i := q.join(change{})
			if i != len(r.changes)-1 {
				t.Error("the index of the change that just joined:", i)
			}
			return r
		}
		<-joined().done
		for range roundLimit + 2 {
			joined()
		}
		q.close()
		<-ended
		if r, _ := q.join(change{}); r != nil || !slices.Equal(sizes, []int{1, roundLimit, 2}) {
			t.Error(r, sizes)
		}
	})
}

// TestQueueGather: gather ends when enough changes are there, when its time is over, and when the queue is closed.
func TestQueueGather(t *testing.T) {
	for _, c := range []struct {
		name  string
		first int // changes that wait before it
		later int // changes that come after 1 ms, then after 2 ms and so on
		close time.Duration
		want  time.Duration
	}{
		{name: "enough wait", first: 3, want: 0},
		{name: "more than one round waits", first: roundLimit + 1, want: 0},
		{name: "enough come", first: 1, later: 2, want: 2 * time.Millisecond},
		{name: "too few come", later: 2, want: 10 * time.Millisecond},
		{name: "the queue is closed", later: 1, close: 5 * time.Millisecond, want: 5 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue()
				q.gather(1, time.Millisecond) // leaves nothing behind
				for range c.first {
					q.join(change{})
				}
				go func() {
					for range c.later {
						time.Sleep(time.Millisecond)
						q.join(change{})
					}
				}()
				if c.close > 0 {
					time.AfterFunc(c.close, q.close)
				}
				start := time.Now()
				if q.gather(3, 10*time.Millisecond); time.Since(start) != c.want {
					t.Errorf("it took %v, want %v", time.Since(start), c.want)
				}
				synctest.Wait()
			})
		})
	}
}
