package batch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/sinks"
)

// TestEveryItemIsGivenBackOnce: whatever the service, the journal and a stop of the run do, every item is given back
// exactly once, is begun durably before a request that holds it, is never sent again while an earlier request may
// have been applied, and is begun at the end exactly if it may have been.
func TestEveryItemIsGivenBackOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := drawLoad(rt)
		synctest.Test(t, l.run)
		for _, fault := range l.faults {
			rt.Error(fault)
		}
	})
}

// load is one case: items, and what goes wrong with them.
type load struct {
	items   []loadItem
	replies []string // of the service to batches, one after the other and from the start again
	reads   []string // of the service when it is asked for jobs
	insist  bool
	refs    sinks.Refs
	limit   int           // items in a batch that the service takes; 0: all
	places  int           // for requests
	stop    time.Duration // when the run is stopped; 0: never
	grace   time.Duration // from then until requests in flight end

	mu      sync.Mutex
	begins  int
	setJobs int
	faults  []string
	byName  map[string]*Item
	applied map[*Item]bool // it may have been applied
	failed  map[*Item]bool // its job said that it failed
	back    map[*Item]int  // how often it was given back
}

// loadItem is an item, and what the journal and its job do with it.
type loadItem struct {
	Item
	pause    time.Duration // before it is added
	claimed  bool          // its external id belongs to another key
	stuck    bool          // it cannot be withdrawn
	keep     bool
	inResult string // applied, failed or hidden
}

func drawLoad(rt *rapid.T) *load {
	n := rapid.IntRange(1, 60).Draw(rt, "items")
	l := &load{
		replies: rapid.SliceOfN(rapid.SampledFrom([]string{"taken", "taken", "taken", "refused", "named", "lost", "applied and lost", "no refs", "unreached", "no job", "fatal", "no endpoint", "not begun"}), 1, 8).Draw(rt, "replies"),
		reads:   rapid.SliceOfN(rapid.SampledFrom([]string{"read", "read", "read", "lost", "forbidden", "cut short", "names nobody", "fatal"}), 1, 4).Draw(rt, "reads"),
		insist:  rapid.Bool().Draw(rt, "insist"),
		refs:    rapid.SampledFrom([]sinks.Refs{sinks.RefsUntried, sinks.RefsKnown, sinks.RefsRefused}).Draw(rt, "refs"),
		limit:   rapid.SampledFrom([]int{0, 0, 3, 6}).Draw(rt, "limit"),
		places:  rapid.IntRange(1, 3).Draw(rt, "places"),
		stop:    time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 70, 700, 1500, 4000}).Draw(rt, "stop")) * time.Millisecond,
		grace:   time.Duration(rapid.SampledFrom([]int{0, 300, 60_000}).Draw(rt, "grace")) * time.Millisecond,
	}
	for i := range n {
		rare := func(name string) bool { return rapid.IntRange(0, 9).Draw(rt, name) == 9 }
		l.items = append(l.items, loadItem{
			Item: Item{
				Op: sinks.Op(rapid.IntRange(0, 1).Draw(rt, "op")), Owner: fmt.Sprint(i), Payload: map[string]any{"name": fmt.Sprint(i)},
				Bytes: rapid.SampledFrom([]int{1, 20, 20, 100, 380}).Draw(rt, "bytes"),
			},
			pause:   time.Duration(rapid.SampledFrom([]int{0, 0, 0, 0, 20, 200}).Draw(rt, "pause")) * time.Millisecond,
			claimed: rare("claimed"), stuck: rare("stuck"), keep: rapid.Bool().Draw(rt, "keep"),
			inResult: rapid.SampledFrom([]string{"applied", "applied", "failed", "hidden"}).Draw(rt, "in the results"),
		})
	}
	return l
}

