package resources

import (
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// draftHandlers are the endpoints of drafts, which need no role but to read (kustomer-api.md 8).
type draftHandlers struct{ *objects }

func drafts(o *objects) resource {
	h := draftHandlers{o}
	return resource{
		routes: []router.Route{
			{Method: "POST", Path: "/v1/customers/{id}/drafts", Body: schema.NewDraft, Handle: h.create},
			{Method: "GET", Path: "/v1/customers/{id}/drafts", Roles: router.Roles("draft", "read"), Handle: o.listUnder(store.Customer, store.Draft)},
			{Method: "PUT", Path: "/v1/drafts/{id}", Body: schema.DraftUpdate, Handle: h.update},
			{Method: "DELETE", Path: "/v1/drafts/{id}", Handle: o.remove(store.Draft)},
		},
		views: map[store.Kind]view{
			store.Draft:    {collection: "drafts", defaults: wire.Members(wire.Document{"status": draftUnsent}), relations: draftRelations},
			store.Delivery: {collection: "deliveries"},
		},
		resume: h.resume,
	}
}

// The states of a draft.
const (
	draftUnsent    = "draft"
	draftScheduled = "scheduled"
	draftSent      = "sent"
)

func draftRelations(_ *store.Record, rel, doc wire.Document) {
	if conversation := wire.Text(doc, "conversation"); conversation != "" {
		rel["conversation"] = wire.Link("/v1/conversations/"+conversation, "conversation", conversation)
	}
}

// create is POST /v1/customers/{id}/drafts. What the documents say of sendAt does not agree; here a draft without one
// stays unsent, one with scheduled and a later sendAt waits, and any other is sent at once.
func (h draftHandlers) create(c *router.Call) router.Answer {
	owner := h.Store.Live(store.Customer, c.Args[0])
	if owner == nil {
		return h.Errors.NotFound("id")
	}
	body := c.Fields()
	if refused := h.refuseReferences(body, owner); refused != nil {
		return *refused
	}
	if !h.Budget.Create(owner.ID, "draft", false) {
		return h.Errors.TooMany("rate limit of drafts created for one customer exceeded")
	}
	doc := newDocument(body)
	doc["customer"] = owner.ID.String()
	at, given := sendTimeOf(body)
	if given && doc["scheduled"] != true {
		at = time.Now()
	}
	setSending(doc, at, given)
	var before []store.Change
	if c.Query.Get("createConversation") == "true" && doc["conversation"] == nil {
		opened := h.newConversation(owner, body)
		doc["conversation"] = opened.ID
		before = append(before, opened)
	}
	a := h.insert(c, store.Draft, "", doc, before...)
	if a.Status != http.StatusCreated {
		return a
	}
	return h.sendOrWait(c, a.Record)
}

// refuseReferences refuses a customer or a conversation that does not fit.
func (h draftHandlers) refuseReferences(body wire.Document, owner *store.Record) *router.Answer {
	if id := wire.Text(body, "customer"); id != "" && id != owner.ID.String() {
		return new(h.Errors.BadParam("customer", "The customer is not the one of the path", ""))
	}
	if id := wire.Text(body, "conversation"); id != "" {
		if conversation := h.Store.Live(store.Conversation, id); conversation == nil || conversation.Parent != owner {
			return new(h.Errors.BadParam("conversation", "Conversation not found", ""))
		}
	}
	return nil
}

// sendTimeOf is when a body wants its draft sent.
func sendTimeOf(body wire.Document) (time.Time, bool) {
	return wire.ParseTime(wire.Text(body, "sendAt"))
}

// setSending notes in a draft when it is to be sent, if it is.
func setSending(doc wire.Document, at time.Time, given bool) {
	delete(doc, "sendAt")
	delete(doc, "scheduled")
	doc["status"] = draftUnsent
	if given {
		doc["status"], doc["sendAt"] = draftScheduled, wire.FormatTime(at)
	}
}

// update is PUT /v1/drafts/{id}: a sendAt schedules, an empty one unschedules, none changes nothing. A draft whose
// sendAt has passed is sent at once.
func (h draftHandlers) update(c *router.Call) router.Answer {
	r := h.Store.Live(store.Draft, c.Args[0])
	if r == nil {
		return h.Errors.NotFound("id")
	}
	body, doc := c.Fields(), r.Document()
	if body["channel"] != doc["channel"] {
		return h.Errors.BadParam("channel", "The channel of a draft cannot change", "")
	}
	if refused := h.refuseReferences(body, r.Parent); refused != nil {
		return *refused
	}
	at, given := sendTimeOf(body)
	if _, named := body["sendAt"]; !named {
		at, given = sendTimeOf(doc)
	}
	overlay(doc, body)
	setSending(doc, at, given)
	if a := h.save(c, r, doc); a.Status != http.StatusOK {
		return a
	}
	return h.sendOrWait(c, r)
}
