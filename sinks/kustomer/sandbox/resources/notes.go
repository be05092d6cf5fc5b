package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// noteHandlers are the endpoints of notes (kustomer-api.md 9.1).
type noteHandlers struct{ *objects }

func notes(o *objects) resource {
	h := noteHandlers{o}
	create, read := router.Roles("note", "create"), router.Roles("note", "read")
	updaters := append(router.Roles("note", "update"), "org.admin")
	update := o.updateInConversation(store.Note, "conversation", "body")
	// The roles of POST /v1/conversations/{id}/notes as they are printed: the one that only reads looks like a slip,
	// so the one that writes is here too.
	createInConversation := append(router.Roles("note", "create"), "org.user.note.read", "org.admin")
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/conversations/{id}/notes", Roles: read, Handle: o.listUnder(store.Conversation, store.Note)},
			{Method: "POST", Path: "/v1/conversations/{id}/notes", Roles: createInConversation, Body: schema.NewConversationNote, Handle: h.createInConversation},
			{Method: "GET", Path: "/v1/customers/{id}/notes", Roles: read, Handle: o.listUnder(store.Customer, store.Note)},
			{Method: "POST", Path: "/v1/notes", Roles: create, Body: schema.NewNote, Handle: h.create},
			{Method: "GET", Path: "/v1/notes", Roles: read, Handle: o.listAll(store.Note, nil)},
			{Method: "GET", Path: "/v1/notes/{id}", Roles: read, Handle: o.get(store.Note)},
			{Method: "PATCH", Path: "/v1/notes/{id}", Roles: updaters, Body: schema.NotePatch, Handle: update},
			{Method: "PUT", Path: "/v1/notes/{id}", Roles: updaters, Body: schema.NotePut, Handle: update},
			{Method: "DELETE", Path: "/v1/notes/{id}", Roles: []string{"org.permission.note.delete", "org.user.note.write"}, Handle: o.remove(store.Note)},
		},
		operations: []operation{
			{kind: store.Note, action: "create", status: 201, fields: schema.NewNoteFields, required: []string{"conversation", "body"}, handle: h.create},
			{kind: store.Note, action: "update", status: 201, fields: schema.NoteUpdateFields, handle: update},
		},
		views: map[store.Kind]view{store.Note: {
			collection: "notes", defaults: wire.Members(wire.Document{"externalId": nil, "lang": nil}),
			attributes: func(_ *store.Record, a wire.Document) { delete(a, "userMentions") },
			relations: func(_ *store.Record, rel, doc wire.Document) {
				rel["userMentions"] = wire.Document{"data": mentions(doc["userMentions"])}
			},
		}},
	}
}

// create is POST /v1/notes, whose note belongs to no conversation, and in bulk one that names its conversation.
func (h noteHandlers) create(c *router.Call) router.Answer {
	id := wire.Text(c.Fields(), "conversation")
	if id == "" {
		return h.insert(c, store.Note, wire.Text(c.Fields(), "id"), newDocument(allowedFields(c)))
	}
	if refused := h.refuseConversation(c.Fields()); refused != nil {
		return *refused
	}
	return h.add(c, h.Store.Live(store.Conversation, id))
}

// createInConversation is POST /v1/conversations/{id}/notes.
func (h noteHandlers) createInConversation(c *router.Call) router.Answer {
	conversation, refused := h.conversationOfPath(c)
	if refused != nil {
		return *refused
	}
	return h.add(c, conversation)
}

// add makes a note in a conversation. No note is exempt from the limit (kustomer-api.md 2.3).
func (h noteHandlers) add(c *router.Call, conversation *store.Record) router.Answer {
	if !h.Budget.Create(conversation.Parent.ID, "note", false) {
		return h.Errors.TooMany("rate limit of notes created for one customer exceeded")
	}
	doc := newDocument(allowedFields(c))
	doc["conversation"] = conversation.ID.String()
	return h.insert(c, store.Note, wire.Text(c.Fields(), "id"), doc)
}

// mentions shows the users and teams that a note names.
func mentions(list any) []any {
	out := []any{}
	items, _ := list.([]any)
	for _, item := range items {
		d, _ := item.(wire.Document)
		for _, kind := range []string{"user", "team"} {
			if id := wire.Text(d, kind); id != "" {
				out = append(out, wire.Document{"type": kind, "id": id})
			}
		}
	}
	return out
}
