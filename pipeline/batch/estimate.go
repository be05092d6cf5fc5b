package batch

import (
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// jobGuess is how long a bulk job takes, as far as anybody knows before the first.
const jobGuess = 3 * time.Second

// requestsPerBatch is what a batch costs: one request to submit it, and one to read its results.
const requestsPerBatch = 2

// Load is what of a step is to be sent.
type Load struct {
	Step   string
	Limits *sinks.Batches // of the step's sink; nil where Batch is 0
	Rows   int
	Batch  int // of Rows, those that may share a request
	Bytes  int // of those, as JSON, with what a batch adds to each
	Asks   int // requests besides those that write: look-ups, reads before an update; 0 where nobody has looked
}

// batches is how many requests the rows take that may share one; 0 where so few are sent one by one.
func (l Load) batches() int {
	if l.Batch < MinItems {
		return 0
	}
	return max(ceil(l.Batch, l.Limits.MaxItems), ceil(l.Bytes, l.Limits.MaxBytes))
}

// ceil divides and rounds up.
func ceil(n, by int) int { return (n + by - 1) / by }

// Effort is what a load takes.
type Effort struct {
	Requests int
	Time     time.Duration
}

// Estimate says what loads take one by one and in batches, one step after the other, at so many requests a
// second, more than 0. Retries come on top, and look-ups that are not in Asks: a few for each step, as a rule.
func Estimate(loads []Load, rate float64) (singly, batched Effort) {
	for _, l := range loads {
		singly.add(l.Rows+l.Asks, rate)
		batches := l.batches()
		if batches == 0 {
			batched.add(l.Rows+l.Asks, rate)
			continue
		}
		batched.add(batches*requestsPerBatch+l.Rows-l.Batch+l.Asks, rate)
		batched.Time += jobGuess
	}
	return singly, batched
}

func (e *Effort) add(requests int, rate float64) {
	e.Requests += requests
	e.Time += time.Duration(float64(requests) / rate * float64(time.Second))
}

// IsSooner reports whether so many rows are loaded sooner in batches, with the wait for their jobs, than one by one
// at so many requests a second. Without a limit on requests, a rate of 0, they are not.
func IsSooner(rows int, limits *sinks.Batches, rate float64) bool {
	if rate <= 0 {
		return false
	}
	singly, batched := Estimate([]Load{{Limits: limits, Rows: rows, Batch: rows}}, rate)
	return batched.Time < singly.Time
}

// Needs lists the fields without which a batch of the sink cannot carry a payload. What an update would clear by
// leaving it out must be in it.
func Needs(spec *sinks.Spec, op sinks.Op) []string {
	switch {
	case op == sinks.Create:
		return spec.Batch.Needs
	case spec.Kind == sinks.Changes:
		return slices.Concat(spec.Batch.Needs, spec.Preserve)
	}
	return spec.Preserve
}
