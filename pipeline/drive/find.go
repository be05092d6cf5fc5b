package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// find looks a row's object up by each of the named look-ups, and claims what it finds. Not nil: the row ends, since its
// object cannot be told, or belongs to another key. wake and the result false are those of takeID.
func (s *Step) find(ctx context.Context, r *Row, by []string, wake func()) (end *Ending, taken bool, err error) {
	found, rejected, err := s.match(ctx, r, by)
	switch {
	case err != nil:
		r.Facts.LearnLookupFailed(err)
		return nil, true, fatal(err)
	case rejected != nil:
		rejected.LookFirst = true
		return &Ending{Settlement: *rejected}, true, nil
	}
	if found != nil && found.Found && !found.Merged {
		if end, taken, err := s.takeID(ctx, r, found.ID, wake); end != nil || !taken || err != nil {
			return end, taken, err
		}
	}
	r.Facts.LearnFound(found)
	if found != nil && found.ExternalID != "" && found.ExternalID == r.ExternalID && r.Facts.IsNew() {
		s.Run.Founds.Note(render.Ref{Step: s.Name(), Key: r.Key})
	}
	return nil, true, nil
}

// match returns the one object that is the row's, or says that it was merged into another or deleted; nil when there is
// none; or the settlement of a row whose object cannot be told.
func (s *Step) match(ctx context.Context, r *Row, by []string) (*decide.Lookup, *decide.Settlement, error) {
	var hit sinks.Found
	var hitBy string
	var deleted *decide.Lookup
	for _, name := range by {
		lookup, ok := s.Spec.Lookup(name)
		if !ok {
			continue
		}
		for _, value := range lookup.Values(r.Payload()) {
			found, ok, err := s.query(ctx, sinks.Query{Spec: s.Spec, By: name, Value: value, Contents: true})
			switch {
			case name == s.Spec.ExternalID && isGone(err):
				deleted = deletedObject(err)
				continue
			case err != nil:
				return nil, nil, err
			case !ok:
				continue
			case hit.ID != "" && hit.ID != found.ID:
				end := decide.Reject(decide.StageSend, name, fmt.Sprintf(
					"ambiguous: %s finds %s and %s finds %s; correct the row or merge the two in Kustomer", hitBy, hit.ID, name, found.ID))
				end.Ambiguous = true
				return nil, &end, nil
			}
			if l := s.lookupOf(r, found); name == s.Spec.ExternalID && l.Merged {
				return l, nil, nil
			}
			if end := s.belongsToAnother(ctx, r, name, found); end != nil {
				return nil, end, nil
			}
			hit, hitBy = found, name
		}
	}
	if hit.ID == "" {
		return deleted, nil, nil
	}
	return s.lookupOf(r, hit), nil, nil
}

// deletedObject is the answer of a look-up that finds an object which was deleted.
func deletedObject(err error) *decide.Lookup {
	failed, _ := errors.AsType[*sinks.Error](err)
	return &decide.Lookup{Deleted: true, ID: cmp.Or(failed.ID, "its object"), Status: failed.Status}
}

// lookupOf is what was found for a row, compared with it. What was found is kept for an update that may follow.
func (s *Step) lookupOf(r *Row, found sinks.Found) *decide.Lookup {
	known := ""
	if r.Facts.Entry != nil {
		known = r.Facts.Entry.KustomerID
	}
	l := decide.LookupOf(found, r.ExternalID, known)
	r.seen = &seenObject{found.ID, found.Contents}
	if found.Contents != nil {
		l.Differs = shows(s.Spec, r.comparable(r.Payload()), found.Contents)
		l.Equal = !l.Differs && holds(s.Spec, r.comparable(r.Payload()), found.Contents)
	}
	return l
}

