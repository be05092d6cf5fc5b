package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// sendMessage is the catalog entry of send_message (kustomer-api.md 7). The look-up has two spellings,
// because Kustomer's own documents disagree (kustomer-api.md 4.2).
func sendMessage() sinks.Spec {
	return sinks.Spec{
		Name:   "send_message",
		Doc:    "Records a message on the timeline of a conversation or a customer; with deliver: true it is sent.",
		Object: "message",
		Create: []sinks.Route{
			{Method: http.MethodPost, Path: "/v1/conversations/{conversation}/messages"},
			{Method: http.MethodPost, Path: "/v1/customers/{customer}/messages"},
		},
		Update: &sinks.Route{Method: http.MethodPut, Path: "/v1/messages/{id}"},
		Fields: messageFields(),
		Lookups: []sinks.Lookup{{
			By:    "externalId",
			Paths: []string{"/v1/messages/externalId={value}", "/v1/messages/externalid={value}"},
			From:  "externalId",
		}},
		Batch: batches("/v1/messages/bulk", "conversation"), ExternalID: externalIDName,
		Roles: append(roles("message"),
			sinks.Role{For: "historical timestamps", AnyOf: []string{"org.admin"}}),
		Notes: []string{
			"Without deliver: true the message is only recorded: nothing reaches the customer, whatever direction and status say. Workflows of the org can still react to it.",
			"Map conversation, or customer; a message that names only a customer makes Kustomer open a new conversation for it.",
			"Without the role org.admin Kustomer leaves createdAt, createdBy, modifiedAt and modifiedBy aside and says nothing; sentAt, by which the timeline goes, needs no such role.",
			"Map importedAt when you load history: Kustomer takes 120 new messages a minute for one customer, unless they are marked as imported.",
			"The text goes into preview and holds at most 10,240 characters.",
		},
		NotFields: messageNotFields(),
		Channels:  deliveries(),
		Example: `conversation: "{{ .conversation_id }}"
channel: email
direction: in
preview: "{{ .text }}"
sentAt: "{{ .sent | date }}"`,
	}
}

func messageNotFields() []sinks.NotField {
	const envelope = "map it inside meta: meta: { from: '{{ .from }}', to: [{ email: '{{ .to }}' }] }"
	return []sinks.NotField{
		{Name: "to", Hint: envelope},
		{Name: "from", Hint: envelope},
		{Name: "cc", Hint: envelope},
		{Name: "bcc", Hint: envelope},
		{Name: "recipient", Hint: envelope},
		{Name: "text", Hint: "map preview, which is the text of a message"},
		{Name: "message", Hint: "map preview, which is the text of a message"},
		{Name: "content", Hint: "map preview, which is the text of a message"},
		{Name: "sentBy", Hint: "map createdBy, with a key that has the role org.admin"},
		{Name: "author", Hint: "map createdBy, with a key that has the role org.admin"},
		{Name: "user", Hint: "map createdBy, with a key that has the role org.admin"},
		{Name: "directionType", Hint: "map direction; Kustomer works the rest out"},
		{Name: "sendAt", Hint: "map sentAt; a message is recorded, not sent, unless the step says deliver: true"},
		{Name: "tags", Hint: "leave it out; map tags of the conversation"},
	}
}

// messageFields lists the fields of kustomer-api.md 7.2; 7.4 says which of them an update takes.
func messageFields() []sinks.Field {
	return append(messageBasics(), append(messageHistory(), messageExtras()...)...)
}

// messageBasics lists what most messages have.
func messageBasics() []sinks.Field {
	conversation := idField("conversation", "id of the conversation that the message belongs to")
	conversation.Aliases = []string{"conversation_id"}
	customer := createOnly(idField("customer", "id of the customer; alone, it makes Kustomer open a new conversation"))
	customer.Aliases = []string{"customer_id"}
	preview := textField("preview", 10240, "the text of the message")
	preview.Aliases = []string{"body"}
	app := createOnly(required(sinks.Field{Name: "app", Type: sinks.Text, MinLen: 1, Doc: "the integration that the message came through; one name for all your loads"}))
	app.Default = "kustsync"
	return []sinks.Field{
		conversation,
		customer,
		createOnly(required(wordField("channel", "the channel that the message went through",
			"email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"))),
		createOnly(required(wordField("direction", "in: from the customer; out: to the customer", "in", "out"))),
		preview,
		textField("subject", 256, "subject of an e-mail"),
		externalIDField("the message's id in the source system; the step's key when it is not mapped"),
		app,
		wordField("status", "what became of it", "sent", "received", "error"),
	}
}

