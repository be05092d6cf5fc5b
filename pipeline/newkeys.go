package pipeline

import (
	"context"
	"fmt"
	"iter"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
)

// minLoadedKeys is how many keys of a step the ledger must have loaded before it is a reason to stop that the source has
// none of them (decisions.md 2.4).
const minLoadedKeys = 20

// newKeys is the guard new_keys of one run: it finds steps whose rows come with other keys than those that their objects
// were loaded with, since a template was changed or the step renamed. It asks the ledger and the sources alone, and reads
// a source only where something changed.
type newKeys struct {
	program *program.Program
	reader  *ledger.Reader // nil: nothing was loaded yet
	renders *render.Run
	runID   string
	command func(verb string, flags ...string) string // Options.Command
	info    func(step, text string)

	kept map[string]bool // steps whose note stays as it is, since this run did not compare their keys
}

// check returns what the guard found of a step that is about to run; nil for nothing.
func (k *newKeys) check(ctx context.Context, step *program.Step) (*GuardResult, error) {
	if k.reader == nil {
		return nil, nil
	}
	noted, ok := k.reader.Step(step.Name())
	switch now := k.noteOf(step); {
	case !ok:
		return k.checkRenamed(ctx, step)
	case noted.Key == now.Key && noted.ExternalID == now.ExternalID && !holdsAll(step):
		return nil, nil
	default:
		return k.checkChanged(ctx, step, noted)
	}
}

// holdsAll reports whether a step's source holds all rows every time: then none of its keys may be new.
func holdsAll(step *program.Step) bool {
	return step.Source.Expect != nil && step.Source.Expect.Complete
}

// checkChanged compares the keys of a step, a template of which is another than in its last run, with those that the
// ledger has loaded. One of them in the source is enough: the keys are still made as they were.
func (k *newKeys) checkChanged(ctx context.Context, step *program.Step, noted ledger.Step) (*GuardResult, error) {
	now := k.noteOf(step)
	isSame, why := noted.Key == now.Key && noted.ExternalID == now.ExternalID, "its templates are others than in its last run"
	if isSame {
		why = "its source has complete: true"
	}
	loaded, err := k.countLoaded(ctx, step.Name(), 0)
	if err != nil || loaded < minLoadedKeys || !k.mayRead(step, why) {
		return nil, err
	}
	rows := 0
	for key, err := range k.keys(ctx, step) {
		if err != nil {
			return nil, err
		}
		if has, err := k.has(ctx, step.Name(), key); has || err != nil {
			return nil, err
		}
		rows++
	}
	if rows == 0 { // nothing would be sent, and nothing is known of the new keys
		k.kept[step.Name()] = true
		return nil, nil
	}
	if isSame {
		return &GuardResult{
			Guard: GuardNewKeys, Step: step.Name(), Limit: 1, Is: 0,
			found: fmt.Sprintf("step %q: its source, which has complete: true, has none of the %d keys that the ledger has loaded", step.Name(), loaded),
			hint:  fmt.Sprintf("look whether it is the right file; if it is: --accept %s:%s", GuardNewKeys, step.Name()),
		}, nil
	}
	return &GuardResult{
		Guard: GuardNewKeys, Step: step.Name(), Limit: 1, Is: 0,
		found: fmt.Sprintf("step %q: %s, and its source has none of the %d keys that the ledger has loaded: this run would load all of its objects a second time",
			step.Name(), whatChanged(noted, now), loaded),
		hint: fmt.Sprintf("put the old template back, or give the loaded objects their new keys: %s; or let them be loaded once more: --accept %s:%s",
			k.command("ledger rekey", "--step", step.Name(), "--map", "old,new.csv"), GuardNewKeys, step.Name()),
	}, nil
}

// whatChanged says which templates of a step differ from those of its last run.
func whatChanged(was, is ledger.Step) string {
	key := fmt.Sprintf("the template of its key is %q, and was %q in its last run", is.Key, was.Key)
	id := fmt.Sprintf("the template of its externalId is %q, and was %q in its last run", is.ExternalID, was.ExternalID)
	switch {
	case was.ExternalID == is.ExternalID:
		return key
	case was.Key == is.Key:
		return id
	}
	return key + "; " + id
}

// checkRenamed compares the keys of a step that the ledger does not know with those of the steps that the file no longer
// has: where one of them holds half of the keys, the step has probably got a new name.
func (k *newKeys) checkRenamed(ctx context.Context, step *program.Step) (*GuardResult, error) {
	removed, err := k.removed(ctx, step)
	if err != nil || len(removed) == 0 {
		return nil, err
	}
	if loaded, err := k.countLoaded(ctx, step.Name(), 1); err != nil || loaded > 0 {
		return nil, err
	}
	if !k.mayRead(step, "the ledger does not know the step") {
		return nil, nil
	}
	most, err := k.mostEntries(ctx, removed)
	if err != nil {
		return nil, err
	}
	keys, held := index.NewSet[string](), make([]int, len(removed))
	for key, err := range k.keys(ctx, step) {
		if err != nil {
			return nil, err
		}
		if keys.Has(key) {
			continue
		}
		if keys.Add(key); keys.Len() > 2*most { // no removed step can hold half of so many
			return nil, nil
		}
		for i, old := range removed {
			has, err := k.has(ctx, old, key)
			if err != nil {
				return nil, err
			}
			if has {
				held[i]++
			}
		}
	}
	if keys.Len() == 0 { // nothing would be sent, and the step stays unknown
		k.kept[step.Name()] = true
		return nil, nil
	}
	best := 0
	for i, n := range held {
		if n > held[best] {
			best = i
		}
	}
	if held[best] == 0 || 2*held[best] < keys.Len() {
		return nil, nil
	}
	return k.renamed(step, removed[best], held[best], keys.Len()), nil
}

