package sandbox

// customerFields is the body of POST, PUT and PATCH of a customer (kustomer-api.md 5.2).
var customerFields = map[string]*rule{
	"name":              nullable(str(256)),
	"company":           nullable(formatted(hexID)),
	"externalId":        nullable(textFrom(1, 256)),
	"externalIds":       listOf(10, anExternalID),
	"sharedExternalIds": listOf(10, anExternalID),
	"emails":            listOf(10, anEmail),
	"sharedEmails":      listOf(10, anEmail),
	"phones":            listOf(10, aPhone),
	"sharedPhones":      listOf(10, aPhone),
	"whatsapps": listOf(10, objectOf(map[string]*rule{
		"phone": formatted(whatsapp), "type": enum("mobile"), "verified": boolean(),
	}, "phone")),
	"facebookIds": listOf(10, objectOf(map[string]*rule{
		"pageId": str(255), "userId": str(255), "name": str(255),
	}, "pageId", "userId")),
	"instagramIds": listOf(10, objectOf(map[string]*rule{
		"pageId": str(255), "threadId": str(255), "username": str(255), "instagramId": str(255),
	}, "pageId", "threadId", "username")),
	"socials":       listOf(10, aSocial),
	"sharedSocials": listOf(10, aSocial),
	"urls": listOf(10, objectOf(map[string]*rule{
		"url": formatted(webURL), "type": enum("website", "blog", "other"),
	}, "url")),
	"locations":              listOf(10, aLocation),
	"username":               nullable(str(256)),
	"signedUpAt":             maybeDate,
	"lastActivityAt":         maybeDate,
	"lastCustomerActivityAt": maybeDate,
	"lastSeenAt":             maybeDate,
	"birthdayAt":             maybeDate,
	"avatarUrl":              nullable(formatted(absURI)),
	"locale":                 nullable(str(16)),
	"timeZone":               nullable(str(64)),
	"defaultLang":            nullable(str(100)),
	"gender":                 nullable(enum("m", "f")),
	"tags":                   tagList,
	"sentiment":              aSentiment,
	"custom":                 customAttrs,
	"createdAt":              aDate,
	"importedAt":             aDate,
	"rev":                    number(),
}

var (
	anExternalID = objectOf(map[string]*rule{"externalId": textFrom(1, 255), "verified": boolean()}, "externalId")
	anEmail      = objectOf(map[string]*rule{"email": formatted(emailish), "type": enum("home", "work", "other"), "verified": boolean()}, "email")
	aPhone       = objectOf(map[string]*rule{
		"phone": formatted(phoneNum), "type": enum("mobile", "home", "work", "fax", "other"), "verified": boolean(),
	}, "phone")
	aSocial = objectOf(map[string]*rule{
		"type":     enum("twitter", "facebook", "instagram", "linkedin", "pinterest"),
		"username": str(256), "userid": str(256), "url": formatted(webURL), "verified": boolean(),
	}, "type", "username")
)

// conversationCommon is what creation and update of a conversation share (kustomer-api.md 6.2, 6.3).
var conversationCommon = map[string]*rule{
	"externalId":    str(256),
	"name":          str(256),
	"status":        enum("open", "done"),
	"priority":      integer(1, 5),
	"direction":     inOrOut,
	"replyChannel":  nullable(str(256)),
	"tags":          tagList,
	"assignedUsers": listOf(10, anID),
	"assignedTeams": listOf(10, anID),
	"queue":         aQueue,
	"custom":        customAttrs,
	"defaultLang":   str(100),
}

// conversationFields is the body of POST /v1/conversations, less customer (kustomer-api.md 6.2).
var conversationFields = with(conversationCommon, map[string]*rule{"id": anID, "createdAt": aDate, "importedAt": aDate})

