package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

var errJournal = errors.New("the journal is broken")

// check checks what became of all items, and that nothing else is left.
func (b *bench) check(want map[string]int) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.count()); diff != "" {
		b.t.Errorf("results: %s", diff)
	}
	if len(b.journal.faults) > 0 {
		b.t.Errorf("the journal says %v", b.journal.faults)
	}
	if b.places != 0 {
		b.t.Errorf("%d places for requests are still taken", b.places)
	}
	if n := b.service.admitted; n != 0 {
		b.t.Errorf("%d requests were admitted, and neither sent nor given back", n)
	}
}

// begun counts the items that are begun, by what became of them.
func (b *bench) begun() map[string]int {
	counts := map[string]int{}
	for item := range b.journal.open {
		counts[kindOf(b.done[item][0])]++
	}
	return counts
}

func TestWhatARequestCarries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 5 {
			item := b.item(sinks.Update, fmt.Sprint(i))
			if item.ID = fmt.Sprint("object", i); i == 3 {
				item.Payload, item.Body = nil, []byte(`{"name":"3"}`)
			}
			b.Add(t.Context(), item)
		}
		b.wait()
		s := b.service.batches[0]
		for i, item := range s.Items {
			if item.Ref != fmt.Sprint(i) || item.ID != fmt.Sprint("object", i) || nameOf(item) != fmt.Sprint(i) {
				t.Errorf("item %d is %+v", i, item)
			}
			if (item.Payload == nil) != (i == 3) || (item.Body == nil) != (i != 3) {
				t.Errorf("item %d has payload %v and body %s", i, item.Payload, item.Body)
			}
		}
		if s.Spec != b.opts.Spec || s.Op != sinks.Update || s.WithoutRefs {
			t.Errorf("the batch is %+v", s)
		}
		b.check(map[string]int{"applied": 5})
	})
}

// Whatever goes wrong before a batch is taken, each item is told, and is begun exactly if its request may have
// been applied.
func TestBatchesThatAreNotTaken(t *testing.T) {
	fails := func(class sinks.Class) func(*bench) {
		return func(b *bench) {
			b.service.submit = func(int, sinks.Batch) error { return &sinks.Error{Class: class} }
		}
	}
	for _, c := range []struct {
		name     string
		setup    func(*bench)
		want     map[string]int
		begun    map[string]int
		attempts int
		halted   int
	}{
		{"it is not admitted", func(b *bench) { b.service.admit = errors.New("closed") }, map[string]int{"error": 8}, nil, 0, 0},
		{"it cannot be begun", func(b *bench) { b.journal.beginErr = func() error { return errJournal } }, map[string]int{"error": 8}, nil, 0, 0},
		{"some items belong to others", func(b *bench) {
			b.journal.claim = func(item *Item) error {
				if strings.Contains("0 3", item.Owner.(string)) {
					return errors.New("claimed")
				}
				return nil
			}
		}, map[string]int{"error": 2, "applied": 6}, map[string]int{"applied": 6}, 1, 0},
		{"all items belong to others", func(b *bench) { b.journal.claim = func(*Item) error { return errors.New("claimed") } },
			map[string]int{"error": 8}, nil, 0, 0},
		{"its answer is lost", fails(sinks.Unknown), map[string]int{"unknown": 8}, map[string]int{"unknown": 8}, 1, 0},
		{"it did not leave", fails(sinks.Unreached), map[string]int{"unreached": 8}, nil, 1, 0},
		{"nothing more can be sent", fails(sinks.Fatal), map[string]int{"fatal": 8}, nil, 1, 1},
		{"every batch is refused", fails(sinks.Refused), map[string]int{"alone": 8}, nil, 1, 0},
		{"there is no endpoint", fails(sinks.Unsupported), map[string]int{"alone": 8}, nil, 1, 0},
		{"its job cannot be written down", func(b *bench) { b.journal.jobErr = func() error { return errJournal } },
			map[string]int{"error": 8}, map[string]int{"error": 8}, 1, 0},
		{"it cannot be withdrawn", func(b *bench) {
			fails(sinks.Unreached)(b)
			b.journal.withdrawErr = func(*Item) error { return errJournal }
		}, map[string]int{"error": 8}, map[string]int{"error": 8}, 1, 0},
		{"halves cannot be withdrawn", func(b *bench) {
			fails(sinks.Refused)(b)
			b.journal.withdrawErr = func(*Item) error { return errJournal }
		}, map[string]int{"error": 8}, map[string]int{"error": 8}, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.setup)
				b.add(t.Context(), 8)
				b.wait()
				b.check(c.want)
				if (len(b.service.batches) > 0) != (c.attempts > 0) {
					t.Errorf("batches of %v items were sent", b.sizes())
				}
				if c.begun == nil {
					c.begun = map[string]int{}
				}
				if diff := cmp.Diff(c.begun, b.begun()); diff != "" {
					t.Errorf("begun: %s", diff)
				}
				for _, item := range b.items {
					if want := c.attempts; item.Attempts != want && kindOf(b.done[item][0]) != "error" {
						t.Errorf("%v: %d attempts, want %d", item.Owner, item.Attempts, want)
					}
				}
				if len(b.halted) != c.halted {
					t.Errorf("the run was halted by %v", b.halted)
				}
			})
		})
	}
}

