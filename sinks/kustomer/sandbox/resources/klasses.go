package resources

import (
	"cmp"
	"net/http"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// klassHandlers are the endpoints of klasses, the kinds of KObjects (kustomer-api.md 9.3).
type klassHandlers struct{ *objects }

func klasses(o *objects) resource {
	h := klassHandlers{o}
	read := append(router.Roles("klass", "read"), "org.admin.klass.read")
	write := func(action string) []string {
		return []string{"org.permission.klass." + action, "org.admin.klass.write"}
	}
	return resource{
		routes: []router.Route{
			{Method: "POST", Path: "/v1/klasses", Roles: write("create"), Body: schema.NewKlass, Handle: h.create},
			{Method: "GET", Path: "/v1/klasses", Roles: read, Handle: h.list},
			{Method: "GET", Path: "/v1/klasses/{x}", Roles: read, Handle: h.getOrList},
			{Method: "PUT", Path: "/v1/klasses/{id}", Roles: write("update"), Body: schema.KlassUpdate, Handle: o.updateKeeping(store.Klass, "name")},
			{Method: "DELETE", Path: "/v1/klasses/{id}", Roles: write("delete"), Handle: o.remove(store.Klass)},
		},
		views: map[store.Kind]view{store.Klass: {
			collection: "klasses",
			defaults:   wire.Members(wire.Document{"displayName": nil, "icon": nil, "color": nil, "status": "enabled", "mixins": wire.Raw("[]")}),
			relations: func(_ *store.Record, rel, doc wire.Document) {
				rel["kobjects"] = wire.Document{"links": wire.Document{"self": "/v1/klasses/" + wire.Text(doc, "name")}}
			},
		}},
	}
}

// create is POST /v1/klasses, which answers 200.
func (h klassHandlers) create(c *router.Call) router.Answer {
	a := h.insert(c, store.Klass, "", newDocument(c.Fields()))
	if a.Status == http.StatusCreated {
		a.Status = http.StatusOK
	}
	return a
}

// list is GET /v1/klasses?name=&status=.
func (h klassHandlers) list(c *router.Call) router.Answer {
	name, status := c.Query.Get("name"), c.Query.Get("status")
	return h.page(c, h.Store.All(store.Klass), func(r *store.Record) bool {
		doc := r.Document()
		is := cmp.Or(wire.Text(doc, "status"), "enabled")
		return (name == "" || name == wire.Text(doc, "name")) && (status == "" || status == "existing_only" || status == is)
	})
}

// getOrList is GET /v1/klasses/{x}: a klass by its id, or the KObjects of a klass by its name.
func (h klassHandlers) getOrList(c *router.Call) router.Answer {
	if h.Store.Get(store.Klass, c.Args[0]) != nil {
		return h.showOne(c, store.Klass, c.Args[0])
	}
	if h.Store.EnabledKlass(c.Args[0]) == nil {
		return h.Errors.NotFound("name")
	}
	return h.page(c, h.Store.All(store.KObject), ofKlass(c.Args[0]))
}

// ofKlass keeps the objects of one klass in a list of KObjects.
func ofKlass(name string) filter {
	return func(r *store.Record) bool { return r.Klass() == name }
}
