package batch

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// sizes are the numbers of items of the batches that arrived.
func (b *bench) sizes() (sizes []int) {
	for _, s := range b.service.batches {
		sizes = append(sizes, len(s.Items))
	}
	return sizes
}

func TestItemsAreGathered(t *testing.T) {
	for _, c := range []struct {
		name  string
		items int
		bytes int // of one item
		sizes []int
		want  map[string]int
	}{
		{"none", 0, 20, nil, map[string]int{}},
		{"too few to share a request", 4, 20, nil, map[string]int{"alone": 4}},
		{"just enough", 5, 20, []int{5}, map[string]int{"applied": 5}},
		{"a full batch and what is left", 23, 20, []int{10, 10}, map[string]int{"applied": 20, "alone": 3}},
		{"bytes come first", 16, 37, []int{7, 7}, map[string]int{"applied": 14, "alone": 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, func(b *bench) { b.opts.Spec.Learned.Refs = sinks.RefsKnown })
				for i := range c.items {
					item := b.item(sinks.Create, fmt.Sprint(i))
					item.Bytes = c.bytes
					b.Add(t.Context(), item)
				}
				b.wait()
				if diff := cmp.Diff(c.sizes, b.sizes()); diff != "" {
					t.Errorf("batches: %s", diff)
				}
				if diff := cmp.Diff(c.want, b.count()); diff != "" {
					t.Errorf("results: %s", diff)
				}
			})
		})
	}
}

func TestABatchHasOneOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 10 {
			item := b.item(sinks.Op(i%2), fmt.Sprint(i))
			item.ID = fmt.Sprint("object", i)
			b.Add(t.Context(), item)
		}
		b.wait()
		for _, s := range b.service.batches {
			for _, item := range s.Items {
				if want := int(item.ID[len("object")]-'0') % 2; s.Op != sinks.Op(want) {
					t.Errorf("%s is in a batch to %s", item.ID, s.Op)
				}
			}
		}
		if diff := cmp.Diff([]int{5, 5}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

// A batch waits 50 ms for one more item, and 500 ms while other batches are under way, counted from the last item.
func TestHowLongABatchWaits(t *testing.T) {
	for _, c := range []struct {
		name     string
		underWay int32
		want     time.Duration
	}{
		{"no other batch", 0, 50 * time.Millisecond},
		{"another batch is under way", 1, 500 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.batches.Store(c.underWay)
				b.add(t.Context(), 4)
				time.Sleep(c.want / 2)
				start := time.Now()
				b.add(t.Context(), 1)
				b.wait()
				if took := b.service.times[0].Sub(start); took != c.want {
					t.Errorf("the batch was sent %v after its last item, want %v", took, c.want)
				}
			})
		})
	}
}

// Parts of a batch are batches under way as well.
func TestPartsOfABatchAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.service.delay = 10 * time.Second
		b.service.submit = func(n int, _ sinks.Batch) error {
			if n == 1 {
				return &sinks.Error{Class: sinks.Refused}
			}
			return nil
		}
		b.add(t.Context(), 10)
		synctest.Wait()
		if n := b.batches.Load(); n != 2 {
			t.Errorf("%d batches are under way, want the two halves", n)
		}
		b.wait()
		synctest.Wait()
		if n := b.batches.Load(); n != 0 {
			t.Errorf("%d batches are under way at the end", n)
		}
	})
}

// After a stop of the run, items that gather are given back: they were not sent and are not begun.
func TestAStopWhileItemsGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("stopped by the user")
		b.add(ctx, 8)
		cancel(stop)
		b.wait()
		if len(b.service.batches) > 0 || b.journal.records > 0 {
			t.Errorf("%d batches were sent, %d begun", len(b.service.batches), b.journal.records)
		}
		for item, results := range b.done {
			if !errors.Is(results[0].Err, stop) || item.Attempts != 0 {
				t.Errorf("%v: %v after %d attempts", item.Owner, results[0].Err, item.Attempts)
			}
		}
	})
}

// A timer that goes off while its batch is being sent, since that is full, does not send it once more.
func TestAFullBatchIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.add(t.Context(), 9)
		g := b.gathering[sinks.Create]
		b.add(t.Context(), 1)
		b.flush(t.Context(), sinks.Create, g)
		b.wait()
		if diff := cmp.Diff([]int{10}, b.sizes()); diff != "" {
			t.Errorf("batches: %s", diff)
		}
		b.check(map[string]int{"applied": 10})
	})
}

func TestItemsAreTaken(t *testing.T) {
	var none *Batcher
	if none.Takes(1) {
		t.Error("a nil Batcher takes items")
	}
	none.WaitForRoom(t.Context())
	b := newBench(t)
	for bytes, want := range map[int]bool{0: true, 380: true, 381: false} {
		if b.Takes(bytes) != want {
			t.Errorf("an item of %d bytes is taken: %v", bytes, !want)
		}
	}
	b.mode.shrink(200)
	if b.Takes(190) || !b.Takes(180) {
		t.Error("the size is not that of batches that became smaller")
	}
	b.mode.stop("of a test")
	if b.Takes(1) {
		t.Error("items are taken after batches have stopped")
	}
}

func TestWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(b *bench) { b.opts.MaxItems = 10 })
		b.add(t.Context(), 9)
		b.WaitForRoom(t.Context())
		b.add(t.Context(), 1)
		start := time.Now()
		b.WaitForRoom(t.Context())
		if took := time.Since(start); took != b.service.delay {
			t.Errorf("there was room after %v, want after the job", took)
		}
		b.wait()
		b.add(t.Context(), 10)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start = time.Now()
		b.WaitForRoom(ctx)
		if took := time.Since(start); took != time.Millisecond {
			t.Errorf("it returned %v after the context had ended", took)
		}
		b.wait()
	})
}

// Thousands of items are under way, and no goroutine waits for each.
func TestItemsHoldNoGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		b := newBench(t, func(b *bench) {
			b.opts.Spec.Learned.Refs, b.opts.Spec.Batch.MaxItems = sinks.RefsKnown, 100
			b.opts.Spec.Batch.MaxBytes = 90_000
		})
		b.add(t.Context(), 5000)
		synctest.Wait()
		if n := runtime.NumGoroutine() - before; n > 55 || b.left() != 5000 {
			t.Errorf("%d goroutines for %d items in 50 batches", n, b.left())
		}
		b.wait()
	})
}

func TestItemsAtRate(t *testing.T) {
	limits := testSpec().Batch
	for rate, want := range map[float64]int{0: 240, 1: 240, 4: 240, 5: 300, 13: 780, 1000: 1000} {
		if got := ItemsAtRate(rate, limits); got != want {
			t.Errorf("%d items at %v requests a second, want %d", got, rate, want)
		}
	}
}