func (l *load) fault(format string, args ...any) {
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// of finds the case of an item.
func (l *load) of(item *Item) *loadItem {
	for i := range l.items {
		if &l.items[i].Item == item {
			return &l.items[i]
		}
	}
	panic("an item that was not added")
}

// run plays the case in virtual time.
func (l *load) run(t *testing.T) {
	l.faults, l.byName, l.applied, l.failed, l.back = nil, map[string]*Item{}, map[*Item]bool{}, map[*Item]bool{}, map[*Item]int{}
	ctx, cancel := context.WithCancelCause(t.Context())
	send, end := context.WithCancel(t.Context())
	defer end()
	b := newBench(t, func(b *bench) { l.setup(send, b) })
	if l.stop > 0 {
		time.AfterFunc(l.stop, func() { cancel(errors.New("stopped")) })
		time.AfterFunc(l.stop+l.grace, end)
	}
	for i := range l.items {
		l.byName[fmt.Sprint(i)] = &l.items[i].Item
	}
	for i := range l.items {
		time.Sleep(l.items[i].pause)
		b.WaitForRoom(ctx)
		b.Add(ctx, &l.items[i].Item)
	}
	time.Sleep(time.Hour)
	cancel(nil)
	synctest.Wait()
	for i := range l.items {
		if n := l.back[&l.items[i].Item]; n != 1 {
			l.fault("item %d was given back %d times", i, n)
		}
	}
	if n := b.service.admitted; n != 0 || b.batches.Load() != 0 || b.Batcher.items != 0 {
		l.fault("%d admissions, %d batches and %d items are left", n, b.batches.Load(), b.Batcher.items)
	}
	l.faults = append(l.faults, b.journal.faults...)
	said := map[string]bool{}
	for _, text := range b.said {
		if said[text] {
			l.fault("said twice: %s", text)
		}
		said[text] = true
	}
}

// setup makes service, journal and options do what the case says.
func (l *load) setup(send context.Context, b *bench) {
	places := make(chan struct{}, l.places)
	b.opts.MaxItems, b.opts.SendContext, b.opts.Insist, b.opts.Spec.Learned.Refs = 30, send, l.insist, l.refs
	b.opts.Acquire = func(ctx context.Context) bool {
		select {
		case places <- struct{}{}:
			return true
		case <-ctx.Done():
			return false
		}
	}
	b.opts.Release = func() { <-places }
	b.opts.KeepBegun = func(item *Item) bool { return l.of(item).keep }
	b.opts.Done = func(item *Item, r Result) { l.given(b, item, r) }
	b.service.latency = 100 * time.Millisecond
	b.service.submit = func(n int, s sinks.Batch) error { return l.reply(b, l.replies[n%len(l.replies)], s) }
	b.service.results = func(n int, s sinks.Batch) (map[string]sinks.ItemResult, error) {
		return l.read(l.reads[n%len(l.reads)], s)
	}
	b.journal.claim = func(item *Item) error {
		if l.of(item).claimed {
			return errors.New("claimed")
		}
		return nil
	}
	b.journal.beginErr = func() error {
		if l.begins++; l.replies[l.begins%len(l.replies)] == "not begun" {
			return errJournal
		}
		return nil
	}
	b.journal.jobErr = func() error {
		if l.setJobs++; l.replies[l.setJobs%len(l.replies)] == "no job" {
			return errJournal
		}
		return nil
	}
	b.journal.withdrawErr = func(item *Item) error {
		if l.of(item).stuck {
			return errJournal
		}
		return nil
	}
}

// reply checks a batch that arrives, and answers it.
func (l *load) reply(b *bench, reply string, s sinks.Batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	bytes := 0
	if len(s.Items) == 0 {
		l.fault("a batch of no items is sent")
	}
	for i, it := range s.Items {
		item := l.byName[nameOf(it)]
		bytes += item.Bytes + 20
		switch {
		case item.Op != s.Op:
			l.fault("item %v, to %s, is in a batch to %s", item.Owner, item.Op, s.Op)
		case !b.journal.isOpen(item) || item.Ref() != it.Ref:
			l.fault("item %v is sent as %s, begun: %v", item.Owner, it.Ref, b.journal.isOpen(item))
		case l.applied[item]:
			l.fault("item %v is sent again, though it may have been applied", item.Owner)
		case l.back[item] > 0:
			l.fault("item %v is sent after it was given back", item.Owner)
		case i >= 10 || bytes > 400:
			l.fault("a batch of %d items and %d bytes or more", i+1, bytes)
		}
	}
	switch {
	case l.limit > 0 && len(s.Items) > l.limit:
		return &sinks.Error{Class: sinks.TooLarge}
	case reply == "refused":
		return &sinks.Error{Class: sinks.Refused}
	case reply == "named":
		return &sinks.Error{Class: sinks.Duplicate, Fields: []string{"0.name", "[3].tags.1"}}
	case reply == "no refs" && !s.WithoutRefs:
		return &sinks.Error{Class: sinks.Duplicate, RefsRefused: true}
	case reply == "no endpoint":
		return &sinks.Error{Class: sinks.Unsupported}
	case reply == "lost":
		return &sinks.Error{Class: sinks.Unknown}
	case reply == "unreached":
		return &sinks.Error{Class: sinks.Unreached}
	case reply == "fatal":
		return &sinks.Error{Class: sinks.Fatal}
	}
	for _, it := range s.Items {
		l.applied[l.byName[nameOf(it)]] = true
	}
	if reply == "applied and lost" {
		return &sinks.Error{Class: sinks.Unknown}
	}
	return nil
}

// read answers when the service is asked for a job.
func (l *load) read(reply string, s sinks.Batch) (map[string]sinks.ItemResult, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	results := map[string]sinks.ItemResult{}
	switch {
	case reply == "lost":
		return nil, &sinks.Error{Class: sinks.Unknown}
	case reply == "forbidden":
		return nil, &sinks.Error{Class: sinks.Forbidden}
	case reply == "fatal":
		return nil, &sinks.Error{Class: sinks.Fatal}
	case reply == "names nobody" || s.WithoutRefs:
		return results, nil
	}
	for _, it := range s.Items {
		item := l.byName[nameOf(it)]
		switch l.of(item).inResult {
		case "applied":
			results[it.Ref] = sinks.ItemResult{ID: nameOf(it)}
		case "failed":
			l.failed[item] = true
			results[it.Ref] = sinks.ItemResult{Err: &sinks.Error{Class: sinks.Duplicate}}
		}
	}
	if reply == "cut short" {
		return results, &sinks.Error{Class: sinks.Unknown}
	}
	return results, nil
}

// given checks an item that is given back.
func (l *load) given(b *bench, item *Item, r Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.back[item]++
	c, open := l.of(item), b.journal.isOpen(item)
	failed, typed := errors.AsType[*sinks.Error](r.Err)
	mayBeApplied := l.applied[item] && !l.failed[item]
	switch {
	case mayBeApplied && !open:
		l.fault("item %v may have been applied and is not begun: %+v", item.Owner, r)
	case mayBeApplied && (r.Alone || typed && failed.Class != sinks.Unknown):
		l.fault("item %v may have been applied, and the result is %+v", item.Owner, r)
	case r.Err == nil && r.Alone == l.applied[item]:
		l.fault("item %v was applied: %v, and the result is %+v", item.Owner, l.applied[item], r)
	case r.Err == nil && !r.Alone && r.Result.ID != item.Owner:
		l.fault("item %v has the result of %s", item.Owner, r.Result.ID)
	case l.failed[item] && !typed && !errors.Is(r.Err, errJournal):
		l.fault("item %v failed in its job, and the result is %+v", item.Owner, r)
	case l.failed[item] && typed && (open != (c.keep && item.Op == sinks.Create) || !r.JobDone || r.InJob):
		l.fault("item %v failed in its job and is begun: %v, with %+v", item.Owner, open, r)
	case !l.applied[item] && open && !c.stuck && !(typed && failed.Class == sinks.Unknown):
		l.fault("item %v was not applied and is begun: %+v", item.Owner, r)
	case r.Err != nil && r.Alone:
		l.fault("item %v is to go alone with the error %v", item.Owner, r.Err)
	}
	item.Payload, item.Bytes, item.Op = nil, -1, -1 // it is the caller's again: nobody else may look at it
}
