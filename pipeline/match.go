//go:build oldengine

package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/sinks"
)

// match looks a row's object up by each of the named look-ups. It returns the one object that is the
// row's; nil when there is none; or the ending of a row whose object cannot be told.
func (r *stepRun) match(ctx context.Context, t *task, by []string) (*sinks.Found, *ending, error) {
	var hit *sinks.Found
	var hitBy string
	for _, name := range by {
		lookup, ok := r.step.Spec.Lookup(name)
		if !ok {
			continue
		}
		for _, value := range lookup.Values(t.Payload()) {
			found, ok, err := r.find(ctx, name, value)
			if err != nil {
				end, err := r.unseen(t, err)
				return nil, &end, err
			}
			if !ok {
				continue
			}
			if hit != nil && hit.ID != found.ID {
				end := rejected(StageSend, name, fmt.Sprintf(
					"ambiguous: %s finds %s and %s finds %s; correct the row or merge the two in Kustomer", hitBy, hit.ID, name, found.ID))
				end.action = ActAmbiguous
				return nil, &end, nil
			}
			if end := r.strangers(t, name, found); end != nil {
				return nil, end, nil
			}
			hit, hitBy = &found, name
		}
	}
	return hit, nil, nil
}

// strangers rejects a row whose e-mail or phone belongs to a record with another external id: a
// shared family phone must not merge two people.
func (r *stepRun) strangers(t *task, by string, found sinks.Found) *ending {
	if by == r.step.Spec.ExternalID || found.ExternalID == "" || found.ExternalID == t.ExternalID {
		return nil
	}
	end := rejected(StageSend, by, fmt.Sprintf(
		"the %s belongs to %s, which has another external id; correct the row, or leave the %s out", by, found.ID, by))
	end.status = found.Status
	return &end
}

// find asks the sink for one object, with at most Options.Workers requests at once.
func (r *stepRun) find(ctx context.Context, by, value string) (sinks.Found, bool, error) {
	if !r.occupy(ctx) {
		return sinks.Found{}, false, context.Cause(ctx)
	}
	defer r.vacate()
	return r.deps.Sink.Find(ctx, sinks.Query{Spec: r.step.Spec, By: by, Value: value})
}

// unseen ends a row whose object could not be looked up. A row in doubt stays so, whatever the
// answer: objects that were deleted, or are there twice, were made all the same.
func (r *stepRun) unseen(t *task, err error) (ending, error) {
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		return r.pending(t, runEnded), nil
	}
	switch {
	case failed.Class == sinks.Fatal:
		return r.pending(t, runEnded), err
	case failed.Class.IsRefusal(), failed.Class == sinks.Duplicate:
		if t.open == 0 {
			end := refused(failed)
			if failed.Class == sinks.Ambiguous {
				end.action = ActAmbiguous
			}
			return end, nil
		}
		return inDoubt(t, "it could not be looked up: "+failed.Message+"; look in Kustomer, then use kustsync resolve"), nil
	}
	return r.pending(t, "it could not be looked up: "+failed.Message), nil
}
