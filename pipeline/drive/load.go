package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// Load is the Driver of a run that loads: it carries out every action.
type Load struct{ *Step }

// Drive implements Driver.
func (d Load) Drive(ctx context.Context, r *Row) (Progress, error) {
	defer d.deliveries.release(r)
	stop := d.learnResult(r)
	for {
		r.Facts.Now, r.Facts.Stopping = time.Now(), ctx.Err() != nil
		next := decide.Row(&r.Facts)
		r.Facts.Take(next)
		switch n := next.(type) {
		case decide.Settle:
			return Progress{End: Ending{Settlement: n.Settlement}}, stop
		case decide.WaitUntil:
			if ctx.Err() == nil && time.Now().Before(n.At) {
				r.Due = n.At
				return Progress{State: Waiting}, stop
			}
		case decide.Send:
			d.tellLeftover(r, n.Leftover)
			if end, err := d.mayDeliver(ctx, r); end != nil {
				return Progress{End: *end}, cmp.Or(stop, err)
			}
			err := d.makeStale(r)
			if err == nil && d.intoBatch(ctx, r, n) {
				return Progress{State: Batched}, stop
			}
			stop = cmp.Or(stop, d.send(ctx, r, n, err))
		case decide.Find, decide.FindDoubtful, decide.FindSurvivor:
			end, taken, err := d.lookUp(ctx, r, n, func() { go d.Wake(r) })
			if !taken {
				return Progress{State: Batched}, stop
			}
			if stop = cmp.Or(stop, err); end != nil {
				return Progress{End: *end}, stop
			}
		case decide.AskJob:
			if !d.askJob(ctx, r) {
				return Progress{State: Batched}, stop
			}
		default:
			end, err := d.carryOut(ctx, r, next)
			if stop = cmp.Or(stop, err); end != nil {
				return Progress{End: *end}, stop
			}
		}
	}
}

// lookUp carries out an action that looks for the row's object and claims it. Not nil: the row ends with it. False: the
// row waits for another one, and is no longer the caller's.
func (d Load) lookUp(ctx context.Context, r *Row, next decide.Next, wake func()) (end *Ending, taken bool, err error) {
	switch n := next.(type) {
	case decide.Find:
		return d.find(ctx, r, n.By, wake)
	case decide.FindDoubtful:
		return d.findDoubtful(ctx, r, n.ExternalID, wake)
	case decide.FindSurvivor:
		return goneObjects(d).findSurvivor(ctx, r, n.ID, wake)
	}
	panic(fmt.Sprintf("%T is no look-up", next)) // a fault of this program, never of its input
}

// carryOut carries out an action after which the row is still here. Not nil: the row ends with it.
func (d Load) carryOut(ctx context.Context, r *Row, next decide.Next) (*Ending, error) {
	switch n := next.(type) {
	case decide.ReadEntry:
		return d.readEntry(ctx, r)
	case decide.CheckObject:
		return nil, goneObjects(d).checkObject(ctx, r, n.ID)
	case decide.CheckParents:
		return nil, goneObjects(d).checkParents(ctx, r)
	case decide.CheckControl:
		return d.checkControl(ctx, r)
	case decide.BecomeCanary:
		r.Facts.LearnCanary(d.canary.ask(r, d.control.isKnown(), d.Batches.IsSending()))
		return nil, nil
	case decide.Withdraw:
		return nil, d.withdrawEarlier(ctx, r)
	case decide.PrepareUpdate:
		return d.prepareUpdate(ctx, r, n)
	case decide.Record:
		return d.recordAndGoOn(r, n.Settlement)
	case decide.FindDrafts:
		return nil, d.findDrafts(ctx, r)
	case decide.KeepDraft:
		return d.keepDraft(ctx, r, n.ID)
	}
	panic(fmt.Sprintf("no driver carries out %T", next)) // a fault of this program, never of its input
}

