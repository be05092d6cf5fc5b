package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// UnansweredError says that a find has no answer, for no fault of the row.
type UnansweredError struct{ Err error }

func (e *UnansweredError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *UnansweredError) Unwrap() error { return e.Err }

// findOf is what find gives in the templates of a row.
func (r *Renderer) findOf(ctx context.Context, row *Row) func(kind, by string, args []string) (any, bool, error) {
	return func(kind, by string, args []string) (any, bool, error) {
		form, q, err := r.question(kind, by, args)
		if err != nil {
			return nil, false, err
		}
		r.run.count(q)
		if r.lookups.Ask == nil || row.Placeholders.among(args) {
			return later(form, args), true, nil
		}
		a, err := r.answer(ctx, q)
		if err != nil {
			return nil, false, verdict(err)
		}
		v, found, err := form.Choose(a, args)
		if err == nil && !found && !form.Fixed && r.lookups.MayAppear != nil && r.lookups.MayAppear() {
			return later(form, args), true, nil
		}
		return v, found, verdict(err)
	}
}

// unasked is what find gives in the templates of a row about which nobody is asked.
func (r *Renderer) unasked(kind, by string, args []string) (any, bool, error) {
	form, _, err := r.question(kind, by, args)
	if err != nil {
		return nil, false, err
	}
	return later(form, args), true, nil
}

// question is what a find of a template asks.
func (r *Renderer) question(kind, by string, args []string) (*sinks.Form, sinks.Question, error) {
	form, ok := r.run.program.Form(kind, by)
	if !ok {
		return nil, sinks.Question{}, fmt.Errorf("find: nothing of the kind %q is found by %q", kind, by)
	}
	q, err := form.Question(args)
	if err != nil {
		return nil, q, &mappings.ValueError{Message: err.Error(), Value: strings.Join(args, " ")}
	}
	return form, q, nil
}

// later stands for an answer that only a run has.
func later(form *sinks.Form, args []string) mappings.RunTimeValue {
	sum := sha256.Sum256([]byte(form.Name() + "\x00" + strings.Join(args, "\x00")))
	return mappings.RunTimeValue{Question: hex.EncodeToString(sum[:12])}
}

// verdict tells an answer that rejects the row from one that says nothing of it.
func verdict(err error) error {
	var failed *sinks.Error
	if err == nil || errors.As(err, &failed) && (failed.Class.IsRefusal() || failed.Class == sinks.Duplicate) {
		return err
	}
	return &UnansweredError{err}
}

// answer returns the answer to a question: one that is kept, that another row waits for, or a new one.
func (r *Renderer) answer(ctx context.Context, q sinks.Question) (sinks.Answer, error) {
	if a, ok := r.kept(q); ok {
		return a, nil
	}
	v, err, _ := r.flights.Do(q.Key(), func() (any, error) {
		if a, ok := r.kept(q); ok { // it came while this row was on its way here
			return a, nil
		}
		a, err := r.lookups.Ask(ctx, q)
		if err == nil {
			r.keep(q, a)
		}
		return a, err
	})
	a, _ := v.(sinks.Answer)
	return a, err
}

// kept returns an answer that is kept. Where nothing that a run loads can change it, that is one of the run, else of
// the step: the next step may be made of what this one loads.
func (r *Renderer) kept(q sinks.Question) (sinks.Answer, bool) {
	if q.Form.Fixed {
		r.run.mu.Lock()
		defer r.run.mu.Unlock()
		return r.run.answers.get(q.Key())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answers.get(q.Key())
}

// keep keeps an answer. A long one is kept only where every row may need it, such as the list of all teams.
func (r *Renderer) keep(q sinks.Question, a sinks.Answer) {
	switch {
	case q.Form.Fixed:
		r.run.mu.Lock()
		defer r.run.mu.Unlock()
		r.run.answers.put(q.Key(), a)
	case a.Bytes <= longAnswer:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.answers.put(q.Key(), a)
	}
}

// count counts a question, where questions are counted.
func (r *Run) count(q sinks.Question) {
	if !r.opts.CountFinds {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked.Add(q.Key())
}

// HasLater reports whether a payload, or a value in it, depends on an answer to find that is not known yet.
func HasLater(v any) bool {
	switch v := v.(type) {
	case sinks.RunTimeValue:
		return true
	case []any:
		for _, item := range v {
			if HasLater(item) {
				return true
			}
		}
	case map[string]any:
		for _, member := range v {
			if HasLater(member) {
				return true
			}
		}
	}
	return false
}
