package ledger

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue[int]()
		var got [][]int
		ended := make(chan struct{})
		q.put(1, 2)
		q.put(2, 2)
		third := make(chan bool, 1)
		go func() { third <- q.put(3, 2) }()
		synctest.Wait()
		if len(third) != 0 {
			t.Fatal("put did not wait for room")
		}
		q.put(4, 0)
		if !q.drop(2) || q.drop(2) {
			t.Fatal("drop")
		}
		go func() {
			for items := q.take(2); len(items) > 0; items = q.take(2) {
				got = append(got, items)
			}
			close(ended)
		}()
		synctest.Wait()
		if !<-third {
			t.Fatal("put after room")
		}
		q.close()
		<-ended
		if !slices.EqualFunc(got, [][]int{{1, 4}, {3}}, slices.Equal) {
			t.Fatal(got)
		}
		if q.put(5, 0) {
			t.Fatal("put after close")
		}
	})
}

// TestQueueGather: a gathering ends with so many items, with the time that it may take, and with the queue.
func TestQueueGather(t *testing.T) {
	for _, c := range []struct {
		name  string
		first int // items that wait before it
		later int // items that come after 1 ms, then after 2 ms and so on
		close time.Duration
		want  time.Duration
	}{
		{name: "enough wait", first: 3, want: 0},
		{name: "enough come", first: 1, later: 2, want: 2 * time.Millisecond},
		{name: "too few come", later: 2, want: 10 * time.Millisecond},
		{name: "the queue is closed", later: 1, close: 5 * time.Millisecond, want: 5 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue[int]()
				q.gather(1, time.Millisecond) // leaves nothing behind
				for i := range c.first {
					q.put(i, 0)
				}
				go func() {
					for i := range c.later {
						time.Sleep(time.Millisecond)
						q.put(i, 0)
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
