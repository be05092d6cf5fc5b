package program

import (
	"slices"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// Changes reports whether the step changes objects that are there, and makes none.
func (s *Step) Changes() bool { return s.Spec.Kind == sinks.Changes }

// Role is what the step's keys have to do with the objects whose ids they get: they own what the step makes.
func (s *Step) Role() ledger.Role {
	if s.Spec.Kind == sinks.Makes {
		return ledger.Owns
	}
	return ledger.OwnsNothing
}

// Unowned are the names of a file's steps whose keys own no objects, with those that finalizers would have. It needs no
// sources. specs are the sinks that there are.
func Unowned(f *config.File, specs []sinks.Spec) []string {
	var names []string
	for _, s := range f.Steps {
		names = append(names, FinalizerName(s.Name))
		if slices.ContainsFunc(specs, func(spec sinks.Spec) bool { return spec.Name == s.Sink.Value && spec.Kind != sinks.Makes }) {
			names = append(names, s.Name)
		}
	}
	return names
}

// Updates reports whether a row whose content differs from what was loaded is sent again.
func (s *Step) Updates() bool {
	return s.Changes() || s.Spec.Kind == sinks.Makes && s.Config.IfExists == config.Update && s.Spec.Update != nil
}

// Once reports whether what the step sends must not be sent again while it may have happened: nothing
// can tell afterwards whether it did.
func (s *Step) Once() bool {
	return s.Spec.Kind == sinks.Acts || s.Spec.Kind == sinks.Makes && !s.ByExternalID
}

// findable reports whether an object of the step can be looked up by its external id.
func (s *Step) findable() bool {
	_, ok := s.Spec.Lookup(s.Spec.ExternalID)
	return ok && s.Spec.Kind == sinks.Makes
}

// BulkOp is what a batch of the step's requests does, which one by one do op.
func (s *Step) BulkOp(op sinks.Op) sinks.Op {
	if s.Changes() {
		return sinks.Update
	}
	return op
}

// Batches reports whether the step's requests may be sent in batches. Unless batches are wanted always, those of
// a step that sends each row once may not: one lost answer would leave a hundred rows to a person.
func (s *Step) Batches(always bool) bool {
	return s.Spec.Batch != nil && s.Spec.Append == nil && (always || !s.Once())
}

// TargetOf is what names the object that a row changes, by the row's payload: its id, or the whole path. It is ""
// where the payload names none.
func (s *Step) TargetOf(payload map[string]any) string {
	id, _ := payload[s.Spec.Target].(string)
	return id
}

// Delivers reports whether what the step sends reaches people.
func (s *Step) Delivers() bool { return s.Spec != nil && s.Spec.Delivery != nil }

// AlwaysSent reports whether an update sends a field also where its value is unchanged: Kustomer would clear it
// otherwise, or wants it in every request.
func (s *Step) AlwaysSent(name string) bool {
	for _, kept := range s.Spec.Preserve {
		if kept == name {
			return true
		}
	}
	if !s.Changes() {
		return false
	}
	if s.Spec.Batch != nil && slices.Contains(s.Spec.Batch.Needs, name) {
		return true
	}
	field, ok := s.Spec.Field(name)
	return ok && field.Required
}

// Tracks reports whether the ledger keeps the fields of the step's rows.
func (s *Step) Tracks() bool { return s.Updates() || s.Finalizer != nil }

// IsFinal reports whether a content is one that the step's finalizer writes again.
func (s *Step) IsFinal(content map[string]any) bool {
	return s.Finalizer != nil && content[s.Spec.Final.Field] == s.Spec.Final.Value
}

// SharesIDs reports whether two rows with different keys could have one external id. They cannot where the step
// takes the key for the external id, and no other step has the same kind of object.
func (p *Program) SharesIDs(step *Step) bool {
	if step.ExternalID != nil {
		return true
	}
	for _, other := range p.Steps {
		if other != step && other.Spec.Object == step.Spec.Object {
			return true
		}
	}
	return false
}
