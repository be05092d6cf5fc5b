package resources

import (
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// adminOnly are the members of messages and notes that are honoured only for a key with org.admin; for others they
// are silently left out (kustomer-api.md 1.3).
var adminOnly = []string{"createdAt", "createdBy", "modifiedAt", "modifiedBy"}

// allowedFields is the body of a call without what its key may not set.
func allowedFields(c *router.Call) wire.Document {
	body := c.Fields()
	if c.IsAdmin() {
		return body
	}
	allowed := wire.Document{}
	for name, v := range body {
		if !slices.Contains(adminOnly, name) {
			allowed[name] = v
		}
	}
	return allowed
}

// updateInConversation is PATCH and PUT of a message or a note, which may move it to another conversation. keep is as
// for revise.
func (o *objects) updateInConversation(k store.Kind, keep ...string) handler {
	return func(c *router.Call) router.Answer {
		r, refused := o.updated(c, k, c.Args[0])
		if refused != nil {
			return *refused
		}
		body := allowedFields(c)
		if refused := o.refuseConversation(body); refused != nil {
			return *refused
		}
		return o.revise(c, r, body, keep...)
	}
}

// sign names the person who acts as the author of a document; nobody, where the user of the key acts.
func sign(c *router.Call, doc wire.Document, member string) {
	if c.Author != "" && doc[member] == nil {
		doc[member] = c.Author
	}
}

// takeOver makes who acts the last one who changed a document, unless the body names another.
func takeOver(c *router.Call, doc, body wire.Document) {
	if body["modifiedBy"] == nil {
		delete(doc, "modifiedBy")
		sign(c, doc, "modifiedBy")
	}
	if c.Author != "" {
		delete(doc, "modifiedAt")
	}
}
