package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// Destroys lists the requests that delete, merge or redact: none of it can be undone (kustomer-api.md 20). Updates of
// companies, conversations and notes, single and in bulk, delete by the member deleted, and PUT of an attachment removes
// it by the member redacted. A tag that is taken off a conversation can be put back.
func Destroys() []sinks.Destroy {
	return []sinks.Destroy{
		{Method: http.MethodDelete, Except: "/v1/conversations/*/tags", Does: "deletes"},
		{Part: "merges", Does: "merges"},
		{Part: "redactions", Does: "redacts"},
		{Member: "deleted", Does: "deletes"},
		{Member: "redacted", Does: "redacts"},
	}
}
