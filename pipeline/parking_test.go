//go:build oldengine

package pipeline

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline/render"
)

// doubtful is a row whose quiet time ends then.
func doubtful(in time.Duration, bytes int) *task {
	return &task{Row: render.Row{Key: fmt.Sprint(in), Bytes: bytes}, doubt: &doubt{due: time.Now().Add(in)}}
}

func TestDoubtsComeWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoubts()
		for _, in := range []time.Duration{3 * time.Second, time.Second, 2 * time.Second} {
			d.add(doubtful(in, 0))
		}
		go func() {
			time.Sleep(1500 * time.Millisecond)
			d.add(doubtful(0, 0)) // sooner than those that are waited for
			time.Sleep(time.Hour)
			d.close()
		}()
		start := time.Now()
		for _, want := range []time.Duration{1000, 1500, 2000, 3000} {
			d.next(t.Context())
			if took := time.Since(start); took != want*time.Millisecond {
				t.Errorf("a row came after %v, want %v", took, want*time.Millisecond)
			}
		}
		if next := d.next(t.Context()); next != nil || time.Since(start) < time.Hour {
			t.Errorf("%v came after %v", next, time.Since(start))
		}
	})
}

// TestDoubtsComeAtOnceWhenTheRunEnds: each can then be told to be in doubt.
func TestDoubtsComeAtOnceWhenTheRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoubts()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		d.add(doubtful(time.Hour, 0))
		d.add(doubtful(2*time.Hour, 0))
		start := time.Now()
		d.next(ctx)
		d.next(ctx)
		if took := time.Since(start); took != time.Second {
			t.Errorf("the rows came after %v", took)
		}
		d.close()
		if next := d.next(ctx); next != nil {
			t.Errorf("%v came after the last", next)
		}
	})
}

func TestDoubtsHoldTheReaderBack(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows, bytes int
	}{
		{"many rows", maxDoubts, 0},
		{"large rows", 16, maxDoubtBytes / 16},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDoubts()
			for range c.rows {
				d.waitForRoom(t.Context())
				d.add(doubtful(time.Minute, c.bytes))
			}
			start := time.Now()
			go d.next(t.Context())
			d.waitForRoom(t.Context())
			if took := time.Since(start); took != time.Minute {
				t.Errorf("%s: there was room after %v", c.name, took)
			}
			d.add(doubtful(time.Minute, c.bytes))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			d.waitForRoom(ctx)
			if took := time.Since(start); took != time.Minute+time.Second {
				t.Errorf("%s: the end of the run was noticed after %v", c.name, took)
			}
		})
	}
}

func TestJitterIsBounded(t *testing.T) {
	for n := -1; n < 100; n++ {
		if d := jitter(n); d < 0 || d >= lastBackoff || n <= 1 && d >= firstBackoff {
			t.Errorf("jitter(%d) = %v", n, d)
		}
	}
}
