package resources

import (
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// messageHandlers are the endpoints of messages (kustomer-api.md 7).
type messageHandlers struct{ *objects }

func messages(o *objects) resource {
	h := messageHandlers{o}
	read := router.Roles("message", "read")
	update := o.updateInConversation(store.Message, "conversation", "channel", "app", "direction", "directionType") // (kustomer-api.md 7.4)
	// Kustomer lists org.admin for these endpoints too.
	writers := func(action string) []string { return append(router.Roles("message", action), "org.admin") }
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/customers/{id}/messages", Roles: read, Handle: o.listUnder(store.Customer, store.Message)},
			{Method: "POST", Path: "/v1/customers/{id}/messages", Roles: writers("create"), Body: schema.NewCustomerMessage, Handle: h.createForCustomer},
			{Method: "GET", Path: "/v1/conversations/{id}/messages", Roles: read, Handle: o.listUnder(store.Conversation, store.Message)},
			{Method: "POST", Path: "/v1/conversations/{id}/messages", Roles: writers("create"), Body: schema.NewConversationMessage, Handle: h.createInConversation},
			{Method: "POST", Path: "/v1/messages", Roles: router.Roles("message", "create"), Body: schema.NewMessage, Handle: h.create},
			{Method: "GET", Path: "/v1/messages", Roles: read, Handle: o.listAll(store.Message, nil)},
			{Method: "GET", Path: "/v1/messages/externalId={v}", Roles: read, Handle: h.lookupUnless(LookupsLower)},
			{Method: "GET", Path: "/v1/messages/externalid={v}", Roles: read, Handle: h.lookupUnless(LookupsUpper)},
			{Method: "GET", Path: "/v1/messages/{id}", Roles: read, Handle: o.get(store.Message)},
			{Method: "PATCH", Path: "/v1/messages/{id}", Roles: writers("update"), Body: schema.MessageUpdate, Handle: update},
			{Method: "PUT", Path: "/v1/messages/{id}", Roles: writers("update"), Body: schema.MessageUpdate, Handle: update},
		},
		operations: []operation{
			{kind: store.Message, action: "create", status: 200, fields: schema.NewMessageFields, required: []string{"channel", "app"}, handle: h.create},
			{kind: store.Message, action: "update", status: 200, fields: schema.MessageUpdateFields, handle: update},
		},
		views: map[store.Kind]view{store.Message: {collection: "messages", defaults: messageDefaults, attributes: messageAttributes}},
	}
}

// messageDefaults are the attributes that an answer shows when nothing set them (kustomer-api.md 7.3).
var messageDefaults = wire.Members(wire.Document{
	"externalId": nil, "preview": "", "subject": nil, "size": wire.Raw("0"), "meta": wire.Raw("{}"),
	"sentiment": wire.Raw("{}"), "lang": nil, "auto": false, "redacted": false, "attachments": wire.Raw("[]"),
})

// create is POST /v1/messages: the conversation must exist (kustomer-api.md 7.2).
func (h messageHandlers) create(c *router.Call) router.Answer {
	id := wire.Text(c.Fields(), "conversation")
	if id == "" {
		return h.Errors.BadParam("", "Missing required property: conversation", "/required")
	}
	if refused := h.refuseConversation(c.Fields()); refused != nil {
		return *refused
	}
	return h.add(c, h.Store.Live(store.Conversation, id))
}

// createInConversation is POST /v1/conversations/{id}/messages.
func (h messageHandlers) createInConversation(c *router.Call) router.Answer {
	conversation, refused := h.conversationOfPath(c)
	if refused != nil {
		return *refused
	}
	return h.add(c, conversation)
}

// createForCustomer is POST /v1/customers/{id}/messages. Without a conversation a new one is opened for the message.
func (h messageHandlers) createForCustomer(c *router.Call) router.Answer {
	owner := h.Store.Live(store.Customer, c.Args[0])
	if owner == nil {
		return h.Errors.NotFound("id")
	}
	id := wire.Text(c.Fields(), "conversation")
	if id == "" {
		return h.openConversation(c, owner)
	}
	conversation := h.Store.Live(store.Conversation, id)
	if conversation == nil || conversation.Parent != owner {
		return h.Errors.BadParam("conversation", "Conversation not found", "")
	}
	return h.add(c, conversation)
}

