//go:build oldengine

package pipeline

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// PreviewOptions says which rows to show.
type PreviewOptions struct {
	Step  string // only this step; "" is all
	Limit int    // rows a step
	RunID string
	Start time.Time // what now gives
}

// Rendered is one row as it would be sent.
type Rendered struct {
	Step    string
	Key     string
	Pos     sources.Pos
	Outcome ledger.Outcome // planned, skipped, rejected, or unchanged for a second row of a key
	Method  string
	Path    string    // ids that are not known yet stand as <id of customer "zd-1">
	Body    any       // what the request carries, nil for nothing
	Then    *Rendered // the request that lets go what this one makes; nil where there is none
	People  []string  // whom it would reach; nil where it reaches nobody
	Stage   Stage     // why it would be rejected
	Field   string
	Message string
	Value   string
	Load    StepLoad // what of it is to be sent
}

// Preview yields the first rows of each step as they would be sent. It asks neither Kustomer nor
// the ledger. An error is the last thing yielded: a source that cannot be read further.
func Preview(ctx context.Context, p *program.Program, o PreviewOptions) iter.Seq2[Rendered, error] {
	return func(yield func(Rendered, error) bool) {
		e := newEngine(p, Deps{Observer: Observers{}}, Options{RunID: o.RunID, Start: o.Start, DryRun: true})
		e.preview = true
		for _, step := range p.Steps {
			if o.Step != "" && step.Name() != o.Step {
				continue
			}
			r := &stepRun{engine: e, step: step, index: index.New(), lanes: newLanes(), send: ctx}
			r.renderer = r.newRenderer()
			if !r.previewRows(ctx, o.Limit, yield) {
				return
			}
		}
	}
}

// previewRows yields a step's first rows; false when there is nothing more to yield at all.
func (r *stepRun) previewRows(ctx context.Context, limit int, yield func(Rendered, error) bool) bool {
	number, shown := 0, 0
	for row, err := range r.step.Source.Rows(ctx) {
		if err != nil {
			yield(Rendered{Step: r.step.Name()}, err)
			return false
		}
		number++
		for v := range render.Views(r.step.Config.Each.Value, row, number) {
			if !yield(r.previewRow(ctx, v), nil) {
				return false
			}
			if shown++; shown == limit {
				return true
			}
		}
	}
	return true
}

func (r *stepRun) previewRow(ctx context.Context, v render.View) Rendered {
	t := &task{Row: render.Row{View: v, Placeholders: render.Placeholders{}}}
	end := r.previewEnd(ctx, t)
	r.takeBack(t, end)
	out := Rendered{
		Step: r.step.Name(), Key: t.Key, Pos: v.Read.Pos, Outcome: end.outcome,
		Stage: end.stage, Field: end.field, Message: end.message, Value: end.value,
	}
	if end.outcome == ledger.Planned {
		out.Load.add(r.step, t, end)
		var err error
		if out.Method, out.Path, out.Body, err = r.request(t); err != nil {
			out.Outcome, out.Stage, out.Message = ledger.Rejected, StageMap, err.Error()
		} else if r.step.Delivers() {
			r.order(&out, t)
		}
	}
	return out
}

// previewEnd is what would become of a row. There is no error: a preview asks nobody.
func (r *stepRun) previewEnd(ctx context.Context, t *task) ending {
	if end, _ := r.identify(ctx, t); end != nil {
		return *end
	}
	if end, _ := r.render(ctx, t); end != nil {
		return *end
	}
	end, _ := r.decide(ctx, t)
	return end
}

// request is the request that creates a row's object, with stand-ins shown as what they stand for.
func (r *stepRun) request(t *task) (method, path string, content any, err error) {
	route, ok := r.step.Spec.Route(sinks.Create, t.Payload())
	if !ok {
		return "", "", nil, errors.New("no route of the sink takes this payload")
	}
	path, body, err := route.Fill(t.Payload(), "")
	if err != nil {
		return "", "", nil, err
	}
	if given, ok := route.Content(body); ok {
		content = t.Placeholders.Show(given)
	}
	return route.Method, t.Placeholders.ShowText(path), content, nil
}

// order shows what becomes of a row's draft.
func (r *stepRun) order(out *Rendered, t *task) {
	d := r.step.Spec.Delivery
	body, _ := out.Body.(map[string]any)
	delete(body, d.When) // of the copy that is shown
	out.People = d.People(t.Payload())
	out.Then = &Rendered{
		Method: d.Send.Method, Path: strings.Replace(d.Send.Path, "{id}", "<id of the draft>", 1),
		Body: t.Placeholders.Show(d.Order(t.Payload(), r.leaves(t))),
	}
}