// A stop while a batch waits for a place gives its items back with the cause, withdrawn in one commit.
func TestAStopBeforeAPlaceIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(b *bench) {
			b.opts.Acquire = func(ctx context.Context) bool { <-ctx.Done(); return false }
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("stopped by the user")
		b.add(ctx, 10)
		synctest.Wait()
		if len(b.journal.open) != 10 {
			t.Errorf("%d items are begun, want all", len(b.journal.open))
		}
		cancel(stop)
		b.wait()
		b.check(map[string]int{"error": 10})
		if len(b.journal.open) > 0 || len(b.journal.commits) != 1 {
			t.Errorf("%d items are begun after %d commits", len(b.journal.open), len(b.journal.commits))
		}
		for item, results := range b.done {
			if !errors.Is(results[0].Err, stop) {
				t.Errorf("%v: %v", item.Owner, results[0].Err)
			}
		}
	})
}

// The run is halted before the place for requests is free, or another request would leave.
func TestHaltBeforeThePlaceIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []string
		b := newBench(t, func(b *bench) {
			b.service.submit = func(int, sinks.Batch) error { return &sinks.Error{Class: sinks.Fatal} }
			b.opts.Acquire = func(context.Context) bool { calls = append(calls, "acquire"); return true }
			b.opts.Halt = func(error) { calls = append(calls, "halt") }
			b.opts.Release = func() { calls = append(calls, "release") }
		})
		b.add(t.Context(), 10)
		b.wait()
		if got := strings.Join(calls, " "); got != "acquire halt release" {
			t.Errorf("the calls were %s", got)
		}
	})
}

// A request that was sent ends well after a stop of the run, and its job is written down before it is asked for.
func TestAStopWhileABatchIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := newBench(t)
		b.service.latency = time.Second
		time.AfterFunc(500*time.Millisecond, cancel)
		b.service.results = func(n int, _ sinks.Batch) (map[string]sinks.ItemResult, error) {
			if got := b.journal.jobs[int64(n)]; got != fmt.Sprint("job", n) {
				t.Errorf("the journal knows job %q of batch %d when it is asked for", got, n)
			}
			return nil, nil
		}
		b.add(ctx, 10)
		b.wait()
		b.check(map[string]int{"applied": 10})
	})
}

