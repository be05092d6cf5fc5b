package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// createDraftNote is the catalog entry of create_draft_note: a draft that waits for an agent, of a note,
// which never reaches a customer. It needs no role (kustomer-api.md 8).
func createDraftNote() sinks.Spec {
	channel := required(wordField("channel", "always note", "note"))
	channel.Default = "note"
	customer := required(idField("customer", "id of the customer of the conversation"))
	customer.Aliases = []string{"customer_id"}
	conversation := required(idField("conversation", "id of the conversation; it takes one draft of a note"))
	conversation.Aliases = []string{"conversation_id"}
	body := required(textField("body", 10240, "the text of the note"))
	body.MinLen = 1
	return sinks.Spec{
		Name:   "create_draft_note",
		Doc:    "Creates a draft of a note, which waits in a conversation for an agent.",
		Object: "draft",
		Create: []sinks.Route{{Method: http.MethodPost, Path: "/v1/customers/{customer}/drafts"}},
		Fields: []sinks.Field{
			customer, conversation, body, mentionsField(),
			textField("lang", 100, "language, like en_us"),
			listField(idField("shortcuts", "ids of the shortcuts that were used")),
			listField(idField("kbArticles", "ids of the articles that were used")),
			channel,
		},
		Notes: []string{
			"Nothing is delivered: a note is for agents only, and the draft stays until one of them takes it up.",
			"A draft has no externalId: one that may have been made is left in doubt for kustsync resolve.",
			"A conversation has at most one draft of a note.",
			"Kustomer asks for no role.",
		},
		NotFields: []sinks.NotField{
			{Name: "sendAt", Hint: "leave it out; the draft waits for an agent, and create_note makes a note at once"},
			{Name: "scheduled", Hint: "leave it out; the draft waits for an agent, and create_note makes a note at once"},
			{Name: "externalId", Hint: "leave it out; a draft has none"},
			{Name: "preview", Hint: "map body, which is the text of a note"},
			{Name: "text", Hint: "map body, which is the text of a note"},
		},
		Example: `customer: "{{ .customer_id }}"
conversation: "{{ .conversation_id }}"
body: "{{ .text }}"`,
	}
}

// postponeDraft is the catalog entry of postpone_draft: the draft leaves at the new time (kustomer-api.md 8).
func postponeDraft() sinks.Spec {
	scheduled := boolField("scheduled", "always true; without it Kustomer may send the draft at once")
	scheduled.Default = true
	s := changeOf("draft", sinks.Route{Method: http.MethodPut, Path: "/v1/drafts/{id}"},
		required(wordField("channel", "the channel of the draft, which cannot change",
			"email", "sms", "whatsapp", "chat", "facebook", "instagram", "twitter-dm", "twitter-tweet", "note")),
		required(timeField("sendAt", "when it is to be sent")),
		wordField("app", "the integration that sends it; a draft for whatsapp needs it",
			"postmark", "gmail", "twilio", "zipwhip", "messagebird", "twilio_whatsapp", "whatsapp", "chat", "smooch"),
		scheduled)
	s.Name, s.Doc, s.Delivers = "postpone_draft", "Lets a draft be sent at another time.", true
	s.Roles = nil
	s.Notes = []string{
		"The draft is sent at sendAt, so a run must be told that it may: --allow-delivery.",
		"A sendAt that is over sends the draft at once.",
		"Kustomer asks for no role.",
	}
	s.Example = `id: "{{ .draft_id }}"
channel: email
sendAt: "{{ .when | date }}"`
	return s
}
