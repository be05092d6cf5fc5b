package resources

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// routingHandlers are the endpoints of queues, and of the work items and sessions in them (kustomer-api.md 13). The
// specification names no roles for queues: these follow the pattern of the others.
type routingHandlers struct{ *objects }

func routing(o *objects) resource {
	h := routingHandlers{o}
	queues, items, sessions := router.Roles("queue", "read"), router.Roles("work_item", "read"), router.Roles("work_session", "read")
	byStatus := map[string]string{"status": "status"}
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/routing/queues", Roles: queues, Handle: o.listAll(store.Queue, map[string]string{"key": "name", "system": "system"})},
			{Method: "GET", Path: "/v1/routing/queues/{id}", Roles: queues, Handle: o.get(store.Queue)},
			{Method: "GET", Path: "/v1/routing/queues/{id}/work-items", Roles: items, Handle: h.listInQueue(store.WorkItem, byStatus)},
			{Method: "GET", Path: "/v1/routing/queues/{id}/work-items/next", Roles: items, Handle: h.nextWorkItem},
			{Method: "GET", Path: "/v1/routing/queues/{id}/work-sessions", Roles: sessions, Handle: h.listInQueue(store.WorkSession, map[string]string{"statusType": "statusType"})},
			{Method: "GET", Path: "/v1/routing/work-items", Roles: items, Handle: o.listAll(store.WorkItem, byStatus)},
			{Method: "GET", Path: "/v1/routing/work-items/{id}", Roles: items, Handle: o.get(store.WorkItem)},
		},
		views: map[store.Kind]view{
			store.Queue:       {collection: "routing/queues"},
			store.WorkItem:    {collection: "routing/work-items", relations: queueRelation},
			store.WorkSession: {collection: "routing/work-sessions", relations: queueRelation},
		},
	}
}

func queueRelation(_ *store.Record, rel, doc wire.Document) {
	if queue := wire.Text(doc, "queue"); queue != "" {
		rel["queue"] = wire.Document{"data": wire.Document{"type": "queue", "id": queue}, "links": wire.Document{"self": "/v1/routing/queues/" + queue}}
	}
}

// listInQueue pages through the work items or sessions of a queue. fields is as for listAll.
func (h routingHandlers) listInQueue(k store.Kind, fields map[string]string) handler {
	return func(c *router.Call) router.Answer {
		if h.Store.Live(store.Queue, c.Args[0]) == nil {
			return h.Errors.NotFound("id")
		}
		return h.page(c, h.Store.All(k), inQueue(c.Args[0]), matching(c, fields))
	}
}

func inQueue(id string) filter {
	return func(r *store.Record) bool { return wire.Text(r.Document(), "queue") == id }
}

// nextWorkItem is GET /v1/routing/queues/{id}/work-items/next: the first that waits.
func (h routingHandlers) nextWorkItem(c *router.Call) router.Answer {
	for _, r := range h.Store.All(store.WorkItem) {
		if doc := r.Document(); inQueue(c.Args[0])(r) && wire.Text(doc, "status") == "queued" {
			return h.shown(c, http.StatusOK, r, doc)
		}
	}
	return h.Errors.NotFound("id")
}
