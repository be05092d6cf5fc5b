package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// createConversation is the catalog entry of create_conversation (kustomer-api.md 6). Updates go by
// PUT, whose media type is the plain one (kustomer-api.md 1.4).
func createConversation() sinks.Spec {
	return sinks.Spec{
		Name:       "create_conversation",
		Doc:        "Creates a conversation of a customer, or updates the one that is there.",
		Object:     "conversation",
		Create:     []sinks.Route{{Method: http.MethodPost, Path: "/v1/conversations"}},
		Update:     &sinks.Route{Method: http.MethodPut, Path: "/v1/conversations/{id}"},
		Fields:     append(conversationFields(), conversationUpdateFields()...),
		ExternalID: externalIDName,
		Lookups: []sinks.Lookup{
			{By: "externalId", Paths: []string{"/v1/conversations/externalId={value}"}, From: "externalId"},
		},
		Batch: batches("/v1/conversations/bulk"),
		Final: &sinks.Final{Field: "status", Value: "done"},
		Roles: roles("conversation"),
		Notes: []string{
			"A conversation has no text of its own: its messages are loaded by send_message, and its channels come from them.",
			"Map importedAt when you load history: Kustomer takes 120 new conversations a minute for one customer, unless they are marked as imported.",
			"Closed history is best created with status done, so that nothing is routed to agents.",
		},
		NotFields: []sinks.NotField{
			{Name: "channel", Hint: "leave it out, since a conversation takes its channels from its messages; map replyChannel to say where replies go"},
			{Name: "channels", Hint: "leave it out, since a conversation takes its channels from its messages; map replyChannel to say where replies go"},
			{Name: "campaign", Hint: "leave it out; Kustomer takes it only from a request that this sink does not make"},
			{Name: "assignee", Hint: "map a list: assignedUsers: ['{{ (find \"user\" \"email\" .agent).id }}']"},
			{Name: "assignedUser", Hint: "map a list: assignedUsers: ['{{ (find \"user\" \"email\" .agent).id }}']"},
			{Name: "assignedTeam", Hint: "map a list: assignedTeams: ['{{ (find \"team\" \"name\" .team).id }}']"},
			{Name: "body", Hint: "load messages with a step for send_message"},
			{Name: "preview", Hint: "load messages with a step for send_message"},
			{Name: "messages", Hint: "load messages with a step for send_message, using each when they are nested"},
			{Name: "createdBy", Hint: "leave it out; the author is the owner of the API key"},
			{Name: "updatedAt", Hint: "leave it out; Kustomer sets it"},
			{Name: "modifiedAt", Hint: "leave it out; Kustomer sets it"},
		},
		Example: `customer: "{{ .customer_id }}"
name: "{{ .subject | trunc 256 }}"
status: done
importedAt: "{{ now }}"`,
	}
}

// conversationFields lists the fields of kustomer-api.md 6.2.
func conversationFields() []sinks.Field {
	customer := createOnly(required(idField("customer", "id of the customer whose conversation it is; an update does not move it")))
	customer.Aliases = []string{"customer_id"}
	name := textField("name", 256, "the subject line that agents see")
	name.Aliases = []string{"subject"}
	status := wordField("status", "open or done; an update also takes snoozed", "open", "done")
	status.EnumUpdate = []string{"snoozed"}
	return []sinks.Field{
		customer,
		name,
		externalIDField("the conversation's id in the source system; the step's key when it is not mapped"),
		status,
		{Name: "priority", Type: sinks.Integer, Min: new(1.0), Max: new(5.0), Doc: "1 (lowest) to 5 (highest)"},
		wordField("direction", "in: the customer began it; out: an agent did", "in", "out"),
		nullable(textField("replyChannel", 256, "the channel that replies use: email, sms, chat, voice, facebook, instagram, whatsapp, twitter-dm or twitter-tweet")),
		tagsField(),
		idsField("assignedUsers", 10, "ids of the users it is assigned to"),
		idsField("assignedTeams", 10, "ids of the teams it is assigned to"),
		queueField(),
		customField(),
		textField("defaultLang", 100, "language, like en_us"),
		createdAtField("when the conversation began; not changed by an update"),
		importedAtField("when the record was imported, for example {{ now }}; lifts the limit of 120 a minute for one customer; not changed by an update"),
		clientIDField(),
	}
}

// conversationUpdateFields lists the fields that only an update takes (kustomer-api.md 6.3).
func conversationUpdateFields() []sinks.Field {
	fields := []sinks.Field{
		{Name: "satisfaction", Type: sinks.Number, Min: new(-1.0), Max: new(1.0), Doc: "how satisfied the customer was, -1 to 1"},
		freeField("satisfactionLevel", "the answer to a survey, as Kustomer has it"),
		{Name: "suggestedShortcuts", Type: sinks.List, Items: &sinks.Field{Type: sinks.Free}, Doc: "shortcuts that are suggested to agents"},
		{Name: "suggestedTags", Type: sinks.List, Items: &sinks.Field{Type: sinks.Free}, Doc: "tags that are suggested to agents"},
		idField("subStatus", "id of the sub-status"),
		named("snooze", "when a snoozed conversation comes back: time and status", objectOf(
			timeField("time", "when it comes back"),
			wordField("status", "what became of the snooze", "scheduled", "canceled", "elapsed"),
		)),
		sentimentField(),
		nullable(boolField("deleted", "whether it is deleted")),
		boolField("ended", "whether it has ended"),
		timeField("endedAt", "when it ended"),
		textField("endedReason", 128, "why it ended"),
		idField("endedBy", "id of the user or customer who ended it"),
		wordField("endedByType", "who ended it", "user", "customer"),
		boolField("locked", "whether it is locked"),
		revField(),
	}
	for i := range fields {
		fields[i] = updateOnly(fields[i])
	}
	return fields
}
