package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

const maxItems = 100 // of a batch (kustomer-api.md 10)

// submit accepts a batch, unless something is wrong with one of its items: then nothing of it is done.
func (x *exchange) submit() reply {
	s := x.s
	var items []map[string]any
	if err := json.Unmarshal(x.body, &items); err != nil || len(items) == 0 || len(items) > maxItems {
		return s.problem(http.StatusBadRequest, "badparam", fmt.Sprintf("the body is no array of 1 to %d objects", maxItems), "")
	}
	j := &job{to: target{op: x.to.act, kind: x.to.kind}, refs: s.opts.Jobs.Refs == RefsNamed && items[0]["_clientRef"] != nil}
	refs := map[string]bool{}
	for n, fields := range items {
		item, field, why := s.newItem(j.to, fields, refs)
		if why != "" {
			return s.problem(http.StatusBadRequest, "badparam", why, strconv.Itoa(n)+"."+field)
		}
		j.items = append(j.items, item)
	}
	if len(refs) > 0 && len(refs) < len(items) {
		return s.problem(http.StatusBadRequest, "badparam", "_clientRef must be on every item or on none, and on one only", "_clientRef")
	}
	if meet := x.rule.fault.job; meet != nil {
		meet(j, x.rule.arg)
	}
	s.add(j)
	echo := x.body
	if s.opts.Jobs.Brief {
		echo = nil
	}
	status := http.StatusCreated
	if x.to.kind == "message" { // kustomer-api.md 10
		status = http.StatusOK
	}
	return reply{status: status, body: encode(map[string]any{"data": j.document(echo)})}
}

// newItem checks an item of a batch.
func (s *service) newItem(to target, fields map[string]any, refs map[string]bool) (item jobItem, field, why string) {
	if ref, there := fields["_clientRef"]; there {
		if item.ref, _ = ref.(string); s.opts.Jobs.Refs == RefsRefused || item.ref == "" {
			return item, "_clientRef", "Additional properties not allowed"
		}
		refs[item.ref] = true
		delete(fields, "_clientRef")
	}
	if to.op == update {
		if item.id, _ = fields["id"].(string); item.id == "" {
			return item, "id", "Missing required property: id"
		}
		delete(fields, "id")
	}
	item.fields = fields
	if s.rules.pick(Event{Method: onCheck, Kind: to.kind, Object: item.name()}).fault.on == onCheck {
		return item, "name", "String is too strange"
	}
	field, why = complaint(to, fields)
	return item, field, why
}

// numberIn reads a number of a query.
func numberIn(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}
