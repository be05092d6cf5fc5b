package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// listGiven pages through the objects of a kind that only lists show. fields says which attribute
// each parameter of the query is compared with.
func listGiven(k kind, fields map[string]string) func(*Server, *call) answer {
	return func(s *Server, c *call) answer { return s.page(c, s.store.all[k], matching(c, fields)) }
}

// matching keeps what has the attributes that the query asks for.
func matching(c *call, fields map[string]string) func(*record) bool {
	return func(r *record) bool {
		doc := r.document()
		for parameter, attribute := range fields {
			if want := c.query.Get(parameter); want != "" && !strings.EqualFold(want, fmt.Sprint(doc[attribute])) {
				return false
			}
		}
		return true
	}
}

// listInQueue pages through the work items or sessions of a queue.
func listInQueue(k kind, fields map[string]string) func(*Server, *call) answer {
	return func(s *Server, c *call) answer {
		if s.live(queue, c.args[0]) == nil {
			return s.notFound("id")
		}
		return s.page(c, s.store.all[k], inQueue(c.args[0]), matching(c, fields))
	}
}

func inQueue(id string) func(*record) bool {
	return func(r *record) bool { return textOf(r.document(), "queue") == id }
}

// nextWorkItem is GET /v1/routing/queues/{id}/work-items/next: the first that waits.
func (s *Server) nextWorkItem(c *call) answer {
	for _, r := range s.store.all[workItem] {
		if doc := r.document(); inQueue(c.args[0])(r) && textOf(doc, "status") == "queued" {
			return s.shown(c, http.StatusOK, r, doc)
		}
	}
	return s.notFound("id")
}

// listHooks and getHook show the hooks of the kind that the path names.
func (s *Server) listHooks(c *call) answer {
	return s.page(c, s.store.all[hook], func(r *record) bool { return textOf(r.document(), "hook") == c.args[0] })
}

func (s *Server) getHook(c *call) answer {
	if r := s.live(hook, c.args[1]); r != nil && textOf(r.document(), "hook") == c.args[0] {
		return s.shown(c, http.StatusOK, r, r.document())
	}
	return s.notFound("id")
}

// listUsers is GET /v1/users: the machine user of the keys and the users of the sandbox
// (kustomer-api.md 13).
func (s *Server) listUsers(c *call) answer {
	page, size, refused := s.pageOf(c, maxListed)
	if refused != nil {
		return *refused
	}
	items := []any{}
	machine := s.user(c)
	if attributes, _ := machine["attributes"].(document); hasAll(c, attributes) {
		items = append(items, machine)
	}
	for _, r := range s.store.all[user] {
		if doc := r.document(); hasAll(c, doc) {
			items = append(items, rawBytes(s.appendResource(nil, r, doc)))
		}
	}
	from, to := min((page-1)*size, len(items)), min(page*size, len(items))
	return s.listed(c, items[from:to], page, size, to < len(items))
}

// hasAll says whether a user is one that the query asks for.
func hasAll(c *call, attributes document) bool {
	for _, name := range []string{"email", "userType"} {
		if want := c.query.Get(name); want != "" && !strings.EqualFold(want, textOf(attributes, name)) {
			return false
		}
	}
	return true
}

// getUser is GET /v1/users/{id}, which also takes several ids with commas between them.
func (s *Server) getUser(c *call) answer {
	ids := strings.Split(c.args[0], ",")
	if len(ids) == 1 && ids[0] == s.userID() {
		return s.currentUser(c)
	}
	if len(ids) == 1 {
		return s.showOne(c, user, ids[0])
	}
	items := []any{}
	if slices.Contains(ids, s.userID()) {
		items = append(items, s.user(c))
	}
	for _, r := range s.store.all[user] {
		if slices.Contains(ids, r.id.String()) {
			items = append(items, rawBytes(s.appendResource(nil, r, r.document())))
		}
	}
	return s.listed(c, items, 1, maxListed, false)
}