// conversationUpdate is the body of PUT and PATCH of a conversation (kustomer-api.md 6.3).
var conversationUpdate = with(conversationCommon, map[string]*rule{
	"status":             enum("open", "done", "snoozed"),
	"satisfaction":       between(-1, 1),
	"satisfactionLevel":  open(0),
	"suggestedShortcuts": listOf(0, nil),
	"suggestedTags":      listOf(0, nil),
	"subStatus":          anID,
	"snooze":             objectOf(map[string]*rule{"time": aDate, "status": enum("scheduled", "canceled", "elapsed")}),
	"sentiment":          aSentiment,
	"deleted":            nullable(boolean()),
	"ended":              boolean(),
	"endedAt":            aDate,
	"endedReason":        str(128),
	"endedBy":            anID,
	"endedByType":        enum("user", "customer"),
	"locked":             boolean(),
	"rev":                number(),
})

// messageCommon is what creation and update of a message share (kustomer-api.md 7.2, 7.4).
var messageCommon = map[string]*rule{
	"conversation": anID,
	"externalId":   str(256),
	"preview":      str(10240),
	"subject":      str(256),
	"status":       enum("sent", "received", "error"),
	"error": objectOf(map[string]*rule{
		"status": {}, "code": {}, "title": {}, "detail": {}, "source": {}, "meta": {}, "links": {},
	}),
	"errorAt":     aDate,
	"sentAt":      aDate,
	"createdAt":   aDate,
	"modifiedAt":  aDate,
	"createdBy":   anID,
	"modifiedBy":  anID,
	"size":        number(),
	"attachments": listOf(0, &rule{anyOf: []*rule{anID, anAttachment}}),
	"meta":        open(100),
	"custom":      customAttrs,
	"related":     str(0),
	"sentiment":   aSentiment,
	"lang":        str(100),
}

var anAttachment = objectOf(map[string]*rule{
	"_id": anID, "name": str(0), "contentType": str(0), "contentLength": between(0, 10_048_576), "sourceId": str(0),
}, "_id", "name", "contentType", "contentLength")

// messageFields is the body of the three ways to create a message (kustomer-api.md 7.2).
var messageFields = with(messageCommon, map[string]*rule{
	"id":         anID,
	"channel":    enum("email", "sms", "chat", "facebook", "twitter-dm", "twitter-tweet", "voice", "instagram", "whatsapp"),
	"app":        str(0),
	"direction":  inOrOut,
	"customer":   anID,
	"importedAt": aDate,
	"auto":       boolean(),
	"source":     enum("bulk", "satisfaction"),
	"reference":  objectOf(map[string]*rule{"message": anID, "type": enum("reply", "replyAll", "forward")}, "message", "type"),
	"shortcuts":  listOf(0, anID),
	"kbArticles": listOf(0, anID),
	"location":   aLocation,
	"queue":      aQueue,
})

// messageUpdate is the body of PUT and PATCH of a message (kustomer-api.md 7.4).
var messageUpdate = with(messageCommon, map[string]*rule{
	"updatedAt": aDate, "spam": boolean(), "reactions": listOf(100, nil), "rev": number(),
})

// With customer: a create that names it in its body, and an update that may move the conversation.
var (
	conversationWithCustomer = with(conversationFields, map[string]*rule{"customer": anID})
	conversationMove         = with(conversationUpdate, map[string]*rule{"customer": anID})
)

// The bodies of the endpoints.
var (
	customerBody            = objectOf(customerFields)
	conversationBody        = objectOf(conversationWithCustomer, "customer")
	customerConversation    = objectOf(with(conversationFields, map[string]*rule{"campaign": anID}))
	conversationUpdateBody  = objectOf(conversationMove)
	messageBody             = objectOf(messageFields, "channel", "app", "direction")
	conversationMessageBody = objectOf(messageFields, "channel", "app")
	customerMessageBody     = objectOf(without(messageFields, "customer"), "channel", "app")
	messageUpdateBody       = objectOf(messageUpdate)
	tagsBody                = tagList
)