// messageHistory lists when it happened and who did it.
func messageHistory() []sinks.Field {
	return []sinks.Field{
		timeField("sentAt", "when it was sent; the timeline goes by it"),
		importedAtField("when the record was imported, for example {{ now }}; lifts the limit of 120 a minute for one customer; not changed by an update"),
		createdAtField("when the record was created; needs the role org.admin; not changed by an update"),
		timeField("modifiedAt", "when the record was changed; needs the role org.admin"),
		idField("createdBy", "id of the user who wrote it; needs the role org.admin"),
		idField("modifiedBy", "id of the user who changed it; needs the role org.admin"),
		updateOnly(timeField("updatedAt", "when the record was updated")),
	}
}

// messageExtras lists the rest.
func messageExtras() []sinks.Field {
	meta := freeField("meta", "what the channel knows of it, at most 100 members; an e-mail has from, to, cc, subject")
	meta.MaxItems = 100
	reactions := sinks.Field{Name: "reactions", Type: sinks.List, MaxItems: 100, Items: &sinks.Field{Type: sinks.Free}, Doc: "reactions to the message, at most 100"}
	return []sinks.Field{
		createOnly(boolField("auto", "whether a machine wrote it; reports leave it out then")),
		meta,
		customField(),
		{Name: "attachments", Type: sinks.List, Items: &sinks.Field{Type: sinks.Free}, Doc: "files that were uploaded before: their ids, or maps with _id, name, contentType and contentLength"},
		errorField(),
		timeField("errorAt", "when the delivery failed"),
		createOnly(wordField("source", "what made it, when it was no person", "bulk", "satisfaction")),
		createOnly(named("reference", "the e-mail that it answers or forwards", objectOf(
			required(idField("message", "id of that message")),
			required(wordField("type", "what it does with that message", "reply", "replyAll", "forward")),
		))),
		{Name: "related", Type: sinks.Text, Doc: "what it is related to"},
		{Name: "size", Type: sinks.Number, Doc: "its size in bytes"},
		createOnly(listField(idField("shortcuts", "ids of the shortcuts that were used"))),
		createOnly(listField(idField("kbArticles", "ids of the articles that were used"))),
		createOnly(named("location", "where it was sent from", locationOf())),
		sentimentField(),
		textField("lang", 100, "language, like en_us"),
		createOnly(queueField()),
		updateOnly(boolField("spam", "whether it is spam")),
		updateOnly(reactions),
		clientIDField(),
	}
}

// errorField says why a message did not reach its receiver.
func errorField() sinks.Field {
	return named("error", "why the delivery failed", objectOf(
		sinks.Field{Name: "status", Type: sinks.Free, Doc: "status of the failure"},
		sinks.Field{Name: "code", Type: sinks.Free, Doc: "code of the failure"},
		sinks.Field{Name: "title", Type: sinks.Text, Doc: "what failed, in a few words"},
		sinks.Field{Name: "detail", Type: sinks.Text, Doc: "what failed"},
		sinks.Field{Name: "source", Type: sinks.Free, Doc: "where it failed"},
		sinks.Field{Name: "meta", Type: sinks.Free, Doc: "more about it"},
		sinks.Field{Name: "links", Type: sinks.Free, Doc: "links about it"},
	))
}

// listField is a list of what item describes, named like it.
func listField(item sinks.Field) sinks.Field {
	return sinks.Field{Name: item.Name, Doc: item.Doc, Type: sinks.List, Items: &sinks.Field{Type: item.Type}}
}
