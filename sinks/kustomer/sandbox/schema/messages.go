package schema

// The bodies of the three ways to create a message, and of PUT and PATCH.
var (
	NewMessage             = objectOf(NewMessageFields, "channel", "app", "direction")
	NewConversationMessage = objectOf(NewMessageFields, "channel", "app")                      // the path names the conversation
	NewCustomerMessage     = objectOf(without(NewMessageFields, "customer"), "channel", "app") // the path names the customer
	MessageUpdate          = objectOf(MessageUpdateFields)
)

// messageCommon are the fields that creation and update of a message share (kustomer-api.md 7.2, 7.4).
var messageCommon = Fields{
	"conversation": anID,
	"externalId":   str(256),
	"preview":      str(10240),
	"subject":      str(256),
	"status":       enum("sent", "received", "error"),
	"error": objectOf(Fields{
		"status": {}, "code": {}, "title": {}, "detail": {}, "source": {}, "meta": {}, "links": {},
	}),
	"errorAt":     aDate,
	"sentAt":      aDate,
	"createdAt":   aDate,
	"modifiedAt":  aDate,
	"createdBy":   anID,
	"modifiedBy":  anID,
	"size":        number(),
	"attachments": listOf(0, &Rule{anyOf: []*Rule{anID, anAttachment}}),
	"meta":        open(100),
	"custom":      customAttrs,
	"related":     str(0),
	"sentiment":   aSentiment,
	"lang":        str(100),
}

var anAttachment = objectOf(Fields{
	"_id": anID, "name": str(0), "contentType": str(0), "contentLength": between(0, 10_048_576), "sourceId": str(0),
}, "_id", "name", "contentType", "contentLength")

// NewMessageFields are the fields of the three ways to create a message (kustomer-api.md 7.2).
var NewMessageFields = with(messageCommon, Fields{
	"id":         anID,
	"channel":    enum("email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"),
	"app":        str(0),
	"direction":  inOrOut,
	"customer":   anID,
	"importedAt": aDate,
	"auto":       boolean(),
	"source":     enum("bulk", "satisfaction"),
	"reference":  objectOf(Fields{"message": anID, "type": enum("reply", "replyAll", "forward")}, "message", "type"),
	"shortcuts":  listOf(0, anID),
	"kbArticles": listOf(0, anID),
	"location":   aLocation,
	"queue":      aQueue,
})

// MessageUpdateFields are the fields of PUT and PATCH of a message (kustomer-api.md 7.4).
var MessageUpdateFields = with(messageCommon, Fields{
	"updatedAt": aDate, "spam": boolean(), "reactions": listOf(100, nil), "rev": number(),
})

// Redaction is the body of POST /v1/messages/{id}/redactions, of which one member must be there (kustomer-api.md 7.4).
var Redaction = objectOf(Fields{"preview": str(10240), "attachments": listOf(10, anID), "meta": open(100)})
