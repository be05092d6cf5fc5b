package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// createNote is the catalog entry of create_note (kustomer-api.md 9.1). No endpoint finds a note by its
// externalId, so that a note which may have been made is left for a person. A PATCH needs no field.
func createNote() sinks.Spec {
	return sinks.Spec{
		Name:   "create_note",
		Doc:    "Creates a note, which only agents see, in a conversation.",
		Object: "note",
		Create: []sinks.Route{{Method: http.MethodPost, Path: "/v1/conversations/{conversation}/notes"}},
		Update: &sinks.Route{Method: http.MethodPatch, Path: "/v1/notes/{id}"},
		Fields: noteFields(),
		Batch:  batches("/v1/notes/bulk", "conversation"), ExternalID: externalIDName,
		Roles: append(roles("note"),
			sinks.Role{For: "historical timestamps", AnyOf: []string{"org.admin"}}),
		Notes: []string{
			"Kustomer finds no note by its externalId: one that may have been made is left in doubt for kustsync resolve.",
			"Kustomer takes 120 new notes a minute for one customer, imported or not.",
			"Without the role org.admin Kustomer leaves createdAt, createdBy, modifiedAt and modifiedBy aside and says nothing.",
		},
		NotFields: []sinks.NotField{
			{Name: "customer", Hint: "leave it out; it is the customer of the conversation"},
			{Name: "preview", Hint: "map body, which is the text of a note"},
			{Name: "text", Hint: "map body, which is the text of a note"},
			{Name: "content", Hint: "map body, which is the text of a note"},
			{Name: "author", Hint: "map createdBy, with a key that has the role org.admin"},
			{Name: "user", Hint: "map createdBy, with a key that has the role org.admin"},
			{Name: "tags", Hint: "leave it out; map tags of the conversation"},
			{Name: "custom", Hint: "leave it out; a note has no custom attributes"},
			{Name: "sentAt", Hint: "map createdAt, with a key that has the role org.admin"},
		},
		Example: `conversation: "{{ .conversation_id }}"
body: "{{ .text }}"
importedAt: "{{ now }}"`,
	}
}

// noteFields lists the fields of kustomer-api.md 9.1.
func noteFields() []sinks.Field {
	conversation := required(idField("conversation", "id of the conversation that the note belongs to"))
	conversation.Aliases = []string{"conversation_id"}
	body := required(textField("body", 10240, "the text of the note"))
	body.MinLen = 1
	return []sinks.Field{
		conversation,
		body,
		externalIDField("the note's id in the source system; the step's key when it is not mapped"),
		mentionsField(),
		{Name: "attachments", Type: sinks.List, Items: new(attachmentOf()), Doc: "files that were uploaded before"},
		importedAtField("when the record was imported, for example {{ now }}; not changed by an update"),
		createdAtField("when the note was written; needs the role org.admin; not changed by an update"),
		timeField("modifiedAt", "when the record was changed; needs the role org.admin"),
		idField("createdBy", "id of the user who wrote it; needs the role org.admin"),
		idField("modifiedBy", "id of the user who changed it; needs the role org.admin"),
		textField("lang", 100, "language, like en_us"),
		updateOnly(timeField("updatedAt", "when the record was updated")),
		updateOnly(nullable(boolField("deleted", "whether it is deleted"))),
		clientIDField(),
	}
}

// mentionsField names those whom a note calls.
func mentionsField() sinks.Field {
	return sinks.Field{
		Name: "userMentions", Type: sinks.List, MaxItems: 20, Unique: true, Doc: "users and teams who are told of it, at most 20",
		Items: new(objectOf(idField("user", "id of the user"), idField("team", "id of the team"))),
	}
}

// attachmentOf is a file that was uploaded before (kustomer-api.md 11).
func attachmentOf() sinks.Field {
	return objectOf(
		required(idField("_id", "id of the attachment")),
		required(sinks.Field{Name: "name", Type: sinks.Text, Doc: "name of the file"}),
		required(sinks.Field{Name: "contentType", Type: sinks.Text, Doc: "its media type, like application/pdf"}),
		required(sinks.Field{Name: "contentLength", Type: sinks.Number, Doc: "its size in bytes"}),
		idField("sourceId", "id of the attachment that it is a copy of"),
	)
}

// updateNote is the catalog entry of update_note.
func updateNote() sinks.Spec {
	s := updateOf(createNote(), "update_note", "Updates the note that id names.", nil)
	s.Notes = []string{"Kustomer's own workflow action changes only notes that automations made, not those of agents; the same may hold here."}
	s.Batch.Needs = []string{"conversation", "body"}
	s.Example = `id: "{{ .note_id }}"
body: "{{ .text }}"`
	return s
}

// updateMessage is the catalog entry of update_message (kustomer-api.md 7.4).
func updateMessage() sinks.Spec {
	s := updateOf(sendMessage(), "update_message", "Updates the record of the message that id names; nothing is sent.", nil)
	s.Notes = []string{"Kustomer deletes no messages, and does not let customer, channel, app, direction and importedAt change."}
	s.Example = `id: "{{ .message_id }}"
status: error
errorAt: "{{ .failed | date }}"`
	return s
}
