package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// merging is one merge of two customers (kustomer-api.md 5.5).
type merging struct {
	id             string
	source, target *object
	at             time.Time
}

// merge answers POST /v1/customers/merges.
func (x *exchange) merge() reply {
	var body struct{ Source, Target string }
	if json.Unmarshal(x.body, &body) != nil {
		return x.s.problem(http.StatusBadRequest, "badparam", "the body is no JSON object", "")
	}
	s := x.s
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	source, target := s.store.byID[body.Source], s.store.byID[body.Target]
	if field := cannotMerge(source, target, "customer"); field != "" {
		return s.problem(http.StatusBadRequest, "badparam", "Customer not found", field)
	}
	return reply{status: http.StatusCreated, body: encode(map[string]any{"data": s.mergeDocument(s.mergeInto(source, target, ""))})}
}

// cannotMerge names the side of a merge that is wrong, "" when none is.
func cannotMerge(source, target *object, kind string) string {
	switch {
	case source == nil, source.gone, source.kind != kind:
		return "source"
	case target == nil, target.gone, target.kind != kind, source == target:
		return "target"
	}
	return ""
}

// mergeInto merges two objects of a kind: the target takes over identifiers and children, the source is gone. The
// caller holds the store's lock.
func (s *service) mergeInto(source, target *object, by string) merging {
	m := merging{id: fmt.Sprintf("65aec0ffee%014x", len(s.store.merges)+1), source: source, target: target, at: time.Now()}
	if source.kind == "customer" {
		s.store.merges = append(s.store.merges, m)
		s.takeOver(source, target)
	}
	for _, child := range s.store.objects {
		if child.parentID == source.id {
			child.parentID = target.id
			child.rev++
		}
	}
	source.into = target
	target.rev, target.modifiedBy = target.rev+1, by
	s.lose(source, by)
	s.claim(target)
	return m
}

// takeOver gives a customer the addresses of another one and, where look-ups are to find the survivor by it, its
// externalId. Lists that exist already are not changed: answers and history may show them.
func (s *service) takeOver(source, target *object) {
	for _, name := range []string{"emails", "phones"} {
		from, _ := source.attributes[name].([]any)
		to, _ := target.attributes[name].([]any)
		if len(from) > 0 {
			target.set(name, append(append([]any{}, to...), from...))
		}
	}
	if cmp.Or(s.opts.Merged.LookUps, NotFound) != Survivor {
		return
	}
	var list []any
	for _, o := range []*object{target, source} {
		more, _ := o.attributes["externalIds"].([]any)
		if len(more) == 0 && o.externalID != "" {
			more = []any{map[string]any{"externalId": o.externalID, "verified": true}}
		}
		list = append(list, more...)
	}
	if len(list) > 0 {
		target.set("externalIds", list)
	}
}

// listMerges answers GET /v1/customers/{id}/merges, also for a customer that is gone (kustomer-api.md 17.18).
func (s *service) listMerges(id string) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := s.store.byID[id]
	if o == nil || o.kind != "customer" || o.gone && s.opts.MergesGone {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "id")
	}
	list := []any{}
	for _, m := range s.store.merges {
		if m.source == o || m.target == o {
			list = append(list, s.mergeDocument(m))
		}
	}
	return reply{status: http.StatusOK, body: encode(map[string]any{"data": list, "meta": map[string]any{"page": 1, "pageSize": 100}})}
}

func (s *service) mergeDocument(m merging) map[string]any {
	at := m.at.UTC().Format("2006-01-02T15:04:05.000Z")
	return map[string]any{
		"type": "customer_merge", "id": m.id, "attributes": map[string]any{"status": "success", "createdAt": at, "updatedAt": at},
		"relationships": map[string]any{
			"org": relation("org", s.orgID()), "source": relation("customer", m.source.id), "target": relation("customer", m.target.id),
		},
	}
}

// mergeTarget reads a path that is for merges.
func mergeTarget(method string, parts []string) (target, bool) {
	path := strings.Join(parts, "/")
	switch {
	case method == http.MethodPost && path == "customers/merges":
		return target{op: merge, kind: "customer"}, true
	case method == http.MethodGet && len(parts) == 3 && parts[0] == "customers" && parts[2] == "merges":
		return target{op: listMerges, kind: "customer", id: parts[1]}, true
	case method == http.MethodDelete && len(parts) == 2 && kinds[parts[0]] != "":
		return target{op: remove, kind: kinds[parts[0]], id: parts[1]}, true
	}
	return target{}, false
}
