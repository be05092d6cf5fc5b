package sandbox

// draftChannels are the shapes of a draft, one for each channel (kustomer-api.md 8).
type draftChannels map[string]*rule

// newDrafts is the body of POST of a draft, draftUpdates that of PUT.
var (
	newDrafts = byChannel(draftChannels{
		"email": objectOf(emailDraft(nil), "channel"),
		"sms":   objectOf(textDraft(1600, map[string]*rule{"app": enum("twilio", "zipwhip"), "from": str(32)}), "channel"),
		"whatsapp": {types: []string{"object"}, anyOf: []*rule{
			objectOf(whatsappDraft(map[string]*rule{"body": textFrom(1, 1600)}), "channel", "app", "body"),
			objectOf(whatsappDraft(map[string]*rule{"app": enum("whatsapp"), "meta": having("interactive")}), "channel", "app", "meta"),
			objectOf(whatsappDraft(map[string]*rule{"app": enum("whatsapp"), "meta": having("template")}), "channel", "app", "meta"),
		}},
		"chat":          objectOf(textDraft(1024, map[string]*rule{"attachments": listOf(0, anID)}), "channel"),
		"facebook":      objectOf(textDraft(2000, nil), "channel"),
		"instagram":     objectOf(textDraft(1000, nil), "channel"),
		"twitter-tweet": objectOf(textDraft(280, nil), "channel"),
		"twitter-dm":    objectOf(textDraft(10000, nil), "channel"),
		"note":          objectOf(noteDraftFields, "channel"),
	})
	draftUpdates = byChannel(draftChannels{
		"email": objectOf(emailDraft(map[string]*rule{
			"htmlBody": str(0), "templateType": enum("email-reply", "email-autoresponse", "email-satisfaction"),
		}), "channel"),
		"sms":      objectOf(textDraft(1600, map[string]*rule{"app": enum("twilio", "zipwhip", "messagebird"), "from": str(32)}), "channel"),
		"whatsapp": objectOf(whatsappDraft(map[string]*rule{"body": str(1600), "scheduled": boolean()}), "channel", "app"),
		"chat": objectOf(textDraft(1024, map[string]*rule{
			"app": enum("chat", "smooch"), "attachments": listOf(0, anID), "responseButtons": listOf(0, open(0)), "messageTemplate": open(0),
		}), "channel"),
		"facebook":      objectOf(textDraft(2000, nil), "channel"),
		"instagram":     objectOf(textDraft(1000, nil), "channel"),
		"twitter-tweet": objectOf(textDraft(280, nil), "channel"),
		"twitter-dm":    objectOf(textDraft(10000, nil), "channel"),
		"note":          objectOf(noteDraftFields, "channel"),
	})
)

// byChannel picks the shape that the member channel names.
func byChannel(shapes draftChannels) *rule {
	return &rule{types: []string{"object"}, chooser: "channel", choices: shapes}
}

// draftCommon is what every draft may hold.
var draftCommon = map[string]*rule{
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

var noteDraftFields = with(without(draftCommon, "auto"), map[string]*rule{"body": str(10240), "userMentions": listOf(20, aMention)})

// textDraft is a draft with a body of plain text.
func textDraft(most int, more map[string]*rule) map[string]*rule {
	return with(draftCommon, map[string]*rule{"to": str(0), "from": str(0), "body": str(most)}, more)
}

// whatsappDraft has no member scheduled when it is made.
func whatsappDraft(more map[string]*rule) map[string]*rule {
	return with(without(draftCommon, "scheduled"), map[string]*rule{
		"app": enum("twilio_whatsapp", "messagebird", "whatsapp"), "to": str(0), "from": str(0),
	}, more)
}

func emailDraft(more map[string]*rule) map[string]*rule {
	return with(draftCommon, map[string]*rule{
		"app": enum("gmail", "postmark"), "body": str(10240), "subject": textFrom(1, 0), "replyTo": str(256),
		"to": {anyOf: []*rule{listOf(0, anAddress), anAddress}}, "from": anAddress,
		"cc": listOf(0, anAddress), "bcc": listOf(0, anAddress),
		"headers":  listOf(0, objectOf(map[string]*rule{"name": str(0), "value": str(0)}, "name")),
		"template": nullable(str(0)),
	}, more)
}

var anAddress = objectOf(map[string]*rule{
	"email": {types: []string{"string"}, minLen: 3, maxLen: 256, format: emailish}, "name": str(0),
}, "email")

// having is an object with one member that must be there, and any others.
func having(member string) *rule { return &rule{types: []string{"object"}, required: []string{member}} }
