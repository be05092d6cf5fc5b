package resources

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Deleted says how a request answers that reaches an object which was deleted, or merged into another one. What
// Kustomer does is not known (kustomer-api.md 17.14, 20.2, 18 numbers 3, 32, 34 to 36).
type Deleted string

// How an object answers that is gone.
const (
	DeletedNotFound Deleted = "404"      // the default for all but look-ups of what was merged
	DeletedGone     Deleted = "410"      // as an error with the code of a 404
	DeletedShown    Deleted = "200"      // with the attribute deleted set; an update is taken, and changes only what is gone
	MergedSurvivor  Deleted = "survivor" // what it was merged into answers, with its own id; for look-ups the default
)

// Gone says of each kind of request how what is gone answers: one set for what was deleted, one for what was merged
// into another object.
type Gone struct {
	Reads   Deleted // GET by id
	LookUps Deleted // by externalId, email or phone
	Updates Deleted // PUT and PATCH by id, and tags
}

// Below says what becomes of the objects that belong to one which is deleted (kustomer-api.md 17.17, 18 number 33).
type Below string

// What becomes of them.
const (
	BelowDeleted Below = "deleted" // the default
	BelowKept    Below = "kept"
)

// access is what a request does with the object that it names.
type access uint8

const (
	reads access = iota
	lookUps
	updates
)

// reading is how a record that is gone answers.
func (o *objects) reading(r *store.Record, how access) Deleted {
	rule := o.Rules.Deleted
	if o.Store.IsMerged(r) {
		rule = o.Rules.Merged
	}
	return [...]Deleted{reads: rule.Reads, lookUps: rule.LookUps, updates: rule.Updates}[how]
}

// reach finds the record that a request works on, which is r unless that is gone or nil. The parameter is what an
// error names.
func (o *objects) reach(r *store.Record, how access, parameter string) (*store.Record, *router.Answer) {
	if r == nil || !r.Deleted {
		return found(o.Errors, r, parameter)
	}
	switch o.reading(r, how) {
	case DeletedGone:
		return nil, new(o.Errors.Refuse(http.StatusGone, router.Problem{Code: router.CodeNotFound, Title: "Gone", Parameter: parameter}))
	case DeletedShown:
		return r, nil
	case MergedSurvivor:
		return found(o.Errors, o.Store.Survivor(r), parameter)
	}
	return found(o.Errors, nil, parameter)
}

func found(e router.Errors, r *store.Record, parameter string) (*store.Record, *router.Answer) {
	if r == nil {
		return nil, new(e.NotFound(parameter))
	}
	return r, nil
}

// updated finds the object that an update names by its id.
func (o *objects) updated(c *router.Call, k store.Kind, id string) (*store.Record, *router.Answer) {
	r := o.Store.Get(k, id)
	if r != nil && r.Deleted && o.Rules.Restore && c.Fields()["deleted"] == false {
		return r, nil
	}
	return o.reach(r, updates, "id")
}

// removal lists the changes that delete an object and, unless Below says otherwise, all that belongs to it. doc is
// the last document of the object; nil: the one that it has.
func (o *objects) removal(r *store.Record, doc wire.Document) []store.Change {
	var changes []store.Change
	if o.Rules.Below != BelowKept {
		for _, child := range r.Children {
			if !child.Deleted {
				changes = append(changes, o.removal(child, nil)...)
			}
		}
	}
	if doc != nil {
		return append(changes, r.RemovalWith(doc))
	}
	return append(changes, r.Removal())
}

// saveDeleted commits the document of an object which that deletes, or which is deleted already.
func (o *objects) saveDeleted(c *router.Call, r *store.Record, doc wire.Document) router.Answer {
	changes := []store.Change{r.RemovalWith(doc)}
	if !r.Deleted {
		changes = o.removal(r, doc)
	}
	if _, err := o.Store.Commit(changes...); err != nil {
		return o.Errors.Broken(err)
	}
	return o.shown(c, http.StatusOK, r, doc)
}
