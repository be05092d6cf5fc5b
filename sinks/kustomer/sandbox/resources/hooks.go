package resources

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// hookHandlers are the endpoints of hooks, whose path names their kind: web, form or email (kustomer-api.md 13). The
// specification names no roles for them: these follow the pattern of the others.
type hookHandlers struct{ *objects }

func hooks(o *objects) resource {
	h := hookHandlers{o}
	read := router.Roles("hook", "read")
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/hooks/{kind}", Roles: read, Handle: h.list},
			{Method: "GET", Path: "/v1/hooks/{kind}/{id}", Roles: read, Handle: h.get},
		},
		views: map[store.Kind]view{store.Hook: {collection: "hooks/web"}},
	}
}

func (h hookHandlers) list(c *router.Call) router.Answer {
	return h.page(c, h.Store.All(store.Hook), func(r *store.Record) bool { return wire.Text(r.Document(), "hook") == c.Args[0] })
}

func (h hookHandlers) get(c *router.Call) router.Answer {
	if r := h.Store.Live(store.Hook, c.Args[1]); r != nil && wire.Text(r.Document(), "hook") == c.Args[0] {
		return h.shown(c, http.StatusOK, r, r.Document())
	}
	return h.Errors.NotFound("id")
}
