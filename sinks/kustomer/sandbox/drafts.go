package sandbox

import (
	"net/http"
	"time"
)

// The states of a draft.
const (
	draftUnsent    = "draft"
	draftScheduled = "scheduled"
	draftSent      = "sent"
)

// createDraft is POST /v1/customers/{id}/drafts. What the documents say of sendAt does not agree;
// here a draft without one stays unsent, one with scheduled and a later sendAt waits, and any
// other is sent at once (kustomer-api.md 8).
func (s *Server) createDraft(c *call) answer {
	owner := s.live(customer, c.args[0])
	if owner == nil {
		return s.notFound("id")
	}
	body := c.fields()
	if refused := s.draftProblem(body, owner); refused != nil {
		return *refused
	}
	if !s.budget.create(owner, draft, nil) {
		return s.tooMany("rate limit of drafts created for one customer exceeded")
	}
	doc := newDocument(body)
	doc["customer"] = owner.id.String()
	at, given := sendTimeOf(body)
	if given && doc["scheduled"] != true {
		at = time.Now()
	}
	setSending(doc, at, given)
	var before []change
	if c.query.Get("createConversation") == "true" && doc["conversation"] == nil {
		opened := s.opening(owner, body)
		doc["conversation"] = opened.ID
		before = append(before, opened)
	}
	a := s.insert(c, draft, "", doc, before...)
	if a.status != http.StatusCreated {
		return a
	}
	return s.scheduled(c, a.record)
}

// draftProblem refuses a customer or a conversation that does not fit.
func (s *Server) draftProblem(body document, owner *record) *answer {
	if id := textOf(body, "customer"); id != "" && id != owner.id.String() {
		return refusal(s.badParam("customer", "The customer is not the one of the path", ""))
	}
	if id := textOf(body, "conversation"); id != "" {
		if thread := s.live(conversation, id); thread == nil || thread.parent != owner {
			return refusal(s.badParam("conversation", "Conversation not found", ""))
		}
	}
	return nil
}

// sendTimeOf is when a body wants its draft sent.
func sendTimeOf(body document) (time.Time, bool) { return parseTime(textOf(body, "sendAt")) }

// setSending notes in a draft when it is to be sent, if it is.
func setSending(doc document, at time.Time, given bool) {
	delete(doc, "sendAt")
	delete(doc, "scheduled")
	doc["status"] = draftUnsent
	if given {
		doc["status"], doc["sendAt"] = draftScheduled, stamped(at)
	}
}

// updateDraft is PUT /v1/drafts/{id}: a sendAt schedules, an empty one unschedules, none changes
// nothing (kustomer-api.md 8). Of a sendAt that has passed the draft is sent at once.
func (s *Server) updateDraft(c *call) answer {
	r := s.live(draft, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	body, doc := c.fields(), r.document()
	if body["channel"] != doc["channel"] {
		return s.badParam("channel", "The channel of a draft cannot change", "")
	}
	if refused := s.draftProblem(body, r.parent); refused != nil {
		return *refused
	}
	at, given := sendTimeOf(body)
	_, named := body["sendAt"]
	if !named {
		at, given = sendTimeOf(doc)
	}
	overlay(doc, body)
	setSending(doc, at, given)
	if a := s.update(c, r, doc); a.status != http.StatusOK {
		return a
	}
	return s.scheduled(c, r)
}

// scheduled sends a draft that is due, sets the clock for one that waits, and answers with it.
func (s *Server) scheduled(c *call, r *record) answer {
	doc := r.document()
	at, waits := sendTimeOf(doc)
	due := waits && !time.Now().Before(at)
	if due {
		doc["status"] = draftSent
	}
	a := s.shown(c, http.StatusOK, r, doc)
	if due {
		if err := s.sendDraft(r); err != nil {
			return s.broken(err)
		}
	} else if waits {
		s.wait(r, at)
	}
	return a
}

// wait sends a draft later, unless it is gone or put off by then.
func (s *Server) wait(r *record, at time.Time) {
	time.AfterFunc(time.Until(at), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		due, waits := sendTimeOf(r.document())
		if s.closed || s.failed != nil || r.deleted || !waits || time.Now().Before(due) {
			return
		}
		s.failed = s.sendDraft(r)
	})
}

// sendDraft removes a draft and records what it becomes: a note, or a message that has left for
// its customer, which the log of deliveries shows.
func (s *Server) sendDraft(r *record) error {
	doc := r.document()
	var changes []change
	thread := textOf(doc, "conversation")
	if thread == "" {
		opened := s.opening(r.parent, doc)
		thread = opened.ID
		changes = append(changes, opened)
	}
	if textOf(doc, "channel") == "note" {
		changes = append(changes, s.born(note, document{
			"body": doc["body"], "userMentions": doc["userMentions"], "conversation": thread, "lang": doc["lang"],
		}))
	} else {
		sent := s.born(message, sentMessage(doc, thread))
		changes = append(changes, sent, s.born(delivery, delivered(doc, r, thread, sent.ID)))
	}
	_, err := s.commit(append(changes, change{Type: draft.String(), ID: r.id.String(), Rev: r.rev + 1, Deleted: true})...)
	return err
}

// opening is a new conversation for a draft that has none.
func (s *Server) opening(owner *record, body document) change {
	return s.born(conversation, document{"customer": owner.id.String(), "direction": "out", "name": body["subject"]})
}

// born is the change that makes an object of a document without identities.
func (s *Server) born(k kind, body document) change {
	return change{Type: k.String(), ID: s.store.newID().String(), Rev: 1, Doc: appendJSON(nil, newDocument(body))}
}

func sentMessage(doc document, thread string) document {
	app := textOf(doc, "app")
	if app == "" {
		app = textOf(doc, "channel")
	}
	meta := document{}
	for _, name := range []string{"to", "from", "cc", "bcc", "subject", "replyTo", "headers", "meta"} {
		if doc[name] != nil {
			meta[name] = doc[name]
		}
	}
	return document{
		"channel": doc["channel"], "app": app, "direction": "out", "directionType": "followup-out", "status": "sent", "sentAt": now(),
		"preview": doc["body"], "subject": doc["subject"], "auto": doc["auto"], "source": doc["source"], "lang": doc["lang"],
		"conversation": thread, "meta": meta,
	}
}

// delivered is an entry of the log of deliveries.
func delivered(doc document, r *record, thread, message string) document {
	entry := document{
		"draft": r.id.String(), "customer": r.parent.id.String(), "conversation": thread, "message": message, "deliveredAt": now(),
	}
	for _, name := range []string{"channel", "app", "to", "from", "cc", "bcc", "subject", "body", "meta", "attachments"} {
		if doc[name] != nil {
			entry[name] = doc[name]
		}
	}
	return entry
}

// resumeDrafts sets the clock for the drafts that an earlier process left waiting.
func (s *Server) resumeDrafts() {
	for _, r := range s.store.all[draft] {
		if at, waits := sendTimeOf(r.document()); waits && !r.deleted {
			s.wait(r, at)
		}
	}
}