// Every batch that leaves was begun before, as a whole, and counts as an attempt of its items.
func TestEverythingIsBegunBeforeItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		byName := map[string]*Item{}
		b.service.submit = func(n int, s sinks.Batch) error {
			for _, item := range s.Items {
				if it := byName[nameOf(item)]; !b.journal.isOpen(it) || it.Ref() != item.Ref || it.Attempts == 0 {
					t.Errorf("batch %d: item %s is begun: %v, as %s", n, nameOf(item), b.journal.isOpen(it), it.Ref())
				}
			}
			if slices.Contains(namesOf(s), "7") {
				return &sinks.Error{Class: sinks.Duplicate}
			}
			return nil
		}
		for i := range 20 {
			item := b.item(sinks.Create, fmt.Sprint(i))
			byName[fmt.Sprint(i)] = item
		}
		for _, item := range b.items {
			b.Add(t.Context(), item)
		}
		b.wait()
		b.check(map[string]int{"applied": 15, "alone": 5}) // 5 to 9 are refused twice: 0 to 9, then 5 to 9; halves of five are too few
		if got := byName["7"].Attempts; got != 2 {
			t.Errorf("item 7 had %d attempts, want 2", got)
		}
		if got := byName["3"].Attempts; got != 2 {
			t.Errorf("item 3 had %d attempts, want 2", got)
		}
		if got := byName["13"].Attempts; got != 1 {
			t.Errorf("item 13 had %d attempts, want 1", got)
		}
	})
}

// An item that is added once more begins anew.
func TestAttemptsCountFromAdd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.add(t.Context(), 5)
		b.wait()
		for _, item := range b.items {
			delete(b.journal.open, item)
			delete(b.done, item)
			b.Add(t.Context(), item)
		}
		b.wait()
		for _, item := range b.items {
			if item.Attempts != 1 {
				t.Errorf("%d attempts", item.Attempts)
			}
		}
	})
}

// Batches that gathered before the limit shrank are halved before they leave.
func TestBatchesBecomeSmallerForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		refused := 0
		b.service.latency = time.Second // so that all gather before the first answer
		b.service.submit = func(_ int, s sinks.Batch) error {
			if len(s.Items) > 6 {
				refused++
				return &sinks.Error{Class: sinks.TooLarge}
			}
			return nil
		}
		b.add(t.Context(), 100)
		b.wait()
		b.check(map[string]int{"applied": 100})
		if refused != 1 {
			t.Errorf("%d batches were too large, want the first", refused)
		}
		b.add(t.Context(), 50)
		b.wait()
		if sizes := b.sizes(); len(sizes) != 31 || slices.Max(sizes[1:]) != 5 {
			t.Errorf("batches of %v items", sizes)
		}
	})
}

// Withdrawn items of a refused batch share a commit for each part in which they go on.
func TestWithdrawnItemsShareCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.service.submit = func(n int, _ sinks.Batch) error {
			if n == 1 {
				return &sinks.Error{Class: sinks.Refused, Fields: []string{"2.name", "4.name"}}
			}
			return nil
		}
		b.add(t.Context(), 10)
		b.wait()
		b.check(map[string]int{"applied": 8, "alone": 2})
		if len(b.journal.commits) != 2 {
			t.Errorf("%d commits, want one for the two items and one for the others", len(b.journal.commits))
		}
	})
}

// An error of the journal about one item is no error of the others.
func TestOneItemCannotBeWithdrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.journal.withdrawErr = func(item *Item) error {
			if item.Owner == "3" {
				return errJournal
			}
			return nil
		}
		b.service.submit = func(n int, _ sinks.Batch) error {
			if n == 1 {
				return &sinks.Error{Class: sinks.Refused}
			}
			return nil
		}
		b.add(t.Context(), 10)
		b.wait()
		b.check(map[string]int{"error": 1, "applied": 5, "alone": 4})
		for item, results := range b.done {
			if failed := results[0].Err != nil; failed != (item.Owner == "3") || failed && !errors.Is(results[0].Err, errJournal) {
				t.Errorf("%v: %v", item.Owner, results[0].Err)
			}
		}
	})
}
