// Package stats counts what happened in a sandbox, for people and tests.
package stats

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Stats are the counts of one process. It is safe for concurrent use.
type Stats struct {
	mu         sync.Mutex
	requests   map[string]int // by route
	statuses   map[string]int
	faults     map[string]int // by kind
	duplicates int
	inFlight   int
	maxFlight  int
	total      int
	rows       int // objects written, by requests of their own and in bulk
	jobs       struct{ submitted, complete, items, succeeded, failed int }
	rate       rate
}

// New starts at zero.
func New() *Stats {
	return &Stats{requests: map[string]int{}, statuses: map[string]int{}, faults: map[string]int{}}
}

// Enter counts a request that arrives; the function it gives counts that it is done.
func (s *Stats) Enter(now time.Time) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total++
	s.inFlight++
	s.maxFlight = max(s.maxFlight, s.inFlight)
	s.rate.add(now.Unix())
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
	}
}

// Route counts a request by its route, such as "GET /v1/customers/{id}".
func (s *Stats) Route(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[name]++
}

// Answered counts an answer by its status.
func (s *Stats) Answered(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[strconv.Itoa(status)]++
}

// Fault counts a fault that was injected, by its name.
func (s *Stats) Fault(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[name]++
}

// Duplicate counts an object that was refused because another one has its externalId or the like.
func (s *Stats) Duplicate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.duplicates++
}

// Row counts one object that was written.
func (s *Stats) Row() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows++
}

// Job counts one bulk job that was accepted.
func (s *Stats) Job(items int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs.submitted++
	s.jobs.items += items
}

// JobDone counts one bulk job that is complete.
func (s *Stats) JobDone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs.complete++
}

// Items counts what came of the items of one batch.
func (s *Stats) Items(succeeded, failed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows += succeeded
	s.jobs.succeeded += succeeded
	s.jobs.failed += failed
}

// Document is the counts as JSON members.
func (s *Stats) Document() wire.Document {
	s.mu.Lock()
	defer s.mu.Unlock()
	return wire.Document{
		"requests": s.total, "by_route": counts(s.requests), "by_status": counts(s.statuses),
		"faults": counts(s.faults), "duplicates_refused": s.duplicates,
		"max_in_flight": s.maxFlight, "busiest_60s": s.rate.most,
		"jobs": wire.Document{
			"submitted": s.jobs.submitted, "complete": s.jobs.complete, "items": s.jobs.items,
			"items_succeeded": s.jobs.succeeded, "items_failed": s.jobs.failed,
		},
		"rows": s.rows, "rows_per_request": json.Number(strconv.FormatFloat(float64(s.rows)/float64(max(1, s.total)), 'f', 2, 64)),
	}
}

func counts(m map[string]int) wire.Document {
	d := wire.Document{}
	for name, n := range m {
		d[name] = n
	}
	return d
}

// rate finds the 60 seconds with the most requests, by whole seconds.
type rate struct {
	second [60]int
	at     int64 // Unix time of the latest second
	sum    int
	most   int
}

func (r *rate) add(now int64) {
	for steps := min(max(0, now-r.at), int64(len(r.second))); steps > 0; steps-- {
		slot := &r.second[(now-steps+1)%int64(len(r.second))]
		r.sum -= *slot
		*slot = 0
	}
	r.at = max(r.at, now)
	r.second[r.at%int64(len(r.second))]++
	r.sum++
	r.most = max(r.most, r.sum)
}