// belongsToAnother rejects a row whose e-mail or phone belongs to a record with another external id: a shared family
// phone must not merge two people.
func (s *Step) belongsToAnother(ctx context.Context, r *Row, by string, found sinks.Found) *decide.Settlement {
	if by == s.Spec.ExternalID || found.ExternalID == "" || found.ExternalID == r.ExternalID {
		return nil
	}
	owner := ownerName(ctx, s, claimant(s, r), found.ID)
	if owner != "" {
		owner = "is that of " + owner + " and "
	}
	end := decide.Reject(decide.StageSend, by, fmt.Sprintf(
		"the %s belongs to %s, which %shas another external id; correct the row, or leave the %s out", by, found.ID, owner, by))
	end.Status = found.Status
	return &end
}

// query asks the sink for one object, with at most so many requests at once as there are places.
func (s *Step) query(ctx context.Context, q sinks.Query) (sinks.Found, bool, error) {
	if !s.Run.Places.Acquire(ctx) {
		return sinks.Found{}, false, context.Cause(ctx)
	}
	defer s.Run.Places.Release()
	return s.Run.Sink.Find(ctx, q)
}

// findDoubtful looks for the object that a request in doubt may have made, and claims it. Not nil: the row ends, since the
// object belongs to another key. wake and the result false are those of takeID. An error ends the run.
func (s *Step) findDoubtful(ctx context.Context, r *Row, externalID string, wake func()) (end *Ending, taken bool, err error) {
	found, ok, err := s.query(ctx, sinks.Query{Spec: s.Spec, By: s.Spec.ExternalID, Value: externalID, Contents: true})
	switch {
	case err != nil && isGone(err):
		r.Facts.LearnDoubtfulFound(deletedObject(err))
		return nil, true, nil
	case err != nil:
		r.Facts.LearnLookupFailed(err)
		return nil, true, fatal(err)
	case !ok:
		r.Facts.LearnDoubtfulFound(nil)
		return nil, true, nil
	}
	l := s.lookupOf(r, found)
	l.Merged = decide.LookupOf(found, externalID, "").Merged
	if !l.Merged {
		if end, taken, err := s.takeID(ctx, r, found.ID, wake); end != nil || !taken || err != nil {
			return end, taken, err
		}
	}
	r.Facts.LearnDoubtfulFound(l)
	return nil, true, nil
}

// checkControl looks for objects that are known to be there, by the look-up that has missed. An error ends the run.
func (s *Step) checkControl(ctx context.Context, r *Row) (*Ending, error) {
	known, err := s.controls(ctx, r.Key)
	if err != nil {
		return s.Unread(r, err)
	}
	for _, sample := range known {
		found, ok, err := s.query(ctx, sinks.Query{Spec: s.Spec, By: s.Spec.ExternalID, Value: sample.ExternalID})
		switch {
		case ok && found.ID == sample.KustomerID:
			r.Facts.LearnControl(decide.Control{Known: true, Hit: true})
			return nil, nil
		case err != nil && (ctx.Err() != nil || fatal(err) != nil):
			r.Facts.LearnLookupFailed(err)
			return nil, fatal(err)
		}
	}
	if len(known) == 0 {
		r.Facts.LearnControl(decide.Control{})
		return nil, nil
	}
	r.Facts.LearnControl(decide.Control{
		Known: true, ID: known[0].KustomerID, UpdatedAt: known[0].UpdatedAt,
		OwnRun: known[0].RunID == s.Run.ID, // the ledger shows an entry a moment before s.control does
	})
	return nil, nil
}

// controls are objects that were created, which a look-up must find: the one that this run has known longest, and
// one of the ledger's.
func (s *Step) controls(ctx context.Context, except string) ([]ledger.Entry, error) {
	var all []ledger.Entry
	if first := s.control.first.Load(); first != nil {
		all = append(all, *first)
	}
	entry, ok, err := s.Run.Reader.Sample(ctx, s.Name(), except)
	if err != nil {
		return nil, err
	}
	if ok && (len(all) == 0 || all[0].Key != entry.Key) {
		all = append(all, entry)
	}
	return all, nil
}
