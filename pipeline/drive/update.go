package drive

import (
	"context"
	"maps"
	"strings"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// update is what of a row's content is to be sent to an object.
type update struct {
	payload map[string]any
	body    map[string]any // of a survey: what of the payload the request carries, where that is not all
	news    int            // fields that are sent for their own sake, and not because an update must have them
	dropped bool           // something was left out
}

// isNothing reports whether the update need not be sent. A change that a row of a changing step names is sent even
// where it has no field of its own, such as a delete, unless fields were left out of it.
func (u *update) isNothing(op sinks.Op) bool {
	return u.news == 0 && (u.dropped || op == sinks.Update)
}

// diff finds out what of a row's content is to be sent to an object, as far as the ledger knows what it has. Not
// nil: the row ends with it.
func (s *Step) diff(ctx context.Context, r *Row, n decide.PrepareUpdate) (*update, *Ending, error) {
	if err := s.rememberFields(ctx, r); err != nil {
		end, err := s.Unread(r, err)
		return nil, end, err
	}
	payload := r.Payload()
	if n.Op == sinks.Update {
		var err error
		if payload, err = s.Spec.Fit(sinks.Update, payload); err != nil {
			return nil, s.unfit(r, err), nil
		}
	}
	return s.updateOf(r, payload), nil, nil
}

// unfit ends a row that no update can carry.
func (s *Step) unfit(r *Row, err error) *Ending {
	return &Ending{Settlement: s.KeepOut(r, Faulty("", err))}
}

// rememberFields keeps what the ledger knows of an object that is to be brought up to date. It knows nothing of
// one that the row did not name before.
func (s *Step) rememberFields(ctx context.Context, r *Row) error {
	entry := r.Facts.Entry
	if r.before != nil || entry == nil || !entry.Loaded() || s.Changes() && r.Facts.TargetID != entry.KustomerID {
		return nil
	}
	marks, err := s.Run.Reader.Fields(ctx, s.Name(), r.Key)
	r.before = &before{entry.Outcome, marks}
	return err
}

// known is how the ledger knows the row's object; "" where it does not.
func (r *Row) known() ledger.Outcome {
	if r.before == nil {
		return ""
	}
	return r.before.outcome
}

// updateOf leaves out of an update what the object has from an earlier run, as far as the ledger knows that, and
// what the step never overwrites. Somebody else may have changed those fields since.
func (s *Step) updateOf(r *Row, payload map[string]any) *update {
	u := &update{payload: payload}
	known := fields.Set("")
	if r.before != nil && r.Facts.Open == 0 { // else an update may have happened in between
		known = fields.Set(r.before.fields)
	}
	content := r.Content()
	for name, value := range payload {
		switch {
		case name == s.Spec.Target && s.Changes():
		case s.NeverOverwrite[name], r.hasOtherParent() && isReference(s, name):
			u.drop(name)
		case s.AlwaysSent(name):
			if !known.Holds(name, content[name]) {
				u.news++
			}
		default:
			u.add(s.Step, known, name, value, content[name])
		}
	}
	return u
}

// hasOtherParent reports whether what the row refers to was merged, or made once more, since its object was loaded.
func (r *Row) hasOtherParent() bool {
	return r.Facts.There || r.Facts.Parent != nil && r.Facts.Parent.Alias
}

// isReference reports whether a field names another object: an update does not move an object because its parent is another
// one now (decisions.md 1.7).
func isReference(s *Step, name string) bool {
	field, ok := s.Spec.Field(name)
	return ok && field.Type == sinks.ID && !s.Changes()
}

// add keeps a field that is new to the object; of a custom object those attributes that are.
func (u *update) add(step *program.Step, known fields.Set, name string, value, hashed any) {
	members, custom := fields.Attributes(step.Spec, name, value)
	if !custom {
		if known.Holds(name, hashed) {
			u.drop(name)
			return
		}
		u.news++
		return
	}
	before, _ := hashed.(map[string]any)
	news := map[string]any{}
	for member, v := range members {
		if path := name + "." + member; !step.NeverOverwrite[path] && !known.Holds(path, before[member]) {
			news[member] = v
		}
	}
	u.news += len(news)
	u.keepOnly(name, news, len(members))
}

// keepOnly leaves a custom object with some of its attributes.
func (u *update) keepOnly(name string, members map[string]any, had int) {
	switch len(members) {
	case had:
	case 0:
		u.drop(name)
	default:
		u.copyOnce()
		u.payload[name] = members
	}
}

// copyOnce makes the payload the update's own, before it is changed.
func (u *update) copyOnce() {
	if !u.dropped {
		u.payload, u.dropped = maps.Clone(u.payload), true
	}
}

func (u *update) drop(name string) {
	u.copyOnce()
	delete(u.payload, name)
}

// leaveFull leaves out those fields of set_if_empty that the object has a value for.
func (u *update) leaveFull(step *program.Step, have map[string]any) {
	for path := range step.SetIfEmpty {
		name, member, inside := strings.Cut(path, ".")
		value, sent := u.payload[name]
		switch {
		case !sent:
		case !inside && !sinks.Blank(have[name]):
			u.drop(name)
			u.news--
		case inside:
			members, _ := value.(map[string]any)
			has, _ := have[name].(map[string]any)
			if _, sent := members[member]; sent && !sinks.Blank(has[member]) {
				left := maps.Clone(members)
				delete(left, member)
				u.keepOnly(name, left, len(members))
				u.news--
			}
		}
	}
}

// looks reports whether it hangs on the object what the update sends.
func (u *update) looks(step *program.Step) bool {
	for path := range step.SetIfEmpty {
		name, member, inside := strings.Cut(path, ".")
		value, sent := u.payload[name]
		if members, _ := value.(map[string]any); sent && inside {
			_, sent = members[member]
		}
		if sent {
			return true
		}
	}
	return false
}

// read reads an object from the sink, with at most so many requests at once as there are places.
func (s *Step) read(ctx context.Context, id string) (map[string]any, error) {
	reader, ok := s.Run.Sink.(sinks.Reader)
	if !ok {
		return nil, &sinks.Error{Class: sinks.Fatal, Message: "this sink cannot show what an object holds"}
	}
	if !s.Run.Places.Acquire(ctx) {
		return nil, context.Cause(ctx)
	}
	defer s.Run.Places.Release()
	return reader.Read(ctx, s.Spec, id)
}
