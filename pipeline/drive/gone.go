package drive

import (
	"context"
	"errors"
	"slices"

	"github.com/kustsync/kustsync/pipeline/claims"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// goneObjects is a step that asks what became of objects which Kustomer no longer has.
type goneObjects struct{ *Step }

// checkObject reads the object that the ledger knows, to see whether it is still there. An error ends the run.
func (s goneObjects) checkObject(ctx context.Context, r *Row, id string) error {
	have, err := s.read(ctx, id)
	switch {
	case err == nil && s.isMoved(ctx, r, have):
		r.Facts.LearnMoved()
	case err == nil:
		r.Facts.LearnThere()
	case isGone(err):
		failed, _ := errors.AsType[*sinks.Error](err)
		r.Facts.LearnMissing(failed)
	default:
		r.Facts.LearnLookupFailed(err)
		return fatal(err)
	}
	return nil
}

// isMoved reports whether a row names another parent than the one under which its object was loaded and still stands: the
// old one belongs to another key. Where the parent was made once more, nobody owns the old one.
func (s goneObjects) isMoved(ctx context.Context, r *Row, have map[string]any) bool {
	if s.rememberFields(ctx, r) != nil || r.before == nil {
		return false
	}
	known := fields.Set(r.before.fields)
	for name, value := range r.Payload() {
		shown, ok := have[name].(string)
		if !ok || shown == value || !isReference(s.Step, name) || !known.Holds(name, shown) {
			continue
		}
		for _, at := range s.ParentsOf(r) {
			if s.isOfAnotherKey(ctx, shown, at) {
				return true
			}
		}
	}
	return false
}

// isOfAnotherKey reports whether an object belongs to another key of the step of a parent.
func (s goneObjects) isOfAnotherKey(ctx context.Context, id string, at render.Ref) bool {
	parent, ok := s.Program.Step(at.Step)
	if !ok || parent.Spec == nil {
		return false
	}
	step, key, owned, err := s.Run.Reader.OwnerOfID(ctx, parent.Spec.Object, id)
	return err == nil && owned && step == at.Step && key != at.Key
}

// findSurvivor finds out what became of the row's object, which Kustomer no longer has. Where another object carries its
// external id that one is claimed; not nil, and the result false, mean what they mean for takeID.
func (s goneObjects) findSurvivor(ctx context.Context, r *Row, id string, wake func()) (end *Ending, taken bool, err error) {
	found, gone, err := s.whatBecameOf(ctx, id, r.ExternalID)
	switch {
	case err != nil:
		r.Facts.LearnLookupFailed(err)
		return nil, true, fatal(err)
	case found == nil:
		if gone.Survivor == "" && gone.Untold && s.heldByAnother(ctx, r, &gone) != nil {
			return nil, true, nil
		}
		r.Facts.LearnGone(gone)
		return nil, true, nil
	}
	if end, taken, err := s.takeID(ctx, r, found.ID, wake); end != nil || !taken || err != nil {
		return end, taken, err
	}
	r.Facts.LearnReplaced(s.lookupOf(r, *found))
	return nil, true, nil
}

// heldByAnother looks for an e-mail address of the row, or what else it is matched by, on another object, where nothing
// tells whether the row's own was merged: a survivor has what the other had (kustomer-api.md 20.2). The error is noted in
// the facts.
func (s goneObjects) heldByAnother(ctx context.Context, r *Row, gone *decide.Gone) error {
	for _, by := range s.Match {
		lookup, ok := s.Spec.Lookup(by)
		if !ok || by == s.Spec.ExternalID {
			continue
		}
		for _, value := range lookup.Values(r.Payload()) {
			found, ok, err := s.query(ctx, sinks.Query{Spec: s.Spec, By: by, Value: value})
			switch {
			case err != nil && !isGone(err):
				r.Facts.LearnLookupFailed(err)
				return err
			case err == nil && ok && found.ID != gone.ID:
				gone.Survivor, gone.SurvivorExternalID, gone.SurvivorOwner = found.ID, found.ExternalID, ownerName(ctx, s.Step, claimant(s.Step, r), found.ID)
				return nil
			}
		}
	}
	return nil
}

// whatBecameOf asks what became of an object that Kustomer no longer has: by its external id, and by its merges
// (decisions.md 1.6). found is another object that carries the external id as its own; nil when there is none.
func (s goneObjects) whatBecameOf(ctx context.Context, id, externalID string) (found *sinks.Found, gone decide.Gone, err error) {
	gone.ID = id
	if externalID != "" {
		hit, ok, err := s.query(ctx, sinks.Query{Spec: s.Spec, By: s.Spec.ExternalID, Value: externalID, Contents: true})
		switch {
		case err != nil && !isGone(err):
			return nil, gone, err
		case err != nil || !ok:
		case hit.ID == id:
			gone.Back = true
			return nil, gone, nil
		case hit.ExternalID == "" || hit.ExternalID == externalID:
			return &hit, gone, nil
		default:
			gone.Survivor, gone.SurvivorExternalID = hit.ID, hit.ExternalID
		}
	}
	if gone.Survivor == "" || mergesObjectsOf(s.Program) {
		if err := s.askMerges(ctx, &gone); err != nil {
			return nil, gone, err
		}
	}
	if gone.Survivor != "" {
		gone.SurvivorOwner = ownerName(ctx, s.Step, claims.Key{}, gone.Survivor)
	}
	return nil, gone, nil
}

// askMerges follows the merges of an object to the survivor that is still there. An error ends the run, or leaves the row
// to the next one.
func (s goneObjects) askMerges(ctx context.Context, gone *decide.Gone) error {
	reader, ok := s.Run.Sink.(sinks.MergeReader)
	if !ok || s.Spec.MergesPath == "" {
		return nil
	}
	seen := []string{gone.ID}
	for id := gone.ID; ; {
		merges, err := s.mergesOf(ctx, reader, id)
		if failed, ok := errors.AsType[*sinks.Error](err); ok && (failed.Class == sinks.Forbidden || isGone(err)) {
			gone.Unclear = gone.Unclear || failed.Class == sinks.Forbidden
			gone.Untold = gone.Untold || isGone(err)
			return nil
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(merges, func(m sinks.Merge) bool { return m.Source == id })
		if i < 0 || slices.Contains(seen, merges[i].Target) {
			return nil
		}
		own, err := s.Run.Merges.made(ctx, s.Step, merges[i].ID)
		if err != nil {
			return err
		}
		id, gone.OwnMerge = merges[i].Target, own
		if gone.Survivor != "" {
			return nil
		}
		have, err := s.read(ctx, id)
		if err == nil {
			gone.Survivor = id
			gone.SurvivorExternalID, _ = have[s.Spec.ExternalID].(string)
			return nil
		}
		if !isGone(err) {
			return err
		}
		seen = append(seen, id)
	}
}

func (s goneObjects) mergesOf(ctx context.Context, reader sinks.MergeReader, id string) ([]sinks.Merge, error) {
	if !s.Run.Places.Acquire(ctx) {
		return nil, context.Cause(ctx)
	}
	defer s.Run.Places.Release()
	return reader.Merges(ctx, s.Spec, id)
}
