package batch

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// firstTurn is how long the batch in front may take before the next one goes; see mode.turn.
const firstTurn = 10 * time.Second

// Why items go one by one, in the user's words.
const (
	noResults  = "Kustomer does not tell which row of a batch became which object"
	noEndpoint = "Kustomer does not take such batches"
	noReading  = "the key may not read the results of bulk jobs"
)

// noRefs is why items go one by one where the service refuses references.
func noRefs(limits *sinks.Batches) string {
	return "Kustomer does not know " + limits.RefField + ", by which results name their rows"
}

// Unnamed says, in the user's words, why results of batches do not name their items, where a probe has found
// that out; else "". Kustomer may have learned it since: rows then go slower than they could until somebody probes
// again.
func Unnamed(spec *sinks.Spec) string {
	switch spec.Learned.Refs {
	case sinks.RefsRefused:
		return noRefs(spec.Batch)
	case sinks.RefsIgnored:
		return noResults
	}
	return ""
}

// mode is how batches are sent: what their answers have taught so far. It is safe for several goroutines.
type mode struct {
	info     func(string)
	maxItems int
	front    chan struct{} // holds one value while a batch has the turn

	mu          sync.Mutex
	announced   bool
	proven      bool // a batch has come through
	checked     bool // an object was read back, or need not be
	stopped     bool // no more batches are sent
	withoutRefs bool // the service does not know references
	largest     int  // bytes of a batch
}

func newMode(opts *Options) *mode {
	refs := opts.Spec.Learned.Refs
	return &mode{
		info: opts.Info, maxItems: opts.Spec.Batch.MaxItems, front: make(chan struct{}, 1),
		proven: refs == sinks.RefsKnown, withoutRefs: refs == sinks.RefsRefused, checked: opts.ReadBack == nil,
		largest: opts.Spec.Batch.MaxBytes,
	}
}

// turn lets batches go one at a time until one has come through: whether the service knows references, and whether
// the key may read results, need not be found out by all of them at once, and what results say is not believed before one
// object was read back. It waits until no other batch has the turn, or until ctx ends. A batch of which no object is to be
// read back keeps it for at most firstTurn. The function that it returns ends the turn.
func (m *mode) turn(ctx context.Context, op sinks.Op) func() {
	toCheck := func() bool { return op == sinks.Create && !m.isChecked() }
	if m.isProven() && !toCheck() {
		return func() {}
	}
	select {
	case m.front <- struct{}{}:
	case <-ctx.Done():
		return func() {}
	}
	end := sync.OnceFunc(func() { <-m.front })
	switch {
	case toCheck():
		return end
	case m.isProven():
		end()
		return end
	}
	late := time.AfterFunc(firstTurn, end)
	return func() { late.Stop(); end() }
}

// announce tells once that rows travel in batches.
func (m *mode) announce() {
	if set(m, &m.announced) {
		m.info(fmt.Sprintf("loading up to %d rows a request", m.maxItems))
	}
}

// stop has everything sent one by one from now on, and tells the first reason.
func (m *mode) stop(why string) {
	if set(m, &m.stopped) {
		m.info("from now on one by one: " + why)
	}
}

// shrink has no batches of more bytes sent from now on.
func (m *mode) shrink(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.largest = min(m.largest, bytes)
}

// takes reports whether batches are sent, and a single item of so many bytes fits into one.
func (m *mode) takes(bytes int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.stopped && bytes <= m.largest
}

func (m *mode) maxBytes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.largest
}

func (m *mode) prove()              { set(m, &m.proven) }
func (m *mode) goWithoutRefs()      { set(m, &m.withoutRefs) }
func (m *mode) check()              { set(m, &m.checked) }
func (m *mode) isChecked() bool     { return get(m, &m.checked) }
func (m *mode) isProven() bool      { return get(m, &m.proven) }
func (m *mode) isStopped() bool     { return get(m, &m.stopped) }
func (m *mode) isWithoutRefs() bool { return get(m, &m.withoutRefs) }

// set sets a flag, and reports whether it was not set before.
func set(m *mode, flag *bool) (first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first, *flag = !*flag, true
	return first
}

func get(m *mode, flag *bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return *flag
}
