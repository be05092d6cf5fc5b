package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// testSpec is a sink with small limits: 10 items and 400 bytes a request, 20 bytes an item beside its payload.
func testSpec() *sinks.Spec {
	return &sinks.Spec{
		Name: "make_person", Fields: []sinks.Field{{Name: "name"}, {Name: "tags"}},
		Batch: &sinks.Batches{Path: "/bulk", MaxItems: 10, MaxBytes: 400, ItemOverhead: 20, RefField: "ref"},
	}
}

// service is a fake sinks.Bulk. Its functions may be replaced; they are called with the lock held.
type service struct {
	submit  func(n int, s sinks.Batch) error                                // refuses or loses the n-th batch, from 1; nil takes all
	results func(n int, s sinks.Batch) (map[string]sinks.ItemResult, error) // of that batch; nil: all were applied
	latency time.Duration                                                   // of an answer to a batch
	delay   time.Duration                                                   // of a job
	admit   error

	mu       sync.Mutex
	batches  []sinks.Batch // in the order of arrival
	times    []time.Time   // of their arrival
	taken    map[string]int
	collects []string
	admitted int // and neither sent nor given back
}

func (s *service) Admit(ctx context.Context) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admit != nil || ctx.Err() != nil {
		return nil, errors.Join(s.admit, context.Cause(ctx))
	}
	s.admitted++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.admitted--
	}, nil
}

