package ledger

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestQueue: jobs are taken up in the order in which they came, so many at once, and after close those that wait.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		var sizes []int
		ended := make(chan struct{})
		go func() {
			for r := q.take(); r != nil; r = q.take() {
				sizes = append(sizes, len(r.jobs))
				close(r.told)
				synctest.Wait()
			}
			close(ended)
		}()
		synctest.Wait()
		joined := func() *round {
			r, i := q.join(job{})
			if i != len(r.jobs)-1 {
				t.Error("number", i)
			}
			return r
		}
		<-joined().told
		for range groupLimit + 2 {
			joined()
		}
		q.close()
		<-ended
		if r, _ := q.join(job{}); r != nil || !slices.Equal(sizes, []int{1, groupLimit, 2}) {
			t.Error(r, sizes)
		}
	})
}

// TestQueueGather: a gathering ends with so many jobs, with the time that it may take, and with the queue.
func TestQueueGather(t *testing.T) {
	for _, c := range []struct {
		name  string
		first int // jobs that wait before it
		later int // jobs that come after 1 ms, then after 2 ms and so on
		close time.Duration
		want  time.Duration
	}{
		{name: "enough wait", first: 3, want: 0},
		{name: "more than one round waits", first: groupLimit + 1, want: 0},
		{name: "enough come", first: 1, later: 2, want: 2 * time.Millisecond},
		{name: "too few come", later: 2, want: 10 * time.Millisecond},
		{name: "the queue is closed", later: 1, close: 5 * time.Millisecond, want: 5 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue()
				q.gather(1, time.Millisecond) // leaves nothing behind
				for range c.first {
					q.join(job{})
				}
				go func() {
					for range c.later {
						time.Sleep(time.Millisecond)
						q.join(job{})
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
