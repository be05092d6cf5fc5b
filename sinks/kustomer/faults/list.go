package faults

import (
	"net/http"
	"strconv"
)

// list answers a page of the objects of a kind, of all or below a parent, in the order in which they were made; those
// that are gone are left out (kustomer-api.md 19). The messages of a customer are those of its conversations.
func (x *exchange) list() reply {
	s := x.s
	query := x.r.URL.Query()
	size, page := min(numberIn(query.Get("pageSize"), 100), 100), numberIn(query.Get("page"), 1)
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if x.to.parentID != "" {
		parent, refused := s.reach(s.store.byID[x.to.parentID], x.to.parentKind, reads, "id")
		if refused != nil {
			return *refused
		}
		x.to.parentID = parent.id
	}
	all := []any{}
	for _, o := range s.store.objects {
		if o.kind == x.to.kind && !o.gone && (x.to.parentID == "" || s.store.isBelow(o, x.to.parentID)) {
			all = append(all, s.document(*o))
		}
	}
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	links := map[string]any{"next": nil}
	if to < len(all) {
		query.Set("page", strconv.Itoa(page+1))
		links["next"] = x.r.URL.EscapedPath() + "?" + query.Encode()
	}
	return reply{status: http.StatusOK, body: encode(map[string]any{
		"data": all[from:to], "links": links, "meta": map[string]any{"page": page, "pageSize": size, "total": len(all)},
	})}
}

// isBelow reports whether an object belongs to one with that id, or to something that does.
func (s *store) isBelow(o *object, id string) bool {
	for o != nil && o.parentID != "" {
		if o.parentID == id {
			return true
		}
		o = s.byID[o.parentID]
	}
	return false
}

// listTarget reads a path that is for a list.
func listTarget(method string, parts []string) (target, bool) {
	switch {
	case method != http.MethodGet:
	case len(parts) == 1 && kinds[parts[0]] != "":
		return target{op: listObjects, kind: kinds[parts[0]]}, true
	case len(parts) == 3 && kinds[parts[0]] != "" && kinds[parts[2]] != "" && parts[0] != parts[2]:
		return target{op: listObjects, kind: kinds[parts[2]], parentKind: kinds[parts[0]], parentID: parts[1]}, true
	}
	return target{}, false
}