// add records a message in a conversation. An inbound one reopens it when it is done.
func (h messageHandlers) add(c *router.Call, conversation *store.Record) router.Answer {
	body := allowedFields(c)
	if other := wire.Text(body, "customer"); other != "" && other != conversation.Parent.ID.String() {
		return h.Errors.BadParam("customer", "The customer is not the one of the conversation", "")
	}
	if !h.mayCreate(conversation.Parent, body) {
		return h.tooMany()
	}
	doc := messageDocument(body, conversation.ID, conversation.Children)
	var before []store.Change
	if h.reopens(conversation, doc) {
		reopened := conversation.Document()
		overlay(reopened, wire.Document{"status": "open"})
		before = append(before, conversation.Update(reopened))
	}
	return h.insert(c, store.Message, wire.Text(body, "id"), doc, before...)
}

func (h messageHandlers) mayCreate(owner *store.Record, body wire.Document) bool {
	return h.Budget.Create(owner.ID, "message", body["importedAt"] != nil)
}

func (h messageHandlers) tooMany() router.Answer {
	return h.Errors.TooMany("rate limit of messages created for one customer exceeded")
}

// reopens reports whether a message makes a conversation that is done open again (kustomer-api.md 6.5).
func (h messageHandlers) reopens(conversation *store.Record, doc wire.Document) bool {
	if conversation.Status() != "done" || doc["direction"] != "in" || h.Rules.Reopen == ReopenNever {
		return false
	}
	return h.Rules.Reopen == ReopenAlways || doc["importedAt"] == nil
}

// openConversation opens a conversation for a message that names only its customer. The two stand or fall together.
func (h messageHandlers) openConversation(c *router.Call, owner *store.Record) router.Answer {
	body := allowedFields(c)
	if !h.mayCreate(owner, body) {
		return h.tooMany()
	}
	conversation := h.Store.Creation(store.Conversation, newDocument(wire.Document{
		"customer": owner.ID.String(), "direction": body["direction"],
		"name": body["subject"], "importedAt": body["importedAt"],
	}))
	id, _ := wire.ParseID(conversation.ID)
	return h.insert(c, store.Message, wire.Text(body, "id"), messageDocument(body, id, nil), conversation)
}

// messageDocument is what is kept of a message in a conversation, after its earlier messages: the customer follows
// from the conversation.
func messageDocument(body wire.Document, conversation wire.ID, earlier []*store.Record) wire.Document {
	doc := newDocument(body)
	delete(doc, "customer")
	doc["conversation"] = conversation.String()
	if doc["direction"] == nil {
		doc["direction"] = "in"
	}
	doc["directionType"] = directionType(earlier, doc["direction"] == "out")
	return doc
}

// directionType says how a message relates to the one before it (kustomer-api.md 7.2).
func directionType(earlier []*store.Record, outbound bool) string {
	direction := "in"
	if outbound {
		direction = "out"
	}
	for _, last := range slices.Backward(earlier) {
		switch {
		case last.Kind != store.Message:
			continue
		case last.Outbound != outbound:
			return "response-" + direction
		}
		return "followup-" + direction
	}
	return "initial-" + direction
}

// lookupUnless looks a message up by one of the two spellings that the specifications give (kustomer-api.md 4.2).
// Where the spelling is switched off, the path reads as an id that no message has.
func (h messageHandlers) lookupUnless(off Lookups) handler {
	lookup := h.lookup(store.MessageExternalID, "externalId")
	return func(c *router.Call) router.Answer {
		if h.Rules.Lookups == off {
			return h.Errors.NotFound("id")
		}
		return lookup(c)
	}
}

// messageAttributes adds what follows from the direction and the time of a message.
func messageAttributes(r *store.Record, a wire.Document) {
	if a["sentAt"] == nil {
		a["sentAt"] = a["createdAt"]
	}
	if a["status"] == nil {
		a["status"] = "received"
		if r.Outbound {
			a["status"] = "sent"
		}
	}
}
