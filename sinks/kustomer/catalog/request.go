package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// anyRequest is the catalog entry of request, for what no other sink does. What delivers or cannot be
// undone has sinks of its own, which ask for leave.
func anyRequest() sinks.Spec {
	path := required(sinks.Field{
		Name: "path", Type: sinks.Path, MaxLen: 2048, Pattern: `^/v1/.`,
		Doc: "the path below /v1/, percent-encoded where it must be, without a query",
		Reserved: []sinks.NotField{
			{Name: "drafts", Hint: "use create_draft_note, postpone_draft or delete_draft, or send_message with deliver: true"},
			{Name: "forwards", Hint: "this sends an e-mail, which the sink does not do"},
			{Name: "merges", Hint: "use merge_customers"},
		},
	})
	method := required(wordField("method", "POST, PUT, PATCH or DELETE, written out", http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete))
	return sinks.Spec{
		Name:   "request",
		Doc:    "Makes any request below /v1/ that no other sink makes.",
		Object: "request",
		Kind:   sinks.Acts,
		Target: "path",
		Params: []string{"method"},
		Choices: []sinks.Choice{
			{Value: http.MethodPost, Kind: sinks.Acts},
			{Value: http.MethodPut, Kind: sinks.Changes},
			{Value: http.MethodPatch, Kind: sinks.Changes},
			{Value: http.MethodDelete, Kind: sinks.Changes, Destructive: true},
		},
		Create: []sinks.Route{{Method: "{method}", Path: "{+path}", Body: "body"}},
		Fields: []sinks.Field{method, path, {Name: "body", Type: sinks.Free, Doc: "any JSON; without it none is sent"}},
		Notes: []string{
			"Fields, limits and roles of the request are not known to kustsync, so nothing of it is checked before it is sent.",
			"A POST that may have happened is left in doubt for kustsync resolve; the others are sent again.",
			"What deletes, merges or redacts needs --allow-destructive: method: DELETE, a path with redactions, a body with deleted or redacted.",
			"The id in the ledger is the one that the answer shows, and - when it shows none.",
		},
		NotFields: []sinks.NotField{
			{Name: "url", Hint: "map path, from /v1/ on"},
			{Name: "query", Hint: "leave it out; the sink takes no query"},
			{Name: "headers", Hint: "leave it out; kustsync sets the headers"},
			{Name: "id", Hint: "put it into path"},
		},
		Example: `method: PUT
path: "/v1/klasses/{{ .klass_id }}"
body: { displayName: "{{ .label }}" }`,
	}
}
