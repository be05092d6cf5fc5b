package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// kobjectHandlers are the endpoints of KObjects, whose path names their klass (kustomer-api.md 9.3).
type kobjectHandlers struct{ *objects }

func kobjects(o *objects) resource {
	h := kobjectHandlers{o}
	bulk := func(action string, one operation) operation {
		one.kind, one.action, one.path, one.roles, one.refuse = store.KObject, action, "/v1/klasses/{name}/bulk", kobjectRoles(action), h.refuseKlass
		return one
	}
	return resource{
		routes: []router.Route{
			{Method: "POST", Path: "/v1/klasses/{name}", Roles: kobjectRoles("create"), Body: schema.NewKObject, Handle: h.create},
			{Method: "GET", Path: "/v1/klasses/{name}/externalId={v}", Roles: kobjectRoles("read"), Handle: h.find},
			{Method: "GET", Path: "/v1/klasses/{name}/{id}", Roles: kobjectRoles("read"), Handle: h.get},
			{Method: "PUT", Path: "/v1/klasses/{name}/{id}", Roles: kobjectRoles("update"), Body: schema.KObjectUpdate, Handle: h.update},
			{Method: "DELETE", Path: "/v1/klasses/{name}/{id}", Roles: kobjectRoles("delete"), Handle: h.remove},
			{Method: "POST", Path: "/v1/customers/{id}/klasses/{name}", Roles: kobjectRoles("create"), Body: schema.NewKObject, Handle: h.createForCustomer},
			{Method: "GET", Path: "/v1/customers/{id}/klasses/{name}", Roles: router.Roles("customer", "read"), Handle: h.listOfCustomer},
			{Method: "GET", Path: "/v1/companies/{id}/klasses/{name}", Roles: router.Roles("company", "read"), Handle: h.listOfCompany},
		},
		operations: []operation{
			bulk("create", operation{status: 201, fields: schema.NewKObjectFields, required: []string{"title"}, handle: h.create}),
			bulk("update", operation{status: 200, fields: schema.KObjectUpdateFields, handle: h.update}),
			bulk("delete", operation{status: 201, handle: h.remove}),
		},
		views: map[store.Kind]view{store.KObject: {collection: "kobjects", defaults: kobjectDefaults, relations: kobjectRelations}},
	}
}

// kobjectRoles adds the role for the objects of the one klass that the path names.
func kobjectRoles(action string) []string {
	return append(router.Roles("kobject", action), "org.permission.kobject.kobject_*."+action)
}

// kobjectDefaults are the attributes that an answer shows when nothing set them.
var kobjectDefaults = wire.Members(wire.Document{
	"externalId": nil, "description": nil, "icon": nil, "images": wire.Raw("[]"), "data": wire.Raw("{}"), "custom": wire.Raw("{}"), "tags": wire.Raw("[]"),
})

// kobjectRelations adds the klass, whose link has an odd name (kustomer-api.md 1.5).
func kobjectRelations(r *store.Record, rel, _ wire.Document) {
	rel["klass"] = wire.Document{"link": wire.Document{"self": "/v1/klasses/" + r.Klass()}, "data": wire.Document{"type": "klass", "id": r.Klass()}}
}

// refuseKlass refuses a bulk request for a klass that may have no objects.
func (h kobjectHandlers) refuseKlass(c *router.Call) *router.Answer {
	if h.Store.EnabledKlass(c.Args[0]) == nil {
		return new(h.Errors.NotFound("name"))
	}
	return nil
}

// create is POST /v1/klasses/{name}, with a customer in its body or without.
func (h kobjectHandlers) create(c *router.Call) router.Answer { return h.add(c, c.Args[0], nil) }

// createForCustomer is POST /v1/customers/{id}/klasses/{name}.
func (h kobjectHandlers) createForCustomer(c *router.Call) router.Answer {
	owner := h.Store.Live(store.Customer, c.Args[0])
	if owner == nil {
		return h.Errors.NotFound("id")
	}
	if other := wire.Text(c.Fields(), "customer"); other != "" && other != owner.ID.String() {
		return h.Errors.BadParam("customer", "The customer is not the one of the path", "")
	}
	return h.add(c, c.Args[1], owner)
}

