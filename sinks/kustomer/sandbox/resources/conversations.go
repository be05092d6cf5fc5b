package resources

import (
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// conversationHandlers are the endpoints of conversations (kustomer-api.md 6).
type conversationHandlers struct{ *objects }

func conversations(o *objects) resource {
	h := conversationHandlers{o}
	create, read, update, remove := router.Roles("conversation", "create"), router.Roles("conversation", "read"), router.Roles("conversation", "update"), router.Roles("conversation", "delete")
	untag := []string{"org.permission.conversation.delete", "org.user.conversation.write"}
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/customers/{id}/conversations", Roles: read, Handle: o.listUnder(store.Customer, store.Conversation)},
			{Method: "POST", Path: "/v1/customers/{id}/conversations", Roles: create, Body: schema.NewCustomerConversation, Handle: h.create},
			{Method: "POST", Path: "/v1/conversations", Roles: create, Body: schema.NewConversation, Handle: h.create},
			{Method: "GET", Path: "/v1/conversations", Roles: read, Handle: o.listAll(store.Conversation, nil)},
			{Method: "GET", Path: "/v1/conversations/externalId={v}", Roles: read, Handle: o.lookup(store.ConversationExternalID, "externalId")},
			{Method: "GET", Path: "/v1/conversations/{id}", Roles: read, Handle: o.get(store.Conversation)},
			{Method: "PATCH", Path: "/v1/conversations/{id}", Roles: update, Body: schema.ConversationUpdate, Handle: h.update},
			{Method: "PUT", Path: "/v1/conversations/{id}", Roles: update, Body: schema.ConversationUpdate, Handle: h.update},
			{Method: "DELETE", Path: "/v1/conversations/{id}", Roles: remove, Handle: o.remove(store.Conversation)},
			{Method: "POST", Path: "/v1/conversations/{id}/tags", Roles: update, Body: schema.Tags, Handle: h.addTags},
			{Method: "DELETE", Path: "/v1/conversations/{id}/tags", Roles: untag, Body: schema.Tags, Handle: h.removeTags},
		},
		operations: []operation{
			{kind: store.Conversation, action: "create", status: 201, fields: schema.NewConversationFields, required: []string{"customer"}, handle: h.create},
			{kind: store.Conversation, action: "update", status: 201, fields: schema.ConversationUpdateFields, handle: h.update},
			{kind: store.Conversation, action: "delete", status: 201, handle: o.remove(store.Conversation)},
		},
		views: map[store.Kind]view{store.Conversation: {
			collection: "conversations", defaults: conversationDefaults, attributes: conversationAttributes,
			relations: func(r *store.Record, rel, _ wire.Document) { rel["messages"] = o.messagesLink(r) },
		}},
	}
}

// conversationDefaults are the attributes that an answer shows when nothing set them (kustomer-api.md 6.4).
var conversationDefaults = wire.Members(wire.Document{
	"name": nil, "externalId": nil, "status": "open", "priority": wire.Raw("3"), "direction": "in",
	"satisfaction": wire.Raw("0"), "satisfactionLevel": wire.Raw("{}"), "tags": wire.Raw("[]"),
	"suggestedTags": wire.Raw("[]"), "sentiment": wire.Raw("{}"), "assignedUsers": wire.Raw("[]"),
	"assignedTeams": wire.Raw("[]"), "replyChannel": nil, "noteCount": wire.Raw("0"), "ended": false,
})

// create is POST /v1/conversations, which names the customer in its body, and POST /v1/customers/{id}/conversations.
func (h conversationHandlers) create(c *router.Call) router.Answer {
	body := c.Fields()
	inPath := len(c.Args) > 0
	customerID := wire.Text(body, "customer")
	if inPath {
		customerID = c.Args[0]
	}
	owner := h.Store.Live(store.Customer, customerID)
	if owner == nil && inPath {
		return h.Errors.NotFound("id")
	}
	if owner == nil {
		return h.Errors.BadParam("customer", "Customer not found", "")
	}
	if !h.Budget.Create(owner.ID, "conversation", body["importedAt"] != nil) {
		return h.Errors.TooMany("rate limit of conversations created for one customer exceeded")
	}
	doc := newDocument(body)
	doc["customer"] = owner.ID.String()
	return h.insert(c, store.Conversation, wire.Text(body, "id"), doc)
}

// update is PATCH and PUT /v1/conversations/{id}. A body with customer moves the conversation and may hold nothing
// else (kustomer-api.md 1.8).
func (h conversationHandlers) update(c *router.Call) router.Answer {
	r, refused := h.updated(c, store.Conversation, c.Args[0])
	if refused != nil {
		return *refused
	}
	body := c.Fields()
	target, moves := body["customer"].(string)
	if moves && len(body) > 1 {
		return h.Errors.BadParam("", `Data is valid against more than one schema from "oneOf": indices 0 and 1`, "/oneOf")
	}
	if moves && h.Store.Live(store.Customer, target) == nil {
		return h.Errors.BadParam("customer", "Customer not found", "")
	}
	return h.revise(c, r, body, "customer")
}

// addTags is POST /v1/conversations/{id}/tags, with a list of tags as its body.
func (h conversationHandlers) addTags(c *router.Call) router.Answer {
	return h.changeTags(c, func(old, named []any) []any {
		for _, tag := range named {
			if !slices.Contains(old, tag) {
				old = append(old, tag)
			}
		}
		return old
	})
}

// removeTags is DELETE /v1/conversations/{id}/tags, a DELETE with a body.
func (h conversationHandlers) removeTags(c *router.Call) router.Answer {
	return h.changeTags(c, func(old, named []any) []any {
		return slices.DeleteFunc(old, func(tag any) bool { return slices.Contains(named, tag) })
	})
}

func (h conversationHandlers) changeTags(c *router.Call, change func(old, named []any) []any) router.Answer {
	r, refused := h.updated(c, store.Conversation, c.Args[0])
	if refused != nil {
		return *refused
	}
	if !h.Budget.Update(r.ID) {
		return h.Errors.TooMany("rate limit of updates to one object exceeded")
	}
	doc := r.Document()
	old, _ := doc["tags"].([]any)
	named, _ := c.Body.([]any)
	overlay(doc, wire.Document{"tags": change(old, tagNames(h.Store, named))})
	return h.save(c, r, doc)
}

// conversationAttributes counts messages and notes (kustomer-api.md 6.4).
func conversationAttributes(r *store.Record, a wire.Document) {
	outbound, messages, notes := 0, 0, 0
	seen := []string{}
	var last *store.Record
	for _, m := range r.Children {
		if m.Kind == store.Note && !m.Deleted {
			notes++
		}
		if m.Kind != store.Message {
			continue
		}
		messages++
		if m.Outbound {
			outbound++
		}
		if name := m.Channel(); !slices.Contains(seen, name) {
			seen = append(seen, name)
		}
		if last == nil || m.Time >= last.Time {
			last = m
		}
	}
	a["channels"], a["messageCount"], a["outboundMessageCount"] = seen, messages, outbound
	a["noteCount"] = notes
	if last != nil {
		a["lastMessageAt"] = wire.FormatTime(time.UnixMilli(last.Time))
		a["lastMessageDirection"] = "in"
		if last.Outbound {
			a["lastMessageDirection"] = "out"
		}
	}
}
