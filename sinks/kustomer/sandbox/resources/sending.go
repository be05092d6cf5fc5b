package resources

import (
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// sendOrWait sends a draft that is due, sets the clock for one that waits, and answers with it.
func (h draftHandlers) sendOrWait(c *router.Call, r *store.Record) router.Answer {
	doc := r.Document()
	at, waits := sendTimeOf(doc)
	due := waits && !time.Now().Before(at)
	if due {
		doc["status"] = draftSent
	}
	a := h.shown(c, http.StatusOK, r, doc)
	if due {
		if err := h.send(r); err != nil {
			return h.Errors.Broken(err)
		}
	} else if waits {
		h.wait(r, at)
	}
	return a
}

// wait sends a draft later, unless it is deleted or its sendAt is later still by then.
func (h draftHandlers) wait(r *store.Record, at time.Time) {
	h.Later(at, func() error {
		due, waits := sendTimeOf(r.Document())
		if r.Deleted || !waits || time.Now().Before(due) {
			return nil
		}
		return h.send(r)
	})
}

// resume sets the clock for the drafts that an earlier process left waiting.
func (h draftHandlers) resume() {
	for _, r := range h.Store.All(store.Draft) {
		if at, waits := sendTimeOf(r.Document()); waits && !r.Deleted {
			h.wait(r, at)
		}
	}
}

// send removes a draft and records what it becomes: a note, or a message that has left for its customer, which the
// log of deliveries shows.
func (h draftHandlers) send(r *store.Record) error {
	doc := r.Document()
	var changes []store.Change
	conversation := wire.Text(doc, "conversation")
	if conversation == "" {
		opened := h.newConversation(r.Parent, doc)
		conversation = opened.ID
		changes = append(changes, opened)
	}
	if wire.Text(doc, "channel") == "note" {
		changes = append(changes, h.Store.Creation(store.Note, newDocument(wire.Document{
			"body": doc["body"], "userMentions": doc["userMentions"], "conversation": conversation, "lang": doc["lang"],
		})))
	} else {
		sent := h.Store.Creation(store.Message, newDocument(sentMessage(doc, conversation)))
		delivery := h.Store.Creation(store.Delivery, newDocument(delivered(doc, r, conversation, sent.ID)))
		changes = append(changes, sent, delivery)
	}
	_, err := h.Store.Commit(append(changes, r.Removal())...)
	return err
}

// newConversation is the change that makes a conversation for a draft that has none.
func (h draftHandlers) newConversation(owner *store.Record, body wire.Document) store.Change {
	return h.Store.Creation(store.Conversation, newDocument(wire.Document{
		"customer": owner.ID.String(), "direction": "out", "name": body["subject"],
	}))
}

// sentMessage is the message that a draft becomes.
func sentMessage(doc wire.Document, conversation string) wire.Document {
	app := wire.Text(doc, "app")
	if app == "" {
		app = wire.Text(doc, "channel")
	}
	meta := wire.Document{}
	for _, name := range []string{"to", "from", "cc", "bcc", "subject", "replyTo", "headers", "meta"} {
		if doc[name] != nil {
			meta[name] = doc[name]
		}
	}
	return wire.Document{
		"channel": doc["channel"], "app": app, "direction": "out", "directionType": "followup-out", "status": "sent", "sentAt": wire.Now(),
		"preview": doc["body"], "subject": doc["subject"], "auto": doc["auto"], "source": doc["source"], "lang": doc["lang"],
		"conversation": conversation, "meta": meta,
	}
}

// delivered is an entry of the log of deliveries.
func delivered(doc wire.Document, r *store.Record, conversation, message string) wire.Document {
	entry := wire.Document{
		"draft": r.ID.String(), "customer": r.Parent.ID.String(), "conversation": conversation, "message": message, "deliveredAt": wire.Now(),
	}
	for _, name := range []string{"channel", "app", "to", "from", "cc", "bcc", "subject", "body", "meta", "attachments"} {
		if doc[name] != nil {
			entry[name] = doc[name]
		}
	}
	return entry
}
