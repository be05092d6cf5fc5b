package pipeline

import (
	"context"
	"fmt"

	"github.com/kustsync/kustsync/sinks"
)

// A lost ledger would make every row look new. So before a step first sends anything, some keys
// spread over its source are looked up: Kustomer has none of them, or the ledger was lost.

// samples is how many keys of a step are looked up.
const samples = 20

// checkedMark is the ledger's flag for a step that needs no such look any more.
func checkedMark(step *Step) string { return "checked:" + step.Name() }

// checkLedger looks for objects in Kustomer that a lost ledger would know.
func (e *engine) checkLedger(ctx context.Context) error {
	if e.opts.DryRun || e.opts.Adopt {
		return nil
	}
	for _, step := range e.plan.Steps {
		if e.opts.Step != "" && step.Name() != e.opts.Step {
			continue
		}
		if err := e.checkStep(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// checkStep looks up a sample of a step's keys, save where Kustomer refuses a second object anyway.
func (e *engine) checkStep(ctx context.Context, step *Step) error {
	if step.Spec.Unique || !step.Spec.HasExternalID() || e.read.Marked(checkedMark(step)) {
		return nil
	}
	r := &stepRun{engine: e, step: step, send: ctx}
	picked, err := r.sample(ctx)
	if err != nil {
		return err
	}
	for _, id := range picked {
		found, ok, err := e.deps.Sink.Find(ctx, sinks.Query{Spec: step.Spec, By: externalIDField, Value: id.externalID})
		if err != nil {
			return err
		}
		if ok {
			return lostLedger(step, id, found)
		}
	}
	return e.deps.Ledger.Mark(ctx, checkedMark(step))
}

func lostLedger(step *Step, id sampled, found sinks.Found) error {
	return &StopError{
		Reason: StopLostLedger,
		Err: fmt.Errorf("step %q has never loaded key %q, yet Kustomer has it as %s: the ledger was lost, or somebody else loads these rows",
			step.Name(), id.key, found.ID),
		Hint: "nothing was sent; use --adopt to look every key up first and take over what is there",
	}
}

// sampled is a key to be looked up.
type sampled struct{ key, externalID string }

// sample reads the source once and picks keys that the ledger does not know, evenly spread.
func (r *stepRun) sample(ctx context.Context) ([]sampled, error) {
	var picked []sampled
	stride, seen, number := 1, 0, 0
	for row, err := range r.step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			break // the step itself reports it, with what was loaded up to there
		}
		if number++; r.opts.Limit > 0 && number > r.opts.Limit {
			break
		}
		for v := range viewsOf(r.step.Config.Each.Value, row, number) {
			if seen++; seen%stride != 0 {
				continue
			}
			id, ok, err := r.unknown(ctx, v)
			if err != nil {
				return nil, err
			}
			if ok {
				picked = append(picked, id)
			}
			if len(picked) == 2*samples {
				picked, stride = everyOther(picked), stride*2
			}
		}
	}
	return spread(picked, samples), nil
}

// unknown returns a row's external id when the ledger has never heard of its key.
func (r *stepRun) unknown(ctx context.Context, v view) (sampled, bool, error) {
	t := &task{view: v}
	if _, over := r.identify(t); over {
		return sampled{}, false, nil
	}
	if _, begun := r.begun(t.key); begun {
		return sampled{}, false, nil
	}
	if _, known, err := r.read.Get(ctx, r.step.Name(), t.key); known || err != nil {
		return sampled{}, false, err
	}
	id, ok := r.renderExternalID(t)
	return sampled{key: t.key, externalID: id}, ok, nil
}

// renderExternalID renders that field alone: the objects that other fields refer to are not there yet.
func (r *stepRun) renderExternalID(t *task) (string, bool) {
	only, set := r.step.Mapping.Pick(externalIDField)
	if !set {
		return t.key, true
	}
	if len(only.Refs()) > 0 {
		return "", false
	}
	payload, err := only.Apply(t.input(r, t.key))
	if err != nil {
		return "", false
	}
	value, set := payload[externalIDField]
	if !set {
		return t.key, true
	}
	text, ok := value.(string)
	if !ok {
		text = fmt.Sprint(value)
	}
	return text, text != ""
}

// spread picks n of all, evenly, the last among them.
func spread(all []sampled, n int) []sampled {
	if len(all) <= n {
		return all
	}
	picked := make([]sampled, n)
	for i := range picked {
		picked[i] = all[(i+1)*len(all)/n-1]
	}
	return picked
}

func everyOther(all []sampled) []sampled {
	half := all[:0]
	for i, s := range all {
		if i%2 == 1 {
			half = append(half, s)
		}
	}
	return half
}
