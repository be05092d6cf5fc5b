package resources

import (
	"net/http"
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// redactionHandlers take content out of messages, which cannot be deleted (kustomer-api.md 7.4, 20.1).
type redactionHandlers struct{ *objects }

func redactions(o *objects) resource {
	h := redactionHandlers{o}
	roles := []string{"org.permission.message_redaction.create", "org.admin.message.write"}
	return resource{routes: []router.Route{
		{Method: "POST", Path: "/v1/messages/{id}/redactions", Roles: roles, Body: schema.Redaction, Handle: h.create},
	}}
}

// create is POST /v1/messages/{id}/redactions: the preview or the meta of the body takes the place of the message's,
// and attachments that it names are gone. What a redaction looks like in an answer is not documented; this shows the
// message.
func (h redactionHandlers) create(c *router.Call) router.Answer {
	r, refused := h.updated(c, store.Message, c.Args[0])
	if refused != nil {
		return *refused
	}
	body := c.Fields()
	if len(body) != 1 {
		return h.Errors.BadParam("", "One of preview, attachments and meta is needed", "/oneOf")
	}
	doc := r.Document()
	if named, ok := body["attachments"].([]any); ok {
		kept, _ := doc["attachments"].([]any)
		body = wire.Document{"attachments": slices.DeleteFunc(kept, func(a any) bool { return slices.Contains(named, attachmentID(a)) })}
	}
	overlay(doc, body)
	doc["redacted"] = true
	takeOver(c, doc, nil)
	a := h.save(c, r, doc)
	if a.Status == http.StatusOK {
		a.Status = http.StatusCreated
	}
	return a
}

// attachmentID is the id of an attachment of a message: messages hold ids, or objects with an _id.
func attachmentID(a any) any {
	if d, ok := a.(wire.Document); ok {
		return d["_id"]
	}
	return a
}
