package resources

import (
	"errors"
	"net/http"
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// insert makes an object of doc and answers with it. chosenID is the id that the request wants, if any; before are
// changes that must come first.
func (o *objects) insert(c *router.Call, k store.Kind, chosenID string, doc wire.Document, before ...store.Change) router.Answer {
	id, chosen := wire.ParseID(chosenID)
	if chosen && o.Store.ByID(id) != nil {
		return o.refuseDuplicate("id")
	}
	if !chosen {
		id = o.Store.NewID()
	}
	sign(c, doc, "createdBy")
	creation, err := o.Store.UniqueCreation(k, id, doc)
	if err != nil {
		return o.refuseChange(err)
	}
	made, err := o.Store.Commit(slices.Concat(before, o.newTags(doc), []store.Change{creation})...)
	if err != nil {
		return o.Errors.Broken(err)
	}
	return o.shown(c, http.StatusCreated, made[len(made)-1], doc)
}

// refuseChange is the answer for a change that the store does not make: another object has the externalId or the
// like (kustomer-api.md 3.3, 17.5, 17.6).
func (o *objects) refuseChange(err error) router.Answer {
	if taken := new(store.TakenError); errors.As(err, &taken) {
		return o.refuseDuplicate(taken.Field)
	}
	return o.Errors.Broken(err)
}

func (o *objects) refuseDuplicate(parameter string) router.Answer {
	o.Stats.Duplicate()
	return o.Errors.Duplicate(parameter)
}

// revise carries out PATCH and PUT on r. keep names the members that replace=true does not remove.
func (o *objects) revise(c *router.Call, r *store.Record, body wire.Document, keep ...string) router.Answer {
	if c.IsStale(r.Rev) {
		return o.Errors.Refuse(http.StatusConflict, router.Problem{
			Code: router.CodeConflict, Title: "Stale rev: the object was changed meanwhile", Parameter: "rev",
		})
	}
	if c.Author == "" && !o.Budget.Update(r.ID) {
		return o.Errors.TooMany("rate limit of updates to one object exceeded")
	}
	doc := r.Document()
	if c.Method == http.MethodPut && c.Query.Get("replace") == "true" {
		doc = only(doc, append(keep, "createdAt", "createdBy", "importedAt"))
	}
	if r.Kind == store.Customer && !o.Rules.KeepCompany && c.Author == "" {
		delete(doc, "company") // an update without company unlinks it (kustomer-api.md 1.8)
	}
	overlay(doc, body)
	takeOver(c, doc, body)
	deletes := doc["deleted"] == true
	delete(doc, "deleted")
	if deletes || r.Deleted && !(o.Rules.Restore && body["deleted"] == false) {
		return o.saveDeleted(c, r, doc)
	}
	return o.save(c, r, doc)
}

// updateKeeping changes one object by id. keep is as for revise.
func (o *objects) updateKeeping(k store.Kind, keep ...string) handler {
	return func(c *router.Call) router.Answer {
		r, refused := o.updated(c, k, c.Args[0])
		if refused != nil {
			return *refused
		}
		return o.revise(c, r, c.Fields(), keep...)
	}
}

// save commits a new document of r and answers with it.
func (o *objects) save(c *router.Call, r *store.Record, doc wire.Document) router.Answer {
	change, err := o.Store.UniqueUpdate(r, doc)
	if err != nil {
		return o.refuseChange(err)
	}
	if _, err := o.Store.Commit(append(o.newTags(doc), change)...); err != nil {
		return o.Errors.Broken(err)
	}
	return o.shown(c, http.StatusOK, r, doc)
}

// remove deletes one object by id.
func (o *objects) remove(k store.Kind) handler {
	return func(c *router.Call) router.Answer {
		r := o.Store.Get(k, c.Args[0])
		if r == nil || r.Deleted {
			return o.removeGone(r)
		}
		return o.removeOne(c, r)
	}
}

func (o *objects) removeOne(c *router.Call, r *store.Record) router.Answer {
	doc := r.Document()
	takeOver(c, doc, nil)
	if _, err := o.Store.Commit(o.removal(r, doc)...); err != nil {
		return o.Errors.Broken(err)
	}
	return router.Answer{Status: http.StatusNoContent, Record: r}
}

// removeGone answers the deletion of what is not there, or not any more: nothing is ever deleted in its place.
func (o *objects) removeGone(r *store.Record) router.Answer {
	if r != nil && o.reading(r, updates) == DeletedGone {
		_, refused := o.reach(r, updates, "id")
		return *refused
	}
	return o.Errors.NotFound("id")
}
