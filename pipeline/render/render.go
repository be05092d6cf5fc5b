// Package render makes of a row of a source its key, the names of its lanes, its payload and its hash.
package render

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// Options is what the templates of a run see besides rows.
type Options struct {
	Now        time.Time // what now gives
	RunID      string    // what run_id gives
	CountFinds bool      // Run.Finds counts
}

// Run renders the rows of a program in one run. What its Renderers share are ids of parents and those answers to
// find which hold for the whole run.
type Run struct {
	program *program.Program
	opts    Options
	objects *objectCache

	mu      sync.Mutex
	answers *answerCache      // of what nothing that a run loads can change
	asked   index.Set[string] // questions, when they are counted
}

// New returns what renders the rows of a program in one run.
func New(p *program.Program, o Options) *Run {
	return &Run{program: p, opts: o, objects: newObjectCache(), answers: newAnswerCache(), asked: index.NewSet[string]()}
}

// Finds is how many different questions the templates of the rows so far asked by find, whether or not they were
// answered. It is 0 without Options.CountFinds.
func (r *Run) Finds() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked.Len()
}

// Lookups answers what templates ask for that is not in the row.
type Lookups struct {
	// Parent returns an object of another step, which a template names by ref; without an id and an error: it is not
	// there yet, and a placeholder stands for it. skipped: the row that asks is that object's row,
	// too, and the other step's when skips it. An error is a *ParentError or an *UnreadError.
	Parent func(ctx context.Context, at Ref, skipped bool) (Object, error)
	// Ask answers a find. Nil: every find is answered by a sinks.RunTimeValue, which stands for what is not known yet.
	Ask func(ctx context.Context, q sinks.Question) (sinks.Answer, error)
	// MayAppear reports whether something that a find misses now may be there when the rows are loaded: then a
	// sinks.RunTimeValue stands for it. Nil: it will not.
	MayAppear func() bool
}

// Renderer renders the rows of one step in one run. Its methods may be called by several goroutines at once, each
// for a row of its own.
type Renderer struct {
	run     *Run
	step    *program.Step
	lookups Lookups
	flights singleflight.Group // questions that are being asked

	mu      sync.Mutex
	answers *answerCache // that rows of another step may change, misses too
}

// Step returns a Renderer for a step. It remembers no answers to find that rows of an earlier step may have changed.
func (r *Run) Step(step *program.Step, l Lookups) *Renderer {
	return &Renderer{run: r, step: step, lookups: l, answers: newAnswerCache()}
}

// inputOf is what templates see of a row.
func (r *Renderer) inputOf(v *View, key string) mappings.Input {
	return mappings.Input{
		Row: v.Values, Parent: v.Parent, Key: key,
		Number: v.Number, File: v.Read.Pos.File,
		Now: r.run.opts.Now, RunID: r.run.opts.RunID,
	}
}

// inputs recycles what templates see, which is not kept in rows since thousands of them wait; it holds no state
// between calls.
var inputs = sync.Pool{New: func() any { return new(mappings.Input) }}

// input is what the row's templates see. It is to be given back to release.
func (r *Renderer) input(row *Row, key string) *mappings.Input {
	in := inputs.Get().(*mappings.Input)
	*in = r.inputOf(&row.View, key)
	return in
}

// release gives back what input returned. It keeps nothing of the row.
func release(in *mappings.Input) {
	*in = mappings.Input{}
	inputs.Put(in)
}
