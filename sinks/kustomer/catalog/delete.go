package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

const goneIsDone = "An object that Kustomer does not know counts as deleted, whether it was deleted before or never was: that cannot be told."

// deleteOf is a sink that deletes objects by their ids.
func deleteOf(object, path string) sinks.Spec {
	return sinks.Spec{
		Name: "delete_" + object, Object: object, Kind: sinks.Changes, Target: targetID, Destructive: true,
		Create: []sinks.Route{{Method: http.MethodDelete, Path: path}},
		Fields: []sinks.Field{targetField(object)},
		Roles: []sinks.Role{{For: "delete", AnyOf: []string{
			"org.permission." + object + ".delete", "org.user." + object + ".delete",
		}}},
		NotFields: []sinks.NotField{{Name: "externalId", Hint: "map id; find gives it for an externalId"}},
		Notes:     []string{goneIsDone},
	}
}

// deleteCustomer is the catalog entry of delete_customer (kustomer-api.md 5.1).
func deleteCustomer() sinks.Spec {
	s := deleteOf("customer", "/v1/customers/{id}")
	s.Doc = "Deletes a customer."
	s.Example = `id: "{{ .kustomer_id }}"`
	return s
}

// deleteConversation is the catalog entry of delete_conversation (kustomer-api.md 6.1).
func deleteConversation() sinks.Spec {
	s := deleteOf("conversation", "/v1/conversations/{id}")
	s.Doc = "Deletes a conversation with its messages and notes."
	s.Example = `id: "{{ .conversation_id }}"`
	return s
}

// deleteKObject is the catalog entry of delete_kobject (kustomer-api.md 9.3).
func deleteKObject() sinks.Spec {
	s := deleteOf("kobject", "/v1/klasses/{klass}/{id}")
	s.Doc = "Deletes a KObject."
	s.Object, s.Params = kobjectKind, []string{"klass"}
	s.Fields = append(s.Fields, klassParam())
	s.Roles = []sinks.Role{{For: "delete", AnyOf: kobjectRoles("delete", "delete")}}
	s.Notes = append(s.Notes, "So does any object of a klass that Kustomer does not know: check the name of the klass.")
	s.Example = `klass: order
id: "{{ .kobject_id }}"`
	return s
}

// deleteDraft is the catalog entry of delete_draft, which needs no role (kustomer-api.md 8).
func deleteDraft() sinks.Spec {
	s := deleteOf("draft", "/v1/drafts/{id}")
	s.Doc = "Deletes a draft, so that it is never sent."
	s.Roles, s.NotFields = nil, nil
	s.Notes = append(s.Notes, "A draft that was sent is one that Kustomer does not know any more.")
	s.Example = `id: "{{ .draft_id }}"`
	return s
}
