package schema

// draftChannels has the rule for a draft of each channel (kustomer-api.md 8).
type draftChannels map[string]*Rule

// NewDraft is the body of POST of a draft, DraftUpdate that of PUT.
var (
	NewDraft = byChannel(draftChannels{
		"email": objectOf(emailDraft(nil), "channel"),
		"sms":   objectOf(textDraft(1600, Fields{"app": enum("twilio", "zipwhip"), "from": str(32)}), "channel"),
		"whatsapp": {types: []string{"object"}, anyOf: []*Rule{
			objectOf(whatsappDraft(Fields{"body": textFrom(1, 1600)}), "channel", "app", "body"),
			objectOf(whatsappDraft(Fields{"app": enum("whatsapp"), "meta": having("interactive")}), "channel", "app", "meta"),
			objectOf(whatsappDraft(Fields{"app": enum("whatsapp"), "meta": having("template")}), "channel", "app", "meta"),
		}},
		"chat":          objectOf(textDraft(1024, Fields{"attachments": listOf(0, anID)}), "channel"),
		"facebook":      objectOf(textDraft(2000, nil), "channel"),
		"instagram":     objectOf(textDraft(1000, nil), "channel"),
		"twitter-tweet": objectOf(textDraft(280, nil), "channel"),
		"twitter-dm":    objectOf(textDraft(10000, nil), "channel"),
		"note":          objectOf(noteDraftFields, "channel"),
	})
	DraftUpdate = byChannel(draftChannels{
		"email": objectOf(emailDraft(Fields{
			"htmlBody": str(0), "templateType": enum("email-reply", "email-autoresponse", "email-satisfaction"),
		}), "channel"),
		"sms":      objectOf(textDraft(1600, Fields{"app": enum("twilio", "zipwhip", "messagebird"), "from": str(32)}), "channel"),
		"whatsapp": objectOf(whatsappDraft(Fields{"body": str(1600), "scheduled": boolean()}), "channel", "app"),
		"chat": objectOf(textDraft(1024, Fields{
			"app": enum("chat", "smooch"), "attachments": listOf(0, anID), "responseButtons": listOf(0, open(0)), "messageTemplate": open(0),
		}), "channel"),
		"facebook":      objectOf(textDraft(2000, nil), "channel"),
		"instagram":     objectOf(textDraft(1000, nil), "channel"),
		"twitter-tweet": objectOf(textDraft(280, nil), "channel"),
		"twitter-dm":    objectOf(textDraft(10000, nil), "channel"),
		"note":          objectOf(noteDraftFields, "channel"),
	})
)

// byChannel checks an object by the rule for its channel.
func byChannel(rules draftChannels) *Rule {
	return &Rule{types: []string{"object"}, chooser: "channel", choices: rules}
}

// draftCommon are the fields that every draft may have.
var draftCommon = Fields{
	"channel":      str(0),
	"conversation": anID,
	"customer":     anID,
	"auto":         boolean(),
	"sendAt":       nullable(formatted(sendTime)),
	"scheduled":    boolean(),
	"source":       enum("bulk", "satisfaction", "biz-rules"),
	"lang":         str(100),
	"shortcuts":    listOf(0, anID),
	"kbArticles":   listOf(0, anID),
	"payload":      open(0),
}

var noteDraftFields = with(without(draftCommon, "auto"), Fields{"body": str(10240), "userMentions": listOf(20, aMention)})

// textDraft is a draft with a body of plain text.
func textDraft(most int, more Fields) Fields {
	return with(draftCommon, Fields{"to": str(0), "from": str(0), "body": str(most)}, more)
}

// whatsappDraft has no member scheduled when it is made.
func whatsappDraft(more Fields) Fields {
	return with(without(draftCommon, "scheduled"), Fields{
		"app": enum("twilio_whatsapp", "messagebird", "whatsapp"), "to": str(0), "from": str(0),
	}, more)
}

func emailDraft(more Fields) Fields {
	return with(draftCommon, Fields{
		"app": enum("gmail", "postmark"), "body": str(10240), "subject": textFrom(1, 0), "replyTo": str(256),
		"to": {anyOf: []*Rule{listOf(0, anAddress), anAddress}}, "from": anAddress,
		"cc": listOf(0, anAddress), "bcc": listOf(0, anAddress),
		"headers":  listOf(0, objectOf(Fields{"name": str(0), "value": str(0)}, "name")),
		"template": nullable(str(0)),
	}, more)
}

var anAddress = objectOf(Fields{
	"email": {types: []string{"string"}, minLen: 3, maxLen: 256, format: emailish}, "name": str(0),
}, "email")

// having is an object with one member that must be there, and any others.
func having(member string) *Rule { return &Rule{types: []string{"object"}, required: []string{member}} }
