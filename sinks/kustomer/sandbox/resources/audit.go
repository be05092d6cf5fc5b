package resources

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// maxAudit is the largest page of the audit log (kustomer-api.md 19).
const maxAudit = 1000

// auditedKinds are the objects that the audit log tells about: neither notes nor KObjects.
var auditedKinds = []store.Kind{store.Customer, store.Conversation, store.Message, store.Company}

// keptAudit is how many entries the log keeps at least; from twice as many on the older ones go.
const keptAudit = 50_000

// auditHandlers keep and show the audit log: updates, deletes and merges, and of creations those of messages
// (kustomer-api.md 19). It is kept in memory alone: a sandbox that is opened again begins with an empty one.
type auditHandlers struct {
	*objects
	noted int // entries so far
	log   []auditEntry
}

// auditEntry is one line of the log.
type auditEntry struct {
	n             int // from 1 on
	at            time.Time
	of            *store.Record
	verb          string
	before, after []byte // documents
}

func audit(o *objects) resource {
	h := &auditHandlers{objects: o}
	roles := []string{"org.permission.audit_logs.read", "org.admin.audit_logs.read", "org.user.audit_logs.read"}
	return resource{
		routes: []router.Route{{Method: "GET", Path: "/v1/audit-logs", Roles: roles, Handle: h.list}},
		watch:  h.note,
	}
}

// note takes a change of an object into the log. before is the document that it had, nil for a new one.
func (h *auditHandlers) note(r *store.Record, before []byte) {
	verb := "update"
	switch {
	case h.Rules.NoAudit:
		return
	case r.Kind == store.CustomerMerge:
		h.noteMerge(wire.Text(r.Document(), "source"))
		return
	case !slices.Contains(auditedKinds, r.Kind), before == nil && r.Kind != store.Message:
		return
	case before == nil:
		verb = "create"
	case r.Deleted:
		verb = "delete"
	}
	if len(h.log) == 2*keptAudit {
		h.log = slices.Clone(h.log[keptAudit:])
	}
	h.noted++
	h.log = append(h.log, auditEntry{n: h.noted, at: time.Now(), of: r, verb: verb, before: before, after: r.Doc})
}

// noteMerge makes a merge of the deletion of its source, which came with it.
func (h *auditHandlers) noteMerge(source string) {
	for i := range slices.Backward(h.log) {
		if e := &h.log[i]; e.verb == "delete" && e.of.ID.String() == source {
			e.verb = "merge"
			return
		}
	}
}

// user is who did it; the user of the key where no document names another.
func (h *auditHandlers) user(e auditEntry) string {
	doc := documentOf(e.after)
	if e.verb == "create" {
		return cmp.Or(wire.Text(doc, "createdBy"), h.userID())
	}
	return cmp.Or(wire.Text(doc, "modifiedBy"), h.userID())
}

func documentOf(text []byte) wire.Document {
	v, err := wire.Decode(text)
	if d, ok := v.(wire.Document); ok && err == nil {
		return d
	}
	return wire.Document{}
}

// changedAttributes are the attributes that two documents do not share.
func changedAttributes(before, after wire.Document) wire.Document {
	changes := wire.Document{}
	for _, side := range []wire.Document{before, after} {
		for name := range side {
			old, now := before[name], after[name]
			if string(wire.JSON(old)) != string(wire.JSON(now)) && !slices.Contains([]string{"updatedAt", "modifiedBy"}, name) {
				op := map[bool]string{true: "set", false: "unset"}[now != nil]
				changes[name] = wire.Document{"op": op, "before": old, "after": now}
			}
		}
	}
	return changes
}

// list is GET /v1/audit-logs, the newest entry first. after names the entry behind which a page begins.
func (h *auditHandlers) list(c *router.Call) router.Answer {
	q := c.Query
	count, ok := positive(q, "count", maxPage)
	if !ok || count > maxAudit {
		return h.Errors.BadParam("count", fmt.Sprintf("count must be a number from 1 to %d", maxAudit), "")
	}
	if q.Get("filter[objectId]") != "" && q.Get("filter[objectType]") == "" {
		return h.Errors.BadParam("filter[objectId]", "filter[objectId] needs filter[objectType]", "")
	}
	from, until, refused := h.span(c)
	if refused != nil {
		return *refused
	}
	first, ok := positive(q, "after", h.noted+1)
	if !ok {
		return h.Errors.BadParam("after", "after is no cursor of this log", "")
	}
	items, next := []any{}, any(nil)
	for _, e := range slices.Backward(h.log) {
		if e.n >= first || e.at.Before(from) || e.at.After(until) || !h.fits(e, q.Get) {
			continue
		}
		if len(items) == count {
			q.Set("after", strconv.Itoa(e.n+1))
			next = c.Request.URL.EscapedPath() + "?" + q.Encode()
			break
		}
		items = append(items, h.document(e))
	}
	return router.Answer{Status: http.StatusOK, Body: wire.JSON(wire.Document{
		"data": items, "links": wire.Document{"self": c.Request.URL.RequestURI(), "next": next},
	})}
}

// span reads from when until when entries are wanted. What is newer than the delay is not shown.
func (h *auditHandlers) span(c *router.Call) (from, until time.Time, refused *router.Answer) {
	until = time.Now().Add(-h.Rules.AuditDelay)
	for _, name := range []string{"filter[start]", "filter[end]"} {
		text := c.Query.Get(name)
		if text == "" {
			continue
		}
		t, ok := wire.ParseTime(text)
		switch {
		case !ok:
			return from, until, new(h.Errors.BadParam(name, "Format validation failed (date-time expected)", ""))
		case name == "filter[start]":
			from = t
		case t.Before(until):
			until = t
		}
	}
	return from, until, nil
}

// fits compares an entry with the filters of a query.
func (h *auditHandlers) fits(e auditEntry, query func(string) string) bool {
	for _, f := range []struct {
		name string
		is   func() string
	}{
		{"objectType", e.of.Kind.String}, {"objectId", e.of.ID.String}, {"userId", func() string { return h.user(e) }},
	} {
		if want := query("filter[" + f.name + "]"); want != "" && want != f.is() {
			return false
		}
	}
	return true
}

// document is an entry as an answer shows it.
func (h *auditHandlers) document(e auditEntry) wire.Document {
	at, kind := wire.FormatTime(e.at), e.of.Kind.String()
	changes := wire.Document{"relationships": wire.Document{}}
	if e.before != nil {
		changes["attributes"] = changedAttributes(documentOf(e.before), documentOf(e.after))
	}
	return wire.Document{"type": "audit_log", "id": fmt.Sprintf("%024x", e.n), "attributes": wire.Document{
		"eventName": "kustomer." + kind + "." + e.verb, "eventVerb": e.verb, "objectType": kind, "objectId": e.of.ID.String(),
		"userId": h.user(e), "userType": "user", "client": "api", "createdAt": at, "publishedAt": at, "changes": changes,
	}}
}
