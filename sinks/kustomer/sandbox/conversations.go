package sandbox

import "slices"

// createConversation is POST /v1/conversations, which names the customer in its body, and POST
// /v1/customers/{id}/conversations (kustomer-api.md 6).
func (s *Server) createConversation(c *call) answer {
	body := c.fields()
	inPath := len(c.args) > 0
	customerID := textOf(body, "customer")
	if inPath {
		customerID = c.args[0]
	}
	owner := s.live(customer, customerID)
	if owner == nil && inPath {
		return s.notFound("id")
	}
	if owner == nil {
		return s.badParam("customer", "Customer not found", "")
	}
	if !s.budget.create(owner, conversation, body) {
		return s.tooMany("rate limit of conversations created for one customer exceeded")
	}
	doc := newDocument(body)
	doc["customer"] = owner.id.String()
	return s.insert(c, conversation, textOf(body, "id"), doc)
}

// updateConversation is PATCH and PUT /v1/conversations/{id}. A body with customer moves the
// conversation and may hold nothing else (kustomer-api.md 1.8).
func (s *Server) updateConversation(c *call) answer {
	r := s.live(conversation, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	body := c.fields()
	target, moves := body["customer"].(string)
	if moves && len(body) > 1 {
		return s.badParam("", `Data is valid against more than one schema from "oneOf": indices 0 and 1`, "/oneOf")
	}
	if moves && s.live(customer, target) == nil {
		return s.badParam("customer", "Customer not found", "")
	}
	return s.revise(c, r, body, "customer")
}

// addTags is POST /v1/conversations/{id}/tags, with a list of tags as its body.
func (s *Server) addTags(c *call) answer {
	return s.changeTags(c, func(old, given []any) []any {
		for _, tag := range given {
			if !slices.Contains(old, tag) {
				old = append(old, tag)
			}
		}
		return old
	})
}

// removeTags is DELETE /v1/conversations/{id}/tags, a DELETE with a body.
func (s *Server) removeTags(c *call) answer {
	return s.changeTags(c, func(old, given []any) []any {
		return slices.DeleteFunc(old, func(tag any) bool { return slices.Contains(given, tag) })
	})
}

func (s *Server) changeTags(c *call, change func(old, given []any) []any) answer {
	r := s.live(conversation, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	if !s.budget.update(r) {
		return s.tooMany("rate limit of updates to one object exceeded")
	}
	doc := r.document()
	old, _ := doc["tags"].([]any)
	given, _ := c.body.([]any)
	overlay(doc, document{"tags": change(old, given)})
	return s.update(c, r, doc)
}
