package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// How many keys a sample looks up (decisions.md 1.4).
const (
	sampleFirst    = 10     // the first new keys
	sampleSpread   = 9      // new keys spread over the rest, besides the last
	sampleChildren = 200    // keys whose parents were found in Kustomer
	sampleOneOf    = 100    // where the ledger knows nothing of the step: one key of so many rows more, a batch's worth
	sampleRows     = 10_000 // ... among so many rows
)

// sample is keys of a step that are new to the ledger. Kustomer has none of them, unless the ledger is lost, old or
// another one than the rows were loaded with.
type sample struct {
	*runningStep
	dense bool // the ledger knows nothing of the step: one key of each hundred is looked up, too

	rows     int
	first    []sampled
	hundreds []sampled
	spread   thinned
	last     sampled
	children thinned // of parents that this run found in Kustomer
}

// sampled is a key that the ledger has never heard of.
type sampled struct{ key, externalID string }

// thinned is keys that stand evenly spread over all that were added: every other one is dropped when there are too many.
type thinned struct {
	most   int
	picked []sampled
	stride int
	seen   int
}

// newSample returns a sample without keys.
func (s *runningStep) newSample(dense bool) *sample {
	return &sample{runningStep: s, dense: dense, spread: thinned{most: sampleSpread}, children: thinned{most: sampleChildren}}
}

// gather reads the source once. An error in the middle of the source is for the step itself to tell, with what was
// loaded up to there.
func (s *sample) gather(ctx context.Context) error {
	number := 0
	for row, err := range s.step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if number++; err != nil || s.opts.Limit > 0 && number > s.opts.Limit {
			return nil
		}
		for v := range render.Views(s.step.Config.Each.Value, row, number) {
			s.add(v)
		}
	}
	return nil
}

// add adds a row's key where it is new to the ledger.
func (s *sample) add(v render.View) {
	s.rows++
	r := &render.Row{View: v}
	if skip, err := s.renderer.Name(r); skip || err != nil || s.drive.Index.Get(r.Key).Has(index.HasEntry) {
		return
	}
	if _, begun := s.reader.Begun(s.step.Name(), r.Key); begun {
		return
	}
	if mark, err := s.reader.KeyMark(context.Background(), s.step.Name(), r.Key); mark != "" || err != nil {
		return // it is looked up before it is sent, or somebody saw that it is not there
	}
	id, ok := "", true
	if s.looksUp() {
		id, ok = s.renderer.EarlyExternalID(r)
	}
	if !ok {
		return
	}
	key := sampled{r.Key, id}
	if s.shared.Founds.AnyOf(s.step.Refs) && s.shared.Founds.Has(s.renderer.ParentKeys(r)) {
		s.children.add(key)
	}
	switch {
	case len(s.first) < sampleFirst:
		if !slices.Contains(s.first, key) {
			s.first = append(s.first, key)
		}
	case s.dense && s.rows <= sampleRows && s.rows%sampleOneOf == 0:
		s.hundreds = append(s.hundreds, key)
	default:
		s.spread.add(key)
	}
	s.last = key
}

// keys lists the keys to look up, each once: children of found parents first.
func (s *sample) keys() []sampled {
	all := slices.Concat(s.children.keys(), s.first, s.hundreds, s.spread.keys())
	if s.rows > 0 && s.last != (sampled{}) {
		all = append(all, s.last)
	}
	seen := make(map[sampled]bool, len(all))
	return slices.DeleteFunc(all, func(key sampled) bool {
		again := seen[key]
		seen[key] = true
		return again
	})
}

// lookUp looks the keys up, one after the other. An object that was deleted is no hit.
func (s *sample) lookUp(ctx context.Context) error {
	missing := 0
	var odd error // a key that cannot be looked up, and so cannot be there
	for _, key := range s.keys() {
		_, _, owned, err := s.reader.Owner(ctx, s.step.Spec.Object, key.externalID)
		if err != nil {
			return fmt.Errorf("reading the ledger: %w", err)
		}
		if owned { // by another key, which the ledger knows
			continue
		}
		found, ok, err := s.deps.Sink.Find(ctx, sinks.Query{Spec: s.step.Spec, By: s.step.Spec.ExternalID, Value: key.externalID})
		var failed *sinks.Error
		switch {
		case ok:
			return s.lostLedger(key, "as "+found.ID)
		case err == nil:
			missing++
		case !errors.As(err, &failed) || !failed.Class.IsRefusal():
			return err
		case failed.Class == sinks.Deleted:
			missing++
		case failed.Class == sinks.Ambiguous:
			return s.lostLedger(key, "more than once ("+failed.Message+")")
		default:
			odd = err
		}
	}
	if missing == 0 {
		return odd
	}
	return nil
}

func (s *sample) lostLedger(key sampled, where string) error {
	return &StopError{
		Reason: StopLostLedger,
		Err: fmt.Errorf("step %q has never loaded key %q, yet Kustomer has it %s: the ledger is lost or old, or somebody else loads these rows",
			s.step.Name(), key.key, where),
		Hint: fmt.Sprintf("step %q sent nothing%s; use --adopt to look every key up first and take over what is there", s.step.Name(), s.earlierSteps()),
	}
}

// earlierSteps says that steps before this one did send.
func (s *sample) earlierSteps() string {
	if s.started == 0 {
		return ""
	}
	return ", steps before it did"
}

func (t *thinned) add(key sampled) {
	if t.stride == 0 {
		t.stride = 1
	}
	if t.seen++; (t.seen-1)%t.stride != 0 {
		return
	}
	if t.picked = append(t.picked, key); len(t.picked) > 2*t.most {
		half := t.picked[:0]
		for i := 0; i < len(t.picked); i += 2 {
			half = append(half, t.picked[i])
		}
		t.picked, t.stride = half, 2*t.stride
	}
}

// keys returns at most t.most of the keys, evenly spread.
func (t *thinned) keys() []sampled {
	if len(t.picked) <= t.most {
		return t.picked
	}
	keys := make([]sampled, t.most)
	for i := range keys {
		keys[i] = t.picked[i*len(t.picked)/t.most]
	}
	return keys
}
