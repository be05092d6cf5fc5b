package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// conversationMerges is what a person can do in the app and no endpoint does (kustomer-api.md 20.2).
type conversationMerges struct{ *objects }

// merge merges the first conversation of the arguments into the second: messages and notes move there with their
// times, and the first is deleted, with the second as its mergedTarget.
func (h conversationMerges) merge(c *router.Call) router.Answer {
	source, target := h.Store.Live(store.Conversation, c.Args[0]), h.Store.Live(store.Conversation, c.Args[1])
	if source == nil || target == nil || source == target {
		return h.Errors.NotFound("id")
	}
	changes := []store.Change{}
	for _, child := range source.Children {
		if !child.Deleted {
			moved := child.Document()
			moved["conversation"] = target.ID.String()
			changes = append(changes, child.Update(moved))
		}
	}
	last, doc := source.Document(), target.Document()
	last["mergedTarget"] = target.ID.String()
	doc["updatedAt"] = wire.Now()
	takeOver(c, last, nil)
	takeOver(c, doc, nil)
	changes = append(changes, source.RemovalWith(last), target.Update(doc))
	if _, err := h.Store.Commit(changes...); err != nil {
		return h.Errors.Broken(err)
	}
	return router.Answer{Status: 200, Record: target}
}
