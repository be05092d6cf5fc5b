package sandbox

import "slices"

// adminOnly are the members of a message that are honoured only for a key with org.admin; for
// others they are silently left out (kustomer-api.md 1.3).
var adminOnly = []string{"createdAt", "createdBy", "modifiedAt", "modifiedBy"}

// messageFields is the body less what the key may not set.
func (c *call) messageFields() document {
	body := c.fields()
	if c.admin() {
		return body
	}
	allowed := document{}
	for name, v := range body {
		if !slices.Contains(adminOnly, name) {
			allowed[name] = v
		}
	}
	return allowed
}

// createMessage is POST /v1/messages: the conversation must exist (kustomer-api.md 7.2).
func (s *Server) createMessage(c *call) answer {
	id := textOf(c.fields(), "conversation")
	if id == "" {
		return s.badParam("", "Missing required property: conversation", "/required")
	}
	thread := s.live(conversation, id)
	if thread == nil {
		return s.badParam("conversation", "Conversation not found", "")
	}
	return s.addMessage(c, thread)
}

// createConversationMessage is POST /v1/conversations/{id}/messages.
func (s *Server) createConversationMessage(c *call) answer {
	thread := s.live(conversation, c.args[0])
	if thread == nil {
		return s.notFound("id")
	}
	if other := textOf(c.fields(), "conversation"); other != "" && other != thread.id.String() {
		return s.badParam("conversation", "The conversation is not the one of the path", "")
	}
	return s.addMessage(c, thread)
}

// createCustomerMessage is POST /v1/customers/{id}/messages. Without a conversation a new one is
// opened for the message.
func (s *Server) createCustomerMessage(c *call) answer {
	owner := s.live(customer, c.args[0])
	if owner == nil {
		return s.notFound("id")
	}
	id := textOf(c.fields(), "conversation")
	if id == "" {
		return s.openWith(c, owner)
	}
	thread := s.live(conversation, id)
	if thread == nil || thread.parent != owner {
		return s.badParam("conversation", "Conversation not found", "")
	}
	return s.addMessage(c, thread)
}

// addMessage records a message in a conversation. An inbound one reopens it when it is done.
func (s *Server) addMessage(c *call, thread *record) answer {
	body := c.messageFields()
	if other := textOf(body, "customer"); other != "" && other != thread.parent.id.String() {
		return s.badParam("customer", "The customer is not the one of the conversation", "")
	}
	if !s.budget.create(thread.parent, message, body) {
		return s.tooMany("rate limit of messages created for one customer exceeded")
	}
	doc := s.messageDocument(body, thread)
	var before []change
	if s.reopens(thread, doc) {
		reopened := thread.document()
		overlay(reopened, document{"status": "open"})
		before = append(before, next(thread, appendJSON(nil, reopened)))
	}
	return s.insert(c, message, textOf(body, "id"), doc, before...)
}

// reopens says whether a message makes a conversation that is done open again (kustomer-api.md 6.5).
func (s *Server) reopens(thread *record, doc document) bool {
	if statuses[thread.status] != "done" || doc["direction"] != "in" || s.opts.Reopen == ReopenNever {
		return false
	}
	return s.opts.Reopen == ReopenAlways || doc["importedAt"] == nil
}

// openWith opens a conversation for a message that names only its customer. The two stand or
// fall together.
func (s *Server) openWith(c *call, owner *record) answer {
	body := c.messageFields()
	if !s.budget.create(owner, message, body) {
		return s.tooMany("rate limit of messages created for one customer exceeded")
	}
	thread := newDocument(document{
		"customer": owner.id.String(), "direction": body["direction"],
		"name": body["subject"], "importedAt": body["importedAt"],
	})
	id := s.store.newID()
	doc := s.messageDocument(body, &record{id: id})
	return s.insert(c, message, textOf(body, "id"), doc,
		change{Type: conversation.String(), ID: id.String(), Rev: 1, Doc: appendJSON(nil, thread)})
}

// messageDocument is what is kept of a message: customer and conversation follow from the thread.
func (s *Server) messageDocument(body document, thread *record) document {
	doc := newDocument(body)
	delete(doc, "customer")
	doc["conversation"] = thread.id.String()
	if doc["direction"] == nil {
		doc["direction"] = "in"
	}
	doc["directionType"] = directionType(thread, doc["direction"] == "out")
	return doc
}

// directionType says how a message relates to the one before it (kustomer-api.md 7.2).
func directionType(thread *record, outbound bool) string {
	way := "in"
	if outbound {
		way = "out"
	}
	for _, last := range slices.Backward(thread.children) {
		switch {
		case last.kind != message:
			continue
		case last.outbound != outbound:
			return "response-" + way
		}
		return "followup-" + way
	}
	return "initial-" + way
}

// updateMessage is PATCH and PUT /v1/messages/{id} (kustomer-api.md 7.4).
func (s *Server) updateMessage(c *call) answer {
	r := s.live(message, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	body := c.messageFields()
	if target := textOf(body, "conversation"); target != "" && s.live(conversation, target) == nil {
		return s.badParam("conversation", "Conversation not found", "")
	}
	return s.revise(c, r, body, "conversation", "channel", "app", "direction", "directionType")
}

// lookupMessageUpper and lookupMessageLower are the two spellings that the specifications give
// for the look-up of a message (kustomer-api.md 4.2). Where a spelling is switched off, the path
// reads as an id that no message has.
func (s *Server) lookupMessageUpper(c *call) answer {
	return s.lookupMessage(c, LookupsLower)
}

func (s *Server) lookupMessageLower(c *call) answer {
	return s.lookupMessage(c, LookupsUpper)
}

func (s *Server) lookupMessage(c *call, off Lookups) answer {
	if s.opts.Lookups == off {
		return s.notFound("id")
	}
	return lookup(messageExternalID)(s, c)
}
