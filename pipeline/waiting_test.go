package pipeline

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// doubtful is a row whose quiet time ends then.
func doubtful(in time.Duration, bytes int) *row {
	r := &row{}
	r.Key, r.Bytes, r.Due = fmt.Sprint(in), bytes, time.Now().Add(in)
	return r
}

func TestWaitingRowsComeWhenTheyAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaitingRows()
		for _, in := range []time.Duration{3 * time.Second, time.Second, 2 * time.Second} {
			w.add(doubtful(in, 0))
		}
		go func() {
			time.Sleep(1500 * time.Millisecond)
			w.add(doubtful(0, 0)) // sooner than those that are waited for
			time.Sleep(time.Hour)
			w.close()
		}()
		start := time.Now()
		for _, want := range []time.Duration{1000, 1500, 2000, 3000} {
			w.next(t.Context())
			if took := time.Since(start); took != want*time.Millisecond {
				t.Errorf("a row came after %v, want %v", took, want*time.Millisecond)
			}
		}
		if next := w.next(t.Context()); next != nil || time.Since(start) < time.Hour {
			t.Errorf("%v came after %v", next, time.Since(start))
		}
	})
}

// TestWaitingRowsComeAtOnceWhenTheRunEnds: each can then be told to be in doubt.
func TestWaitingRowsComeAtOnceWhenTheRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWaitingRows()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		w.add(doubtful(time.Hour, 0))
		w.add(doubtful(2*time.Hour, 0))
		start := time.Now()
		w.next(ctx)
		w.next(ctx)
		if took := time.Since(start); took != time.Second {
			t.Errorf("the rows came after %v", took)
		}
		w.close()
		if next := w.next(ctx); next != nil {
			t.Errorf("%v came after the last", next)
		}
	})
}

func TestWaitingRowsHoldTheReaderBack(t *testing.T) {
	for _, c := range []struct {
		name        string
		rows, bytes int
	}{
		{"many rows", maxWaitingRows, 0},
		{"large rows", 16, maxWaitingBytes / 16},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWaitingRows()
			for range c.rows {
				w.waitForRoom(t.Context())
				w.add(doubtful(time.Minute, c.bytes))
			}
			start := time.Now()
			go w.next(t.Context())
			w.waitForRoom(t.Context())
			if took := time.Since(start); took != time.Minute {
				t.Errorf("%s: there was room after %v", c.name, took)
			}
			w.add(doubtful(time.Minute, c.bytes))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			w.waitForRoom(ctx)
			if took := time.Since(start); took != time.Minute+time.Second {
				t.Errorf("%s: the end of the run was noticed after %v", c.name, took)
			}
		})
	}
}