// readEntry reads what the ledger has of the row's key.
func (s *Step) readEntry(ctx context.Context, r *Row) (*Ending, error) {
	if s.Run.Reader == nil {
		r.Facts.LearnEntry(nil)
		return nil, nil
	}
	entry, ok, err := s.Run.Reader.Get(ctx, s.Name(), r.Key)
	if err != nil {
		return s.Unread(r, err)
	}
	if !ok {
		r.Facts.LearnEntry(nil)
		return nil, nil
	}
	r.Facts.LearnEntry(&entry)
	r.Facts.ParentRemade = entry.Loaded() && entry.Hash != r.Hash && r.ParentMade > entry.RunID
	return nil, nil
}

// Unread ends a row of which the ledger could not be asked. The run ends with it, unless it was ending anyway.
func (s *Step) Unread(r *Row, err error) (*Ending, error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Ending{Settlement: r.Facts.Pending(decide.RunEnded)}, nil
	}
	return &Ending{Settlement: r.Facts.Pending("the ledger could not be read")}, fmt.Errorf("reading the ledger: %w", err)
}

// prepareUpdate finds out what of the row's content is to be sent to an object.
func (d Load) prepareUpdate(ctx context.Context, r *Row, n decide.PrepareUpdate) (*Ending, error) {
	p, end, err := d.diff(ctx, r, n)
	if end != nil || err != nil {
		return end, err
	}
	have := r.contentsOf(n.ID)
	if p.looks(d.Step.Step) && !p.isNothing(n.Op) {
		if have == nil {
			if have, err = d.read(ctx, n.ID); err != nil {
				return nil, d.learnUnread(r, err)
			}
		}
		p.leaveFull(d.Step.Step, have)
		p.dropped = true
	}
	if p.isNothing(n.Op) || n.Op == sinks.Update && d.seenEqual(r, n.ID, p) {
		r.Facts.LearnPrepared(decide.Prepared{State: decide.NothingNew, Known: r.known()})
		return nil, nil
	}
	r.update = p.payload
	r.Facts.LearnPrepared(decide.Prepared{State: decide.UpdateReady, LateUntil: d.Run.Late.due(n.ID, d.objectOf(r))})
	return nil, nil
}

// seenEqual reports whether a look-up has shown that an object has what an update would send.
func (d Load) seenEqual(r *Row, id string, u *update) bool {
	have := r.contentsOf(id)
	return have != nil && holds(d.Spec, r.comparable(u.payload), have)
}

// learnUnread learns why an object could not be read. An error ends the run.
func (d Load) learnUnread(r *Row, err error) error {
	if isGone(err) {
		failed, _ := errors.AsType[*sinks.Error](err)
		r.Facts.LearnMissing(failed)
		return nil
	}
	r.Facts.LearnLookupFailed(err)
	return fatal(err)
}

// withdrawEarlier takes back what an earlier run has begun, since its job says that it did not happen.
func (d Load) withdrawEarlier(ctx context.Context, r *Row) error {
	if err := d.Run.Ledger.Withdraw(context.WithoutCancel(ctx), d.Name(), r.Key); err != nil {
		r.Facts.LearnAttempt(decide.Attempt{Answer: decide.NotSent}, 0)
		return err
	}
	var before *ledger.Intent
	if in, ok := d.Run.Reader.Begun(d.Name(), r.Key); ok { // a request before it is still open
		before = &in
	}
	r.Facts.LearnWithdrawn(before)
	return nil
}

// recordAndGoOn makes durable what is known of the row's object before more is sent to it.
func (d Load) recordAndGoOn(r *Row, s decide.Settlement) (*Ending, error) {
	done, err := d.Record(r, s)
	if err != nil || done.Outcome != ledger.Created {
		return &Ending{Settlement: done}, err
	}
	r.Facts.LearnRecorded(s.ID)
	return nil, nil
}

// fatal returns an error that ends the run; nil for one that is of this row alone.
func fatal(err error) error {
	if failed, ok := errors.AsType[*sinks.Error](err); ok && failed.Class == sinks.Fatal {
		return err
	}
	return nil
}