// add makes a KObject of a klass, for a customer if there is one.
func (h kobjectHandlers) add(c *router.Call, klass string, owner *store.Record) router.Answer {
	body := c.Fields()
	if h.Store.EnabledKlass(klass) == nil {
		return h.Errors.NotFound("name")
	}
	if id := wire.Text(body, "customer"); id != "" {
		if owner = h.Store.Live(store.Customer, id); owner == nil {
			return h.Errors.BadParam("customer", "Customer not found", "")
		}
	}
	if refused := h.refuseCompany(body); refused != nil {
		return *refused
	}
	doc := newDocument(body)
	doc["klass"] = klass
	if owner != nil {
		if !h.Budget.Create(owner.ID, "kobject", body["importedAt"] != nil) {
			return h.Errors.TooMany("rate limit of KObjects created for one customer exceeded")
		}
		doc["customer"] = owner.ID.String()
	}
	return h.insert(c, store.KObject, "", doc)
}

// ofPath finds the KObject that the path names; nil when there is none.
func (h kobjectHandlers) ofPath(c *router.Call) *store.Record {
	if r := h.Store.Get(store.KObject, c.Args[1]); r != nil && r.Klass() == c.Args[0] && h.Store.EnabledKlass(c.Args[0]) != nil {
		return r
	}
	return nil
}

// get is GET /v1/klasses/{name}/{id}.
func (h kobjectHandlers) get(c *router.Call) router.Answer {
	if h.ofPath(c) == nil {
		return h.Errors.NotFound("id")
	}
	return h.showOne(c, store.KObject, c.Args[1])
}

// find is GET /v1/klasses/{name}/externalId={v}.
func (h kobjectHandlers) find(c *router.Call) router.Answer {
	if h.Store.EnabledKlass(c.Args[0]) == nil {
		return h.Errors.NotFound("name")
	}
	return h.lookUp(c, store.KObjectIdentity(c.Args[0], c.Args[1]), "externalId")
}

// update is PUT /v1/klasses/{name}/{id}: neither klass nor customer change.
func (h kobjectHandlers) update(c *router.Call) router.Answer {
	if h.ofPath(c) == nil {
		return h.Errors.NotFound("id")
	}
	r, refused := h.updated(c, store.KObject, c.Args[1])
	if refused != nil {
		return *refused
	}
	return h.revise(c, r, c.Fields(), "klass", "customer", "company", "title")
}

// remove is DELETE /v1/klasses/{name}/{id}.
func (h kobjectHandlers) remove(c *router.Call) router.Answer {
	r := h.ofPath(c)
	if r == nil || r.Deleted {
		return h.removeGone(r)
	}
	return h.removeOne(c, r)
}

// listOfCustomer pages through the KObjects of one klass that a customer has.
func (h kobjectHandlers) listOfCustomer(c *router.Call) router.Answer {
	owner := h.Store.Live(store.Customer, c.Args[0])
	if owner == nil || h.Store.EnabledKlass(c.Args[1]) == nil {
		return h.Errors.NotFound("id")
	}
	return h.page(c, owner.Children, func(r *store.Record) bool { return r.Kind == store.KObject && r.Klass() == c.Args[1] })
}

// listOfCompany pages through the KObjects of one klass that name a company.
func (h kobjectHandlers) listOfCompany(c *router.Call) router.Answer {
	if h.Store.Live(store.Company, c.Args[0]) == nil || h.Store.EnabledKlass(c.Args[1]) == nil {
		return h.Errors.NotFound("id")
	}
	return h.page(c, h.Store.All(store.KObject), ofKlass(c.Args[1]), func(r *store.Record) bool {
		return wire.Text(r.Document(), "company") == c.Args[0]
	})
}
