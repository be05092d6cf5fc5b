package drive

import (
	"cmp"
	"context"
	"fmt"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
	"slices"
)

// TraitsOf says what the rules must know of a step.
func TraitsOf(s *program.Step) *decide.Traits {
	spec := s.Spec
	t := &decide.Traits{
		Sink: spec.Name, Kind: spec.Kind, ExternalIDField: spec.ExternalID, Match: s.Match,
		FirstCounts: s.Config.OnDuplicate == config.First || s.Config.OnDuplicate == config.Last, LookFirst: s.Config.LookFirst,
		Updates: s.Updates(), Once: s.Once(), Destructive: spec.Destructive, Delivers: s.Delivers(),
		Unique: spec.RefusesDuplicates(false), UniqueInJob: spec.RefusesDuplicates(true), UniqueDocumented: spec.UniqueByDocuments(),
		Lag: spec.Learned.LookupLag,
	}
	for _, l := range spec.Lookups {
		if !slices.Contains(s.Match, l.By) {
			t.NotMatched = append(t.NotMatched, l.By)
		}
	}
	t.HasParents = len(s.Refs) > 0
	switch s.Config.IfExists {
	case config.Update:
		t.IfExists = decide.UpdateExisting
	case config.Fail:
		t.IfExists = decide.FailExisting
	}
	t.IfMerged, t.IfDeleted = ifMerged(s), ifDeleted(s)
	return t
}

func ifMerged(s *program.Step) decide.IfMerged {
	if s.Config.IfMerged == config.UseMerged {
		return decide.UseMerged
	}
	return decide.RejectMerged
}

func ifDeleted(s *program.Step) decide.IfDeleted {
	switch s.Config.IfDeleted {
	case config.Recreate:
		return decide.Recreate
	case config.SkipDeleted:
		return decide.SkipDeleted
	}
	return decide.RejectDeleted
}

// Begin collects what is known of a row whose payload is rendered, and lets it own its key unless another row
// does, or decides (Facts.OtherCounts, which the caller sets). It is called once for each row, before Drive.
func (s *Step) Begin(r *Row) {
	f := &r.Facts
	f.Traits, f.Run = s.Traits, &s.Run.Rules
	if f.OtherCounts {
		return
	}
	f.Hash, f.ExternalID = r.Hash, r.ExternalID
	known := s.Index.Claim(r.Key, r.Hash, r.Place())
	same := known.Payload == index.Short(r.Hash)
	if known.Has(index.Owned) {
		f.Owner = &decide.Owner{Place: s.Index.Owner(known), Same: same}
		return
	}
	r.ownsKey = true
	if s.Spec.Kind != sinks.Makes {
		f.TargetID = s.TargetOf(r.Payload())
	}
	f.Parent = r.Gone
	f.Final = s.Finalizer != nil && s.IsFinal(r.Content())
	f.Unresolved = s.Run.Ledger == nil && render.HasLater(r.Fitted())
	if s.Delivers() {
		f.NotAllowed = s.notAllowed(r)
	}
	if f.NotAllowed == nil && !s.Run.AllowDestructive && s.mayDestroy {
		f.NotAllowed = destroying(s, r)
	}
	if in, ok := s.begun(r.Key); ok {
		begun := in // else every row would have one on the heap
		f.LearnBegun(&begun)
	}
	f.Unchanged = known.Has(index.Loaded) && same && (known.Has(index.HasFields) || !f.Final)
	f.HasEntry = known.Has(index.HasEntry) && s.Run.Reader != nil
	if s.Run.Reader != nil {
		mark, err := s.Run.Reader.KeyMark(context.Background(), s.Name(), r.Key)
		f.Forgotten = mark == ledger.Forgotten || err != nil // one look-up more does no harm
	}
}

// destroying rejects a row that deletes, merges or redacts, which this run may not. Nil: it does not.
func destroying(s *Step, r *Row) *decide.Settlement {
	d, ok := s.Spec.Destroying(sinks.Create, r.Payload())
	if !ok {
		return nil
	}
	return new(decide.Reject(decide.StageMap, cmp.Or(d.Member, s.Spec.Target), fmt.Sprintf(
		"the row %s, which cannot be undone; give --allow-destructive to let it", d.Does)))
}

// begun returns the request that was begun for a key and is not settled.
func (s *Step) begun(key string) (ledger.Intent, bool) {
	if s.Run.Reader == nil {
		return ledger.Intent{}, false
	}
	return s.Run.Reader.Begun(s.Name(), key)
}

// KeepOut keeps a rejection out of the ledger where it would hide what the ledger knows of the key: a request that
// may have happened, or what became of another row.
func (s *Step) KeepOut(r *Row, end decide.Settlement) decide.Settlement {
	_, begun := s.begun(r.Key)
	if begun || r.Facts.OtherCounts || !r.ownsKey && s.Index.Get(r.Key).Has(index.Owned) {
		return end.Unrecorded()
	}
	return end
}
