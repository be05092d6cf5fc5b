package batch

import (
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

func TestEstimate(t *testing.T) {
	const rate = 10 // requests a second
	limits := &sinks.Batches{MaxItems: 100, MaxBytes: 90_000}
	for _, c := range []struct {
		name            string
		loads           []Load
		singly, batched Effort
	}{
		{"nothing", nil, Effort{}, Effort{}},
		{"an empty step", []Load{{}}, Effort{}, Effort{}},
		{"four rows never share a request", []Load{{Rows: 4, Batch: 4, Bytes: 400}},
			Effort{4, 400 * time.Millisecond}, Effort{4, 400 * time.Millisecond}},
		{"five do", []Load{{Rows: 5, Batch: 5, Bytes: 500}},
			Effort{5, 500 * time.Millisecond}, Effort{2, 200*time.Millisecond + jobGuess}},
		{"a hundred a request", []Load{{Rows: 100_000, Batch: 100_000, Bytes: 30_000_000 - 1}},
			Effort{100_000, 10_000 * time.Second}, Effort{2000, 200*time.Second + jobGuess}},
		{"bytes come first", []Load{{Rows: 100, Batch: 100, Bytes: 10 * limits.MaxBytes}},
			Effort{100, 10 * time.Second}, Effort{20, 2*time.Second + jobGuess}},
		{"one byte more", []Load{{Rows: 100, Batch: 100, Bytes: 10*limits.MaxBytes + 1}},
			Effort{100, 10 * time.Second}, Effort{22, 2200*time.Millisecond + jobGuess}},
		{"some cannot share a request", []Load{{Rows: 150, Batch: 100, Bytes: 1000}},
			Effort{150, 15 * time.Second}, Effort{52, 5200*time.Millisecond + jobGuess}},
		{"none can", []Load{{Rows: 150}}, Effort{150, 15 * time.Second}, Effort{150, 15 * time.Second}},
		{"look-ups come on top of both", []Load{{Rows: 100, Batch: 100, Asks: 50}},
			Effort{150, 15 * time.Second}, Effort{52, 5200*time.Millisecond + jobGuess}},
		{"steps follow each other", []Load{{Rows: 100, Batch: 100}, {Rows: 100, Batch: 100}},
			Effort{200, 20 * time.Second}, Effort{4, 400*time.Millisecond + 2*jobGuess}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.loads {
				if c.loads[i].Batch > 0 {
					c.loads[i].Limits = limits
				}
			}
			singly, batched := Estimate(c.loads, rate)
			if singly != c.singly || batched != c.batched {
				t.Errorf("one by one %+v, in batches %+v; want %+v and %+v", singly, batched, c.singly, c.batched)
			}
		})
	}
}

func TestWhatIsSooner(t *testing.T) {
	limits := &sinks.Batches{MaxItems: 100, MaxBytes: 90_000}
	for _, c := range []struct {
		rows int
		rate float64
		want bool
	}{
		{1000, 0, false}, {1000, 13, true}, {20, 13, false}, {41, 13, false}, {42, 13, true}, {200, 13, true}, {200, 1000, false},
	} {
		if got := IsSooner(c.rows, limits, c.rate); got != c.want {
			t.Errorf("%d rows at %v requests a second are sooner in batches: %v", c.rows, c.rate, got)
		}
	}
}

func TestNeeds(t *testing.T) {
	for _, c := range []struct {
		kind sinks.Kind
		op   sinks.Op
		want string
	}{
		{sinks.Makes, sinks.Create, "conversation"},
		{sinks.Makes, sinks.Update, "customer"},
		{sinks.Changes, sinks.Update, "conversation customer"},
	} {
		spec := testSpec()
		spec.Kind, spec.Preserve, spec.Batch.Needs = c.kind, []string{"customer"}, []string{"conversation"}
		if got := strings.Join(Needs(spec, c.op), " "); got != c.want {
			t.Errorf("kind %v, %s: %q, want %q", c.kind, c.op, got, c.want)
		}
	}
}
