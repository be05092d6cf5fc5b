package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// TestReadBack: one object of the first batch is compared before another batch is sent, however long its job takes. Where it
// differs, no row of the batch is believed and the others go one by one.
func TestReadBack(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want map[string]int
	}{
		{"as sent", nil, map[string]int{"applied": 40}},
		{"another object", errors.New("its externalId is another"), map[string]int{"unknown in job": 10, "alone": 30}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reads, sentBefore := 0, 0
				var b *bench
				b = newBench(t, func(b *bench) {
					b.service.delay = time.Minute
					b.opts.ReadBack = func(_ context.Context, _ *Item, id string) error {
						b.service.mu.Lock()
						defer b.service.mu.Unlock()
						reads++
						sentBefore = len(b.service.batches)
						if !strings.HasPrefix(id, "id of ") {
							t.Errorf("read back: %q", id)
						}
						return c.err
					}
				})
				for i := range 40 {
					b.Add(t.Context(), b.item(sinks.Create, fmt.Sprint(i)))
				}
				b.wait()
				b.check(c.want)
				if reads != 1 || sentBefore != 1 {
					t.Errorf("%d objects were read back, when %d batches had left; want 1 and 1", reads, sentBefore)
				}
				if said := strings.Join(b.said, "\n"); strings.Contains(said, "name other objects") != (c.err != nil) {
					t.Errorf("it was said: %s", said)
				}
			})
		})
	}
}

// TestNothingToReadBack: a batch whose job names no object leaves the read-back to the next one; updates need none.
func TestNothingToReadBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		b := newBench(t, func(b *bench) {
			b.opts.ReadBack = func(context.Context, *Item, string) error { reads++; return nil }
			b.service.results = func(n int, s sinks.Batch) (map[string]sinks.ItemResult, error) {
				if n > 1 {
					return allApplied(s), nil
				}
				results := allApplied(s)
				for ref := range results {
					results[ref] = sinks.ItemResult{Err: &sinks.Error{Class: sinks.Duplicate, Message: "it is there"}}
				}
				return results, nil
			}
		})
		for i := range 20 {
			b.Add(t.Context(), b.item(sinks.Create, fmt.Sprint(i)))
		}
		b.wait()
		if reads != 1 {
			t.Errorf("%d objects were read back, want 1, of the second batch", reads)
		}
	})
}
