package sandbox

// createNote is POST /v1/notes, whose note belongs to no conversation, and in bulk one that names
// its conversation (kustomer-api.md 9.1).
func (s *Server) createNote(c *call) answer {
	id := textOf(c.fields(), "conversation")
	if id == "" {
		return s.insert(c, note, textOf(c.fields(), "id"), newDocument(c.messageFields()))
	}
	thread := s.live(conversation, id)
	if thread == nil {
		return s.badParam("conversation", "Conversation not found", "")
	}
	return s.addNote(c, thread)
}

// createConversationNote is POST /v1/conversations/{id}/notes.
func (s *Server) createConversationNote(c *call) answer {
	thread := s.live(conversation, c.args[0])
	if thread == nil {
		return s.notFound("id")
	}
	if other := textOf(c.fields(), "conversation"); other != "" && other != thread.id.String() {
		return s.badParam("conversation", "The conversation is not the one of the path", "")
	}
	return s.addNote(c, thread)
}

// addNote makes a note. No note is exempt from the limit (kustomer-api.md 2.3).
func (s *Server) addNote(c *call, thread *record) answer {
	if !s.budget.create(thread.parent, note, nil) {
		return s.tooMany("rate limit of notes created for one customer exceeded")
	}
	doc := newDocument(c.messageFields())
	doc["conversation"] = thread.id.String()
	return s.insert(c, note, textOf(c.fields(), "id"), doc)
}

// updateNote is PATCH and PUT /v1/notes/{id}.
func (s *Server) updateNote(c *call) answer {
	r := s.live(note, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	body := c.messageFields()
	if target := textOf(body, "conversation"); target != "" && s.live(conversation, target) == nil {
		return s.badParam("conversation", "Conversation not found", "")
	}
	return s.revise(c, r, body, "conversation", "body")
}
