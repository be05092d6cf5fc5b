package drive

import (
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// Faulty settles a row whose templates or values are at fault; errors of ref say themselves what becomes of the
// row. field names the field at fault where the error does not.
func Faulty(field string, err error) decide.Settlement {
	if parent, ok := errors.AsType[*render.ParentError](err); ok {
		s := decide.Settlement{Outcome: parent.Outcome, Stage: decide.StageParent, Message: parent.Error()}
		s.Record = parent.Outcome == ledger.Rejected
		return s
	}
	s := decide.Reject(decide.StageMap, field, err.Error())
	var fit *sinks.FitError
	var template *mappings.Error
	switch {
	case errors.As(err, &fit):
		s.Field, s.Value = fit.Field, fit.Value
	case errors.As(err, &template):
		if template.Field != "" {
			s.Field = template.Field
		}
		s.Message = fmt.Sprintf("%v (%v)", template, template.Pos)
	}
	if value, ok := errors.AsType[*mappings.ValueError](err); ok {
		s.Value = value.Value
	}
	if refused, ok := errors.AsType[*sinks.Error](err); ok { // of a find
		s.Status = refused.Status
	}
	return s
}

// isGone reports whether an answer says that an object is not there, or was deleted.
func isGone(err error) bool {
	failed, ok := errors.AsType[*sinks.Error](err)
	return ok && (failed.Class == sinks.Missing || failed.Class == sinks.Deleted)
}
