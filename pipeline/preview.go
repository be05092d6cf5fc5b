package pipeline

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
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
	Path    string       // ids that are not known yet stand as <id of customer "zd-1">
	Body    any          // what the request carries, nil for nothing
	Then    *Rendered    // the request that sends what this one makes; nil where there is none
	People  []string     // whom it would reach; nil where it reaches nobody
	Stage   decide.Stage // why it would be rejected
	Field   string
	Message string
	Value   string
	Load    batch.Load // what of it is to be sent
}

// Preview yields the first rows of each step as they would be sent. It asks neither Kustomer nor the ledger. An
// error is the last thing yielded: a source that cannot be read further.
func Preview(ctx context.Context, p *program.Program, o PreviewOptions) iter.Seq2[Rendered, error] {
	return func(yield func(Rendered, error) bool) {
		r := newRun(p, Deps{Observer: Observers{}}, Options{RunID: o.RunID, Start: o.Start, DryRun: true})
		r.mode = previewMode()
		for _, step := range p.Steps {
			if o.Step != "" && step.Name() != o.Step {
				continue
			}
			if !r.stepOver(step, index.New()).preview(ctx, o.Limit, yield) {
				return
			}
		}
	}
}

// preview yields a step's first rows; false when there is nothing more to yield at all.
func (s *runningStep) preview(ctx context.Context, limit int, yield func(Rendered, error) bool) bool {
	if err := s.findLast(ctx); err != nil {
		yield(Rendered{Step: s.step.Name()}, err)
		return false
	}
	number, shown := 0, 0
	for read, err := range s.step.Source.Rows(ctx) {
		if err != nil {
			yield(Rendered{Step: s.step.Name()}, err)
			return false
		}
		number++
		for v := range render.Views(s.step.Config.Each.Value, read, number) {
			if !yield(s.previewRow(ctx, v), nil) {
				return false
			}
			if shown++; shown == limit {
				return true
			}
		}
	}
	return true
}

func (s *runningStep) previewRow(ctx context.Context, v render.View) Rendered {
	r := s.newRow(v)
	end := s.previewEnd(ctx, r)
	s.drive.Ended(&r.Row, &end.Settlement)
	out := Rendered{
		Step: s.step.Name(), Key: r.Key, Pos: v.Read.Pos, Outcome: end.Outcome,
		Stage: end.Stage, Field: end.Field, Message: end.Message, Value: end.Value,
	}
	if end.Outcome != ledger.Planned {
		return out
	}
	addLoad(&out.Load, s.drive, r, &end)
	shown, err := s.request(r)
	if err != nil {
		out.Outcome, out.Stage, out.Message = ledger.Rejected, decide.StageMap, err.Error()
		return out
	}
	out.Method, out.Path, out.Body = shown.method, shown.path, shown.body
	if s.step.Delivers() {
		s.showSend(&out, r)
	}
	return out
}

// previewEnd is what would become of a row. There is no error: a preview asks nobody.
func (s *runningStep) previewEnd(ctx context.Context, r *row) drive.Ending {
	if end, _ := s.identify(ctx, r); end != nil {
		return *end
	}
	progress, _ := s.process(ctx, r)
	return progress.End
}

// showSend shows what becomes of a row's draft.
func (s *runningStep) showSend(out *Rendered, r *row) {
	d := s.step.Spec.Delivery
	body, _ := out.Body.(map[string]any)
	delete(body, d.TimeField) // of the copy that is shown
	out.People = d.People(r.Payload())
	out.Then = &Rendered{
		Method: d.Send.Method, Path: strings.Replace(d.Send.Path, "{id}", "<id of the draft>", 1),
		Body: r.Placeholders.Show(d.SendPayload(r.Payload(), s.drive.LeavesAt(&r.Row))),
	}
}
