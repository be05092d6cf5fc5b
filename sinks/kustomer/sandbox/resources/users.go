package resources

import (
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// userHandlers are the endpoints of users: the machine user of the keys, and those of the sandbox
// (kustomer-api.md 13).
type userHandlers struct{ *objects }

func users(o *objects) resource {
	h := userHandlers{o}
	read := router.Roles("user", "read")
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/users/current", Handle: h.current},
			{Method: "GET", Path: "/v1/users", Roles: read, Handle: h.list},
			{Method: "GET", Path: "/v1/users/{id}", Roles: read, Handle: h.get},
		},
		views: map[store.Kind]view{store.User: {collection: "users"}},
	}
}

// current is GET /v1/users/current.
func (h userHandlers) current(c *router.Call) router.Answer { return single(h.machine(c)) }

// machine is the user of every key.
func (h userHandlers) machine(c *router.Call) wire.Document {
	return wire.Document{
		"type": "user", "id": h.userID(), "links": wire.Document{"self": "/v1/users/" + h.userID()},
		"attributes": wire.Document{
			"name": "Sandbox Key", "displayName": "Sandbox Key", "email": "key@sandbox.invalid",
			"userType": "machine", "roles": c.Roles, "createdAt": Opened, "updatedAt": Opened,
		},
		"relationships": wire.Document{"org": wire.OrgLink(h.Store.OrgID())},
	}
}

// list is GET /v1/users.
func (h userHandlers) list(c *router.Call) router.Answer {
	page, size, refused := h.pageOf(c, maxListed)
	if refused != nil {
		return *refused
	}
	items := []any{}
	machine := h.machine(c)
	if attributes, _ := machine["attributes"].(wire.Document); isAsked(c, attributes) {
		items = append(items, machine)
	}
	for _, r := range h.Store.All(store.User) {
		if doc := r.Document(); isAsked(c, doc) {
			items = append(items, h.resourceText(r, doc))
		}
	}
	from, to := min((page-1)*size, len(items)), min(page*size, len(items))
	return listed(c, items[from:to], page, size, to < len(items))
}

// isAsked reports whether a user is one that the query asks for.
func isAsked(c *router.Call, attributes wire.Document) bool {
	for _, name := range []string{"email", "userType"} {
		if want := c.Query.Get(name); want != "" && !strings.EqualFold(want, wire.Text(attributes, name)) {
			return false
		}
	}
	return true
}

// get is GET /v1/users/{id}, which also takes several ids with commas between them.
func (h userHandlers) get(c *router.Call) router.Answer {
	ids := strings.Split(c.Args[0], ",")
	if len(ids) == 1 && ids[0] == h.userID() {
		return h.current(c)
	}
	if len(ids) == 1 {
		return h.showOne(c, store.User, ids[0])
	}
	items := []any{}
	if slices.Contains(ids, h.userID()) {
		items = append(items, h.machine(c))
	}
	for _, r := range h.Store.All(store.User) {
		if slices.Contains(ids, r.ID.String()) {
			items = append(items, h.resourceText(r, r.Document()))
		}
	}
	return listed(c, items, 1, maxListed, false)
}