// renamed is what the guard found of a step that was probably renamed: the old step holds so many of its keys.
func (k *newKeys) renamed(step *program.Step, old string, held, keys int) *GuardResult {
	return &GuardResult{
		Guard: GuardNewKeys, Step: step.Name(), Limit: (keys + 1) / 2, Is: held,
		found: fmt.Sprintf("the ledger does not know step %q, and step %q, which the pipeline file no longer has, loaded %d of its %d keys: if it was renamed, this run would not take these objects for its own: it would load them a second time, reject their rows, or never update them",
			step.Name(), old, held, keys),
		hint: fmt.Sprintf("tell the ledger the new name: %s; if it is another step, let it pass: --accept %s:%s",
			k.command("ledger mv", "--step", old, step.Name()), GuardNewKeys, step.Name()),
	}
}

// removed lists the steps that the ledger has entries of, that the file no longer has, and that could be the given step
// under an older name: their objects are of the same kind.
func (k *newKeys) removed(ctx context.Context, step *program.Step) (removed []string, err error) {
	steps, err := ledger.StepsWithEntries(ctx, k.reader)
	if err != nil {
		return nil, err
	}
	for _, name := range steps {
		if _, there := k.program.Step(name); there || program.IsFinalizerName(name) {
			continue
		}
		alike, err := k.isAlike(ctx, name, step)
		if err != nil {
			return nil, err
		}
		if alike {
			removed = append(removed, name)
		}
	}
	return removed, nil
}

// isAlike reports whether a step of the ledger did what the given step does, to objects of the same kind. What it did is
// only known where a run noted the step.
func (k *newKeys) isAlike(ctx context.Context, old string, step *program.Step) (bool, error) {
	if noted, ok := k.reader.Step(old); ok {
		return noted.Object == step.Spec.Object && noted.Role == step.Role(), nil
	}
	for known, err := range k.reader.Known(ctx, old) {
		if err != nil {
			return false, readError(old, err)
		}
		entry, _, err := k.reader.Get(ctx, old, known.Key)
		return entry.Object == step.Spec.Object, err
	}
	return false, nil
}

// mostEntries is the number of entries of that step, among some, which has most of them.
func (k *newKeys) mostEntries(ctx context.Context, steps []string) (most int, err error) {
	counts, err := k.reader.Counts(ctx)
	for _, step := range steps {
		n := 0
		for _, entries := range counts[step] {
			n += entries
		}
		most = max(most, n)
	}
	return most, err
}

// countLoaded counts the keys that the ledger has loaded of a step, up to the given number; 0 is all.
func (k *newKeys) countLoaded(ctx context.Context, step string, upTo int) (n int, err error) {
	for known, err := range k.reader.Known(ctx, step) {
		if err != nil {
			return 0, readError(step, err)
		}
		if known.Loaded || known.Outcome != ledger.Rejected {
			if n++; n == upTo {
				break
			}
		}
	}
	return n, nil
}

// has reports whether the ledger has loaded a key of a step.
func (k *newKeys) has(ctx context.Context, step, key string) (bool, error) {
	entry, ok, err := k.reader.Get(ctx, step, key)
	if err != nil {
		return false, readError(step, err)
	}
	return ok && (entry.Loaded() || entry.Outcome != ledger.Rejected), nil
}

func readError(step string, err error) error {
	return fmt.Errorf("reading the ledger's entries of step %q: %w", step, err)
}

// mayRead reports whether the step's source is what the guard is for. It says so where it is not: another file in its
// place, as one of corrected rows, has few keys by intent.
func (k *newKeys) mayRead(step *program.Step, why string) bool {
	reason := ""
	switch {
	case step.Source.Given:
		reason = "--source gives it other rows"
	case step.Source.Once:
		reason = "its rows are standard input, which is read once"
	default:
		return true
	}
	k.kept[step.Name()] = true
	k.info(step.Name(), fmt.Sprintf("%s; the guard %s does not compare its keys, since %s", why, GuardNewKeys, reason))
	return false
}

// keys yields the keys of a step's rows, in their order and as often as they occur, whatever --limit says. What is wrong
// with a row, or with the source, is for the step itself to tell.
func (k *newKeys) keys(ctx context.Context, step *program.Step) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		renderer := k.renders.Step(step, render.Lookups{})
		number := 0
		for row, err := range step.Source.Rows(ctx) {
			if ctx.Err() != nil {
				yield("", context.Cause(ctx))
				return
			}
			if number++; err != nil {
				return
			}
			for v := range render.Views(step.Config.Each.Value, row, number) {
				r := &render.Row{View: v}
				if skip, err := renderer.Name(r); skip || err != nil {
					continue
				}
				if !yield(r.Key, nil) {
					return
				}
			}
		}
	}
}

// note notes the templates of a step that this run is about to load, for the next run to compare. What is noted already
// stays when it is the same, or when this run did not compare the keys.
func (k *newKeys) note(ctx context.Context, l *ledger.Ledger, step *program.Step) error {
	if l == nil || k.kept[step.Name()] || program.IsFinalizerName(step.Name()) {
		return nil
	}
	now := k.noteOf(step)
	was, _ := l.Step(step.Name())
	if was.RunID = now.RunID; was == now {
		return nil
	}
	return l.PutSteps(ctx, []ledger.Step{now})
}

// noteOf is what the ledger is to note of a step.
func (k *newKeys) noteOf(step *program.Step) ledger.Step {
	return ledger.Step{
		Name: step.Name(), Object: step.Spec.Object, Role: step.Role(),
		Key: step.Config.Key.Value, ExternalID: step.ExternalIDText(), RunID: k.runID,
	}
}
