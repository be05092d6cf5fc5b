package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// deliveries are the sinks of steps of send_message that say deliver: true. Kustomer delivers drafts only:
// one without sendAt stays unsent, and an update with sendAt and scheduled sends it (kustomer-api.md 8).
func deliveries() []sinks.Channel {
	return []sinks.Channel{
		{Name: "email", Spec: draftOf("Sends an e-mail through a draft.",
			"customer: \"{{ .customer_id }}\"\nchannel: email\napp: postmark\nto: [{ email: \"{{ .email }}\" }]\nfrom: { email: hello@acme.example }\nsubject: \"{{ .subject }}\"\nbody: \"{{ .text }}\"",
			emailDraft(), "to[].email", "cc[].email", "bcc[].email")},
		{Name: "sms", Spec: draftOf("Sends a text message through a draft.",
			"customer: \"{{ .customer_id }}\"\nchannel: sms\napp: twilio\nto: '{{ .mobile | phone \"US\" }}'\nbody: \"{{ .text }}\"",
			smsDraft(), "to")},
		{Name: "whatsapp", Spec: draftOf("Sends a WhatsApp message through a draft.",
			"customer: \"{{ .customer_id }}\"\nchannel: whatsapp\napp: whatsapp\nto: '{{ .mobile | phone \"US\" }}'\nbody: \"{{ .text }}\"",
			whatsappDraft(), "to")},
		{Name: "chat", Spec: draftOf("Sends a chat message to the customer through a draft.",
			"customer: \"{{ .customer_id }}\"\nconversation: \"{{ .conversation_id }}\"\nchannel: chat\nbody: \"{{ .text }}\"",
			chatDraft())},
	}
}

// draftOf is the sink of one channel.
func draftOf(doc, example string, own []sinks.Field, to ...string) sinks.Spec {
	return sinks.Spec{
		Name: "send_message", Doc: doc, Object: "message",
		Kind: sinks.Acts, Delivers: true,
		Create: []sinks.Route{{Method: http.MethodPost, Path: "/v1/customers/{customer}/drafts"}},
		Fields: append(draftFields(), own...),
		Delivery: &sinks.Delivery{
			Send:       sinks.Route{Method: http.MethodPut, Path: "/v1/drafts/{id}"},
			DraftsPath: "/v1/customers/{customer}/drafts",
			SameFields: []string{"channel", "body", "subject", "conversation"},
			TimeField:  "sendAt", FlagField: "scheduled",
			RepeatedFields: []string{"channel", "app"},
			AddressPaths:   to, PersonField: "customer",
		},
		// Making and sending a draft needs no role at all (kustomer-api.md 8).
		Roles: []sinks.Role{{For: "look up", AnyOf: []string{"org.permission.draft.read", "org.user.draft.read"}}},
		Notes: []string{
			"Real people are written to: the step needs max_deliveries, and can say recipient_allow.",
			"A message that may have left is never sent again: it is left in doubt for kustsync resolve.",
			"Kustomer names the draft, not the message that it becomes: that is the id in the ledger, and what ref gives.",
		},
		NotFields: draftNotFields(),
		Example:   example,
	}
}

func draftNotFields() []sinks.NotField {
	const dated = "leave it out: it leaves at once, or at sendAt"
	return []sinks.NotField{
		{Name: "direction", Hint: "leave it out: what is delivered goes out"},
		{Name: "externalId", Hint: "leave it out: Kustomer's drafts have none"},
		{Name: "sentAt", Hint: dated},
		{Name: "createdAt", Hint: dated},
		{Name: "importedAt", Hint: dated},
		{Name: "scheduled", Hint: dated},
		{Name: "text", Hint: "map body, which is the text of a message"},
		{Name: "message", Hint: "map body, which is the text of a message"},
		{Name: "content", Hint: "map body, which is the text of a message"},
		{Name: "headers", Hint: "leave it out: headers could name further recipients"},
		{Name: "recipient", Hint: "map to"},
	}
}

// draftFields are the fields that all channels have.
func draftFields() []sinks.Field {
	customer := required(idField("customer", "id of the customer on whose timeline it is kept"))
	customer.Aliases = []string{"customer_id"}
	conversation := idField("conversation", "id of the conversation that it belongs to; Kustomer opens a new one without it")
	conversation.Aliases = []string{"conversation_id"}
	return []sinks.Field{
		customer,
		conversation,
		required(sinks.Field{Name: "channel", Type: sinks.Text, Doc: "the channel, written out: email, sms, whatsapp or chat"}),
		timeField("sendAt", "when it is to leave, if not at once; a time before the run began is refused"),
		boolField("auto", "whether a machine wrote it; reports leave it out then"),
		wordField("source", "what made it, when it was no person", "bulk", "satisfaction"),
		textField("lang", 100, "language, like en_us"),
		listField(idField("shortcuts", "ids of the shortcuts that were used")),
		listField(idField("kbArticles", "ids of the articles that were used")),
	}
}

// bodyField is the text of a draft; send_message calls it preview.
func bodyField(limit int) sinks.Field {
	f := textField("body", limit, "the text of the message")
	f.MinLen = 1
	f.Aliases = []string{"preview"}
	return f
}

// oneLineField is a text without line breaks, which could begin a header of its own.
func oneLineField(name string, limit int, doc string) sinks.Field {
	f := textField(name, limit, doc)
	f.MinLen, f.Pattern = 1, `^\P{Cc}*$`
	return f
}

func emailDraft() []sinks.Field {
	address := func() []sinks.Field {
		return []sinks.Field{
			required(sinks.Field{Name: "email", Type: sinks.Email, MinLen: 3, MaxLen: 256, Doc: "the address"}),
			oneLineField("name", 256, "the name beside it"),
		}
	}
	list := func(name, doc string) sinks.Field {
		return sinks.Field{Name: name, Type: sinks.List, MinItems: 1, Items: new(objectOf(address()...)), Doc: doc}
	}
	return []sinks.Field{
		wordField("app", "the integration that sends it", "postmark", "gmail"),
		required(list("to", "who it is for; never taken from the customer")),
		named("from", "the account of yours that it comes from", objectOf(address()...)),
		list("cc", "who gets a copy"),
		list("bcc", "who gets a copy unseen"),
		oneLineField("subject", 0, "the subject"),
		required(bodyField(10240)),
		oneLineField("replyTo", 256, "where answers go"),
		oneLineField("template", 0, "the template that it is put into"),
	}
}

func smsDraft() []sinks.Field {
	return []sinks.Field{
		wordField("app", "the integration that sends it", "twilio", "zipwhip"),
		required(toPhone()),
		oneLineField("from", 32, "the number of yours that it comes from"),
		required(bodyField(1600)),
	}
}

func whatsappDraft() []sinks.Field {
	return []sinks.Field{
		required(wordField("app", "the integration that sends it; only whatsapp takes meta", "whatsapp", "twilio_whatsapp", "messagebird")),
		required(toPhone()),
		oneLineField("from", 0, "the number of yours that it comes from"),
		bodyField(1600),
		freeField("meta", "in the place of body: interactive, or the template that WhatsApp wants outside its 24 hours"),
	}
}

func chatDraft() []sinks.Field {
	return []sinks.Field{
		required(bodyField(1024)),
		listField(idField("attachments", "ids of files that were uploaded before")),
	}
}

func toPhone() sinks.Field {
	return sinks.Field{Name: "to", Type: sinks.Phone, Doc: "the number that it is for; never taken from the customer"}
}
