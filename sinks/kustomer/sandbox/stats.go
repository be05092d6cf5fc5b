package sandbox

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// stats counts what happened, for people and tests.
type stats struct {
	mu         sync.Mutex
	requests   map[string]int // by route
	statuses   map[string]int
	faults     map[string]int // by kind
	created    [kinds]int
	duplicates int
	inFlight   int
	maxFlight  int
	total      int
	rows       int // objects written, by requests of their own and in bulk
	jobs       struct{ submitted, complete, items, succeeded, failed int }
	rate       rate
}

func newStats() *stats {
	return &stats{requests: map[string]int{}, statuses: map[string]int{}, faults: map[string]int{}}
}

// enter counts a request that arrives; the function it gives counts that it is done.
func (s *stats) enter(now time.Time) (leave func()) {
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

func (s *stats) route(r *route) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "unknown"
	if r != nil {
		name = r.method + " " + r.path
	}
	s.requests[name]++
}

func (s *stats) answered(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[strconv.Itoa(status)]++
}

func (s *stats) fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := f.Kind
	if f.Reads {
		name = "get-" + name
	}
	s.faults[name]++
}

func (s *stats) create(k kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.created[k]++
}

func (s *stats) duplicate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.duplicates++
}

// row counts one object that was written.
func (s *stats) row() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows++
}

// job counts one bulk job that was accepted.
func (s *stats) job(items int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs.submitted++
	s.jobs.items += items
}

func (s *stats) jobDone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs.complete++
}

// items counts what came of the items of one batch.
func (s *stats) items(succeeded, failed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows += succeeded
	s.jobs.succeeded += succeeded
	s.jobs.failed += failed
}

// document is the counts as JSON members.
func (s *stats) document() document {
	s.mu.Lock()
	defer s.mu.Unlock()
	return document{
		"requests": s.total, "by_route": counts(s.requests), "by_status": counts(s.statuses),
		"faults": counts(s.faults), "duplicates_refused": s.duplicates,
		"max_in_flight": s.maxFlight, "busiest_60s": s.rate.most,
		"created": perKind(func(k kind) int { return s.created[k] }),
		"jobs": document{
			"submitted": s.jobs.submitted, "complete": s.jobs.complete, "items": s.jobs.items,
			"items_succeeded": s.jobs.succeeded, "items_failed": s.jobs.failed,
		},
		"rows": s.rows, "rows_per_request": json.Number(strconv.FormatFloat(float64(s.rows)/float64(max(1, s.total)), 'f', 2, 64)),
	}
}

func counts(m map[string]int) document {
	d := document{}
	for name, n := range m {
		d[name] = n
	}
	return d
}

// perKind counts by kind; of those beyond the three main ones only what there is.
func perKind(count func(kind) int) document {
	d := document{}
	for k := range kinds {
		if n := count(k); n > 0 || k <= message {
			d[k.String()] = n
		}
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
