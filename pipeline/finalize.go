package pipeline

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// A step with finalize: true has a shadow: a step of kind Changes that runs behind all others and writes again
// what they may have undone, the status of conversations that inbound messages reopen (kustomer-api.md 6.5).
// Its rows are entries of the ledger. What it has written stays settled, so that the next run writes it no more,
// unless a row that may undo it is sent: then its entry is made stale before that row's request is begun.

// shadowName is the name of a step's shadow, which no step of a file can have.
func shadowName(step string) string { return step + " (finalize)" }

// The columns of a shadow's rows.
const (
	shadowKey = "key"
	shadowID  = "id"
)

// shadow makes the step that finalizes another; its source is set when a run begins.
func (b *binder) shadow(of *Step) *Step {
	name, final := shadowName(of.Name()), of.Spec.Final
	status, _ := of.Spec.Field(final.Field)
	field := *status
	field.Required = true
	spec := sinks.Prepare(sinks.Spec{
		Name: of.Spec.Name, Object: of.Spec.Object, Kind: sinks.Changes,
		Create: []sinks.Route{*of.Spec.Update}, Bulk: of.Spec.Bulk,
		Fields: []sinks.Field{{Name: idField, Type: sinks.ID, Required: true}, field},
		Roles:  of.Spec.Roles, Learned: of.Spec.Learned,
	})[0]
	o := mappings.Options{Step: name, Columns: []string{shadowKey, shadowID}, Location: b.file.Run.Timezone}
	text := func(value string) mappings.Node {
		return mappings.Node{Kind: mappings.Scalar, Text: mappings.Text{Value: value}}
	}
	mapping, faults := mappings.Compile(mappings.Node{Kind: mappings.Map, Fields: []mappings.Field{
		{Name: idField, Value: text("{{ ." + shadowID + " }}")},
		{Name: field.Name, Value: text(final.Value)},
	}}, o)
	b.templateFaults(faults)
	o.KeyText = true
	s := &Step{
		Config: &config.Step{Name: name, Pos: of.Config.Pos, Sink: of.Config.Sink, OnDuplicate: config.First, PreserveCompany: true},
		Spec:   &spec, Mapping: mapping,
		Key: b.text(&mappings.Text{Value: "{{ ." + shadowKey + " }}"}, o),
	}
	s.nameObjects()
	return s
}

// bindFinal gives a step its shadow where it wants one.
func (b *binder) bindFinal(s *Step) {
	if !s.Config.Finalize {
		return
	}
	pos, _ := s.Config.Given("finalize")
	if s.Spec.Final == nil || s.Spec.Update == nil {
		b.fault(pos, "later steps undo nothing of what "+s.Spec.Name+" makes", "leave finalize out")
		return
	}
	if _, mapped := fieldOf(&s.Config.Mapping, s.Spec, s.Spec.Final.Field); !mapped {
		b.fault(pos, fmt.Sprintf("finalize is for what is loaded with %s: %s, and the step does not map it", s.Spec.Final.Field, s.Spec.Final.Value),
			"map "+s.Spec.Final.Field+", or leave finalize out")
		return
	}
	mark, err := markOf(s.Spec.Final.Field, s.Spec.Final.Value)
	if err != nil {
		b.fault(pos, err.Error(), "leave finalize out")
		return
	}
	s.final = &final{shadow: b.shadow(s), mark: mark}
}

// final is what a step with finalize: true has beside it.
type final struct {
	shadow *Step
	mark   uint64       // of the field that is written again
	index  *index.Index // of the shadow's keys; of a run
}

// isFinal reports whether a content is one that is written again.
func (s *Step) isFinal(t *task) bool {
	return s.final != nil && t.content()[s.Spec.Final.Field] == s.Spec.Final.Value
}

// openFinals reads what earlier runs have finalized.
func (e *engine) openFinals(ctx context.Context) error {
	for _, step := range e.plan.Steps {
		if step.final == nil {
			continue
		}
		idx, err := e.loadIndex(ctx, step.final.shadow)
		if err != nil {
			return err
		}
		step.final.index = idx
	}
	return nil
}

// finalize runs the shadows whose steps have something to write again.
func (e *engine) finalize(ctx context.Context) error {
	for _, step := range e.plan.Steps {
		if step.final == nil || e.opts.DryRun || e.opts.Step != "" {
			continue
		}
		idx, err := e.loadIndex(ctx, step.final.shadow)
		if err != nil {
			return err
		}
		rows := &finalRows{engine: e, step: step, done: idx}
		switch found, err := rows.any(ctx); {
		case err != nil:
			return err
		case !found:
			continue
		}
		shadow := *step.final.shadow
		shadow.Source = &Source{Name: step.Name() + "-finalize", Source: rows}
		if err := e.runStep(ctx, &shadow); err != nil {
			return err
		}
		e.tellFinal(step, &shadow)
	}
	return nil
}

// tellFinal says how much was written again.
func (e *engine) tellFinal(step, shadow *Step) {
	e.mu.Lock()
	defer e.mu.Unlock()
	counts := e.summary.step(shadow.Name())
	n, plural := counts.Of(ledger.Updated)+counts.Of(ledger.Existed), "s"
	if n == 1 {
		plural = ""
	}
	e.deps.Observer.Said(step.Name(), fmt.Sprintf("finalized %d %s%s as %s", n, step.Spec.Object, plural, step.Spec.Final.Value))
}

// finalRows is the source of a shadow: what its step has loaded with the final value, and the shadow has not
// written since.
type finalRows struct {
	*engine
	step *Step
	done *index.Index
}

// Columns implements sources.Source.
func (f *finalRows) Columns() []string { return []string{shadowKey, shadowID} }

// Rows implements sources.Source.
func (f *finalRows) Rows(ctx context.Context) iter.Seq2[sources.Row, error] {
	return func(yield func(sources.Row, error) bool) {
		number := 0
		for o, err := range f.read.Objects(ctx, f.step.Name()) {
			if err != nil {
				yield(sources.Row{}, err)
				return
			}
			if !fieldSet(o.Fields).has(f.step.final.mark) || f.isDone(o) {
				continue
			}
			number++
			row := sources.Row{
				Pos:    sources.Pos{File: "the ledger", Line: number},
				Values: sources.Object{shadowKey: o.Key, shadowID: o.KustomerID},
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// isDone reports whether the shadow has written an object.
func (f *finalRows) isDone(o ledger.Object) bool {
	known := f.done.Get(o.Key)
	if !known.Has(index.Loaded) {
		return false
	}
	if _, begun := f.read.Begun(shadowName(f.step.Name()), o.Key); begun {
		return false
	}
	body, err := sinks.Canonical(map[string]any{idField: o.KustomerID, f.step.Spec.Final.Field: f.step.Spec.Final.Value})
	return err == nil && known.Payload == index.Short(sha256.Sum256(body))
}

// any reports whether there is a row.
func (f *finalRows) any(ctx context.Context) (bool, error) {
	for _, err := range f.Rows(ctx) {
		return err == nil, err
	}
	return false, nil
}
