package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// refuseCompany refuses a company that does not exist.
func (o *objects) refuseCompany(body wire.Document) *router.Answer {
	if id := wire.Text(body, "company"); id != "" && o.Store.Live(store.Company, id) == nil {
		return new(o.Errors.BadParam("company", "Company not found", ""))
	}
	return nil
}

// refuseConversation refuses a conversation that does not exist.
func (o *objects) refuseConversation(body wire.Document) *router.Answer {
	if id := wire.Text(body, "conversation"); id != "" && o.Store.Live(store.Conversation, id) == nil {
		return new(o.Errors.BadParam("conversation", "Conversation not found", ""))
	}
	return nil
}

// conversationOfPath finds the conversation that the path names, for an object that is made in it. A body that names
// another one is refused.
func (o *objects) conversationOfPath(c *router.Call) (*store.Record, *router.Answer) {
	conversation := o.Store.Live(store.Conversation, c.Args[0])
	if conversation == nil {
		return nil, new(o.Errors.NotFound("id"))
	}
	if other := wire.Text(c.Fields(), "conversation"); other != "" && other != conversation.ID.String() {
		return nil, new(o.Errors.BadParam("conversation", "The conversation is not the one of the path", ""))
	}
	return conversation, nil
}