func (s *service) Submit(ctx context.Context, batch sinks.Batch) (string, error) {
	s.mu.Lock()
	s.admitted-- // this request is the one that was admitted
	s.mu.Unlock()
	select {
	case <-time.After(s.latency):
	case <-ctx.Done():
		return "", &sinks.Error{Class: sinks.Unknown, Err: ctx.Err(), Message: "stopped"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches, s.times = append(s.batches, batch), append(s.times, time.Now())
	n := len(s.batches)
	if s.submit != nil {
		if err := s.submit(n, batch); err != nil {
			return "", err
		}
	}
	job := fmt.Sprint("job", n)
	s.taken[job] = n
	return job, nil
}

func (s *service) Collect(ctx context.Context, _ sinks.Batch, job string) (map[string]sinks.ItemResult, error) {
	select {
	case <-time.After(s.delay):
	case <-ctx.Done():
		return nil, &sinks.Error{Class: sinks.Unreached, Err: ctx.Err(), Message: "stopped"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collects = append(s.collects, job)
	n := s.taken[job]
	if s.results != nil {
		if results, err := s.results(n, s.batches[n-1]); results != nil || err != nil {
			return results, err
		}
	}
	return allApplied(s.batches[n-1]), nil
}

func (s *service) Find(context.Context, sinks.Query) (sinks.Found, bool, error) {
	panic("a Batcher looks nothing up")
}

func (s *service) Do(context.Context, sinks.Request) (sinks.Result, error) {
	panic("a Batcher sends nothing by itself")
}

// allApplied says of every item that it was applied.
func allApplied(s sinks.Batch) map[string]sinks.ItemResult {
	results := map[string]sinks.ItemResult{}
	for _, item := range s.Items {
		results[item.Ref] = sinks.ItemResult{ID: cmp.Or(item.ID, "id of "+nameOf(item)), Status: 200}
	}
	return results
}

// nameOf is the name by which a test knows an item.
func nameOf(item sinks.Item) string { return item.Values()["name"].(string) }

func namesOf(s sinks.Batch) (names []string) {
	for _, item := range s.Items {
		names = append(names, nameOf(item))
	}
	return names
}

// journal is a fake Journal. Its functions may be replaced; they are called with the lock held.
type journal struct {
	claim       func(*Item) error
	beginErr    func() error
	jobErr      func() error
	withdrawErr func(*Item) error

	mu      sync.Mutex
	open    map[*Item]int64 // begun items, with the number of their record
	jobs    map[int64]string
	records int64
	commits [][]*Item // one for each call of Withdraw
	faults  []string  // calls that break the contract
}

func (j *journal) Begin(_ context.Context, items []*Item) (int64, []error, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.beginErr != nil {
		if err := j.beginErr(); err != nil {
			return 0, nil, err
		}
	}
	j.records++
	claimed := make([]error, len(items))
	refs := map[string]bool{}
	for i, item := range items {
		if refs[item.Ref()] {
			j.faults = append(j.faults, "two items of a batch have reference "+item.Ref())
		}
		refs[item.Ref()] = true
		if j.claim != nil {
			if claimed[i] = j.claim(item); claimed[i] != nil {
				continue
			}
		}
		if _, ok := j.open[item]; ok {
			j.faults = append(j.faults, "begun twice: "+item.Owner.(string))
		}
		j.open[item] = j.records
	}
	if j.claim == nil {
		claimed = nil // which a journal may return where all items are begun
	}
	return j.records, claimed, nil
}

func (j *journal) SetJob(ctx context.Context, record int64, job string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ctx.Err() != nil {
		j.faults = append(j.faults, "a job is written down with a context that has ended")
	}
	if j.jobErr != nil {
		if err := j.jobErr(); err != nil {
			return err
		}
	}
	j.jobs[record] = job
	return nil
}

func (j *journal) Withdraw(ctx context.Context, items []*Item) []error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ctx.Err() != nil {
		j.faults = append(j.faults, "withdrawn with a context that has ended")
	}
	j.commits = append(j.commits, items)
	errs := make([]error, len(items))
	for i, item := range items {
		if j.withdrawErr != nil {
			if errs[i] = j.withdrawErr(item); errs[i] != nil {
				continue
			}
		}
		if _, ok := j.open[item]; !ok {
			j.faults = append(j.faults, "withdrawn and not begun: "+item.Owner.(string))
		}
		delete(j.open, item)
	}
	if j.withdrawErr == nil {
		return nil
	}
	return errs
}

func (j *journal) isOpen(item *Item) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, ok := j.open[item]
	return ok
}

// bench is a Batcher between a fake service and a fake journal.
type bench struct {
	*Batcher
	t       *testing.T
	service *service
	journal *journal
	opts    Options

	mu     sync.Mutex
	places int // for requests that are taken
	items  []*Item
	done   map[*Item][]Result
	said   []string
	halted []error
}

// newBench returns a bench whose options setup may change.
func newBench(t *testing.T, setup ...func(*bench)) *bench {
	b := &bench{
		t: t, done: map[*Item][]Result{},
		service: &service{taken: map[string]int{}, delay: time.Second},
		journal: &journal{open: map[*Item]int64{}, jobs: map[int64]string{}},
	}
	b.opts = Options{
		Spec: testSpec(), Sink: b.service, Journal: b.journal, MaxItems: 1000, SendContext: t.Context(),
		Acquire:   func(ctx context.Context) bool { b.locked(func() { b.places++ }); return true },
		Release:   func() { b.locked(func() { b.places-- }) },
		Halt:      func(err error) { b.locked(func() { b.halted = append(b.halted, err) }) },
		KeepBegun: func(*Item) bool { return false },
		Info:      func(text string) { b.locked(func() { b.said = append(b.said, text) }) },
		Done:      func(item *Item, r Result) { b.locked(func() { b.done[item] = append(b.done[item], r) }) },
	}
	for _, f := range setup {
		f(b)
	}
	b.Batcher = New(b.opts)
	return b
}

func (b *bench) locked(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// item returns an item that a test knows by a name.
func (b *bench) item(op sinks.Op, name string) *Item {
	item := &Item{Op: op, Owner: name, Payload: map[string]any{"name": name}, Bytes: 20}
	if op == sinks.Update {
		item.ID = "id to update " + name
	}
	b.items = append(b.items, item)
	return item
}

// add adds items, named by their number.
func (b *bench) add(ctx context.Context, n int) {
	for range n {
		b.Add(ctx, b.item(sinks.Create, fmt.Sprint(len(b.items))))
	}
}

// wait lets virtual time pass until every item has been given back, at most an hour.
func (b *bench) wait() {
	b.t.Helper()
	for range 36_000 {
		if left := b.left(); left == 0 {
			synctest.Wait()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("%d items were not given back", b.left())
}

func (b *bench) left() (n int) {
	b.locked(func() { n = len(b.items) - len(b.done) })
	return n
}

// count counts the items by what became of them.
func (b *bench) count() map[string]int {
	b.t.Helper()
	counts := map[string]int{}
	for item, results := range b.done {
		if len(results) != 1 {
			b.t.Errorf("item %v was given back %d times", item.Owner, len(results))
		}
		counts[kindOf(results[0])]++
	}
	return counts
}

// kindOf names a result.
func kindOf(r Result) string {
	failed, ok := errors.AsType[*sinks.Error](r.Err)
	switch {
	case r.Alone:
		return "alone"
	case r.Err == nil:
		return "applied"
	case !ok:
		return "error"
	case r.InJob:
		return "unknown in job"
	case r.JobDone:
		return "failed in job"
	}
	return failed.Class.String()
}
