package resources

import (
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
)

// objects is what all resources share: it shows, lists, makes and changes objects of any kind.
type objects struct {
	Deps
	views [store.Kinds]view
}

// userID is the machine user of every key, the author of all that is written.
func (o *objects) userID() string {
	org := o.Store.OrgID()
	return org[:len(org)-2] + "01"
}

// get answers one object by id.
func (o *objects) get(k store.Kind) handler {
	return func(c *router.Call) router.Answer { return o.showOne(c, k, c.Args[0]) }
}

func (o *objects) showOne(c *router.Call, k store.Kind, id string) router.Answer {
	if k == store.Customer && o.Rules.CommaLists && strings.Contains(id, ",") {
		return o.showSeveral(c, k, strings.Split(id, ","))
	}
	r, refused := o.reach(o.Store.Get(k, id), reads, "id")
	if refused != nil {
		return *refused
	}
	return o.shown(c, http.StatusOK, r, r.Document())
}

// showSeveral answers those objects of a list of ids that are there (kustomer-api.md 1.9, 18 number 26).
func (o *objects) showSeveral(c *router.Call, k store.Kind, ids []string) router.Answer {
	var records []*store.Record
	for _, id := range ids {
		if r, refused := o.reach(o.Store.Get(k, id), reads, "id"); refused == nil {
			records = append(records, r)
		}
	}
	return o.page(c, records)
}

// lookup answers one object by the value in the path. The parameter is what a 404 names (kustomer-api.md 4.2).
func (o *objects) lookup(in store.Space, parameter string) handler {
	return func(c *router.Call) router.Answer { return o.lookUp(c, in.Of(c.Args[0]), parameter) }
}

func (o *objects) lookUp(c *router.Call, i store.Identity, parameter string) router.Answer {
	r := o.Store.Find(i)
	if r == nil {
		r = o.Store.FindDeleted(i)
	}
	if r == nil || o.Rules.Lookups == LookupsNever || r.NewerThan(o.Rules.LookupLag) { // (kustomer-api.md 4.4)
		return o.Errors.NotFound(parameter)
	}
	r, refused := o.reach(r, lookUps, parameter)
	if refused != nil {
		return *refused
	}
	return o.shown(c, http.StatusOK, r, r.Document())
}
