package batch

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// What the first batch teaches holds for the others: how many batches are submitted when 100 items are added at once.
func TestWhatTheFirstBatchTeaches(t *testing.T) {
	refusesRefs := func(b *bench) {
		b.service.submit = func(_ int, s sinks.Batch) error {
			if s.WithoutRefs {
				return nil
			}
			return &sinks.Error{Class: sinks.Duplicate, RefsRefused: true}
		}
		b.service.results = func(int, sinks.Batch) (map[string]sinks.ItemResult, error) { return map[string]sinks.ItemResult{}, nil }
	}
	namesNobody := func(b *bench) {
		b.service.results = func(int, sinks.Batch) (map[string]sinks.ItemResult, error) { return map[string]sinks.ItemResult{}, nil }
	}
	mayNotRead := func(b *bench) {
		b.service.results = func(int, sinks.Batch) (map[string]sinks.ItemResult, error) {
			return nil, &sinks.Error{Class: sinks.Forbidden, Message: "the key may not"}
		}
	}
	insist := func(f func(*bench)) func(*bench) { return func(b *bench) { f(b); b.opts.Insist = true } }
	learned := func(refs sinks.Refs, f func(*bench)) func(*bench) {
		return func(b *bench) { f(b); b.opts.Spec.Learned.Refs = refs }
	}
	for _, c := range []struct {
		name    string
		setup   func(*bench)
		batches int
		want    map[string]int
		said    string
	}{
		{"it comes through", func(*bench) {}, 10, map[string]int{"applied": 100}, ""},
		{"references are refused", refusesRefs, 1, map[string]int{"alone": 100}, "Kustomer does not know ref, by which results name their rows"},
		{"references are refused, and it insists", insist(refusesRefs), 11, map[string]int{"unknown in job": 100}, ""},
		{"references are known to be refused, and it insists", learned(sinks.RefsRefused, insist(refusesRefs)), 10, map[string]int{"unknown in job": 100}, ""},
		{"results name nobody", namesNobody, 1, map[string]int{"unknown in job": 10, "alone": 90}, "Kustomer does not tell which row of a batch became which object"},
		{"results name nobody, and it insists", insist(namesNobody), 10, map[string]int{"unknown in job": 100}, ""},
		{"results may not be read", mayNotRead, 1, map[string]int{"unknown in job": 10, "alone": 90}, "the key may not read the results of bulk jobs"},
		{"results may not be read, and it insists", insist(mayNotRead), 10, map[string]int{"unknown in job": 100}, ""},
		{"there is no endpoint", func(b *bench) {
			b.service.submit = func(int, sinks.Batch) error { return &sinks.Error{Class: sinks.Unsupported} }
		}, 1, map[string]int{"alone": 100}, "Kustomer does not take such batches"},
		{"there is no endpoint, and it insists", insist(func(b *bench) {
			b.service.submit = func(int, sinks.Batch) error { return &sinks.Error{Class: sinks.Unsupported} }
		}), 1, map[string]int{"alone": 100}, "Kustomer does not take such batches"},
		{"references are known to be taken, and are not", learned(sinks.RefsKnown, refusesRefs), 10, map[string]int{"alone": 100},
			"Kustomer does not know ref, by which results name their rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.setup)
				b.service.latency = time.Second
				b.add(t.Context(), 100)
				b.wait()
				b.check(c.want)
				if n := len(b.service.batches); n != c.batches {
					t.Errorf("%d batches were submitted, want %d", n, c.batches)
				}
				want := []string{"loading up to 10 rows a request"}
				if c.said != "" {
					want = append(want, "from now on one by one: "+c.said)
				}
				if diff := cmp.Diff(want, b.said); diff != "" {
					t.Errorf("said: %s", diff)
				}
			})
		})
	}
}

// TestTurns: until a batch has come through they go one at a time, but none waits for a slow one longer than
// firstTurn.
func TestTurns(t *testing.T) {
	for _, c := range []struct {
		name  string
		delay time.Duration // of a job
		known bool          // a probe has found that references are taken
		want  []time.Duration
	}{
		{"the first job is quick", 3 * time.Second, false, []time.Duration{0, 3 * time.Second, 3 * time.Second, 3 * time.Second}},
		{"the first job is slow", 25 * time.Second, false, []time.Duration{0, 10 * time.Second, 20 * time.Second, 30 * time.Second}},
		{"it is known that batches come through", 25 * time.Second, true, []time.Duration{0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.service.delay = c.delay
				if c.known {
					b.mode.prove()
				}
				start := time.Now()
				b.add(t.Context(), 40)
				b.wait()
				var got []time.Duration
				for _, at := range b.service.times {
					got = append(got, at.Sub(start))
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("batches left after %s", diff)
				}
			})
		})
	}
}

// Once a batch has come through, or may not be read while batches go on all the same, none waits for its turn any more.
func TestTurnsEnd(t *testing.T) {
	for _, forbidden := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, func(b *bench) { b.opts.Insist = true })
			b.service.delay = 25 * time.Second
			b.service.results = func(int, sinks.Batch) (map[string]sinks.ItemResult, error) {
				if forbidden {
					return nil, &sinks.Error{Class: sinks.Forbidden}
				}
				return nil, nil
			}
			start := time.Now()
			b.add(t.Context(), 30)
			time.Sleep(26 * time.Second) // the first batch has come through, and the third has the turn until 30 s
			b.add(t.Context(), 10)
			b.wait()
			if took := b.service.times[3].Sub(start); took != 26*time.Second {
				t.Errorf("forbidden %v: the fourth batch left after %v, want at once", forbidden, took)
			}
		})
	}
}

// A batch that waits for its turn does not wait any longer once the run is stopped.
func TestAStopWhileBatchesWaitForTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.service.delay = 9 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		b.add(ctx, 30)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if left := b.left(); left != 10 {
			t.Errorf("%d items are not given back, want those of the first batch", left)
		}
		b.wait()
		b.check(map[string]int{"applied": 10, "error": 20})
	})
}

func TestUnnamed(t *testing.T) {
	for refs, want := range map[sinks.Refs]string{
		sinks.RefsUntried: "", sinks.RefsKnown: "", sinks.RefsIgnored: noResults,
		sinks.RefsRefused: "Kustomer does not know ref, by which results name their rows",
	} {
		spec := testSpec()
		spec.Learned.Refs = refs
		if got := Unnamed(spec); got != want {
			t.Errorf("%v: %q", refs, got)
		}
	}
}

// Limits shrink and do not grow again.
func TestShrink(t *testing.T) {
	b := newBench(t)
	for _, bytes := range []int{300, 200, 350} {
		b.mode.shrink(bytes)
	}
	if got := b.mode.maxBytes(); got != 200 {
		t.Errorf("batches may have %d bytes", got)
	}
	if b.mode.stop("one"); len(b.said) != 1 || !strings.HasSuffix(b.said[0], ": one") {
		t.Errorf("said %v", b.said)
	}
	if b.mode.stop("two"); len(b.said) != 1 {
		t.Errorf("said %v", b.said)
	}
}
