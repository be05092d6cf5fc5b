package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/sinks"
)

// finder answers find in the templates of a run: each question is asked once while its answer is kept, and
// rows that ask the same at the same time wait for one request.
type finder struct {
	flights singleflight.Group

	mu    sync.Mutex
	run   *answerCache      // of what nothing that a run loads can change
	step  *answerCache      // of everything else, misses too: the next step may have been made of what this one loads
	asked index.Set[string] // questions that a dry run would ask
}

func newFinder() *finder {
	return &finder{run: newAnswerCache(), step: newAnswerCache(), asked: index.NewSet[string]()}
}

// nextStep forgets what the rows of the last step may have changed.
func (f *finder) nextStep() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.step = newAnswerCache()
}

func (f *finder) cacheOf(q sinks.Question) *answerCache {
	if q.Form.Fixed {
		return f.run
	}
	return f.step
}

func (f *finder) kept(q sinks.Question) (sinks.Answer, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cacheOf(q).get(q.Key())
}

// keep keeps an answer. A long one is kept only where every row may need it, such as the list of all teams.
func (f *finder) keep(q sinks.Question, a sinks.Answer) {
	if a.Bytes > longAnswer && !q.Form.Fixed {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cacheOf(q).put(q.Key(), a)
}

// note counts a question of a dry run.
func (f *finder) note(q sinks.Question) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked.Add(q.Key())
}

// unansweredError says that a find has no answer, for no fault of the row.
type unansweredError struct{ err error }

func (e *unansweredError) Error() string { return e.err.Error() }
func (e *unansweredError) Unwrap() error { return e.err }

// findOf is what find gives in the templates of a row.
func (r *stepRun) findOf(ctx context.Context, t *task) func(kind, by string, args []string) (any, bool, error) {
	return func(kind, by string, args []string) (any, bool, error) {
		form, ok := r.plan.Form(kind, by)
		if !ok {
			return nil, false, fmt.Errorf("find: nothing of the kind %q is found by %q", kind, by)
		}
		q, err := form.Question(args)
		if err != nil {
			return nil, false, &mappings.ValueError{Message: err.Error(), Value: strings.Join(args, " ")}
		}
		if r.opts.DryRun {
			r.finds.note(q)
		}
		if r.opts.DryRun && (!r.opts.Survey || t.stand.among(args)) {
			return later(form, args), true, nil
		}
		a, err := r.answer(ctx, q)
		if err != nil {
			return nil, false, verdict(err)
		}
		v, found, err := form.Choose(a, args)
		if err == nil && !found && !form.Fixed && r.mayComeTrue() {
			return later(form, args), true, nil
		}
		return v, found, verdict(err)
	}
}

// later stands for an answer that only a run has.
func later(form *sinks.Form, args []string) mappings.Later {
	sum := sha256.Sum256([]byte(form.Name() + "\x00" + strings.Join(args, "\x00")))
	return mappings.Later{Question: hex.EncodeToString(sum[:12])}
}

// verdict tells an answer that speaks against the row from one that says nothing of it.
func verdict(err error) error {
	var failed *sinks.Error
	if err == nil || errors.As(err, &failed) && (failed.Class.IsRefusal() || failed.Class == sinks.Duplicate) {
		return err
	}
	return &unansweredError{err}
}

// answer returns the answer to a question: one that is kept, that another row waits for, or a new one.
func (r *stepRun) answer(ctx context.Context, q sinks.Question) (sinks.Answer, error) {
	if a, ok := r.finds.kept(q); ok {
		return a, nil
	}
	v, err, _ := r.finds.flights.Do(q.Key(), func() (any, error) {
		if a, ok := r.finds.kept(q); ok { // it came while this row was on its way here
			return a, nil
		}
		a, err := r.ask(ctx, q)
		if err == nil {
			r.finds.keep(q, a)
		}
		return a, err
	})
	a, _ := v.(sinks.Answer)
	return a, err
}

// ask asks the sink, with at most Options.Workers requests at once.
func (r *stepRun) ask(ctx context.Context, q sinks.Question) (sinks.Answer, error) {
	sink, ok := r.deps.Sink.(sinks.Finder)
	if !ok {
		return sinks.Answer{}, errors.New("nothing can be found here")
	}
	if !r.occupy(ctx) {
		return sinks.Answer{}, context.Cause(ctx)
	}
	defer r.vacate()
	a, err := sink.Ask(ctx, q)
	var failed *sinks.Error
	if errors.As(err, &failed) && failed.Class == sinks.Fatal {
		r.halt(err) // before the place is free for another request
	}
	return a, err
}

// unanswered ends a row that a find left without an answer; the next run asks again. An error ends the run.
func (r *stepRun) unanswered(ctx context.Context, t *task, err error) (ending, error) {
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		return r.pending(t, runEnded), nil
	}
	if failed.Class == sinks.Fatal {
		return r.pending(t, runEnded), err
	}
	if ctx.Err() != nil {
		return r.pending(t, runEnded), nil
	}
	return r.pending(t, "what it needs could not be found out: "+failed.Message), nil
}

// laterIn reports whether a payload hangs on what only a real run finds.
func laterIn(v any) bool {
	switch v := v.(type) {
	case sinks.Later:
		return true
	case []any:
		for _, item := range v {
			if laterIn(item) {
				return true
			}
		}
	case map[string]any:
		for _, member := range v {
			if laterIn(member) {
				return true
			}
		}
	}
	return false
}
