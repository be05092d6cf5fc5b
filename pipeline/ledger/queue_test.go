package ledger

import (
	"slices"
	"testing"
	"testing/synctest"
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
