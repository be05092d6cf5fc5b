package schema

// The bodies of requests that create and change conversations.
var (
	NewConversation         = objectOf(NewConversationFields, "customer")
	NewCustomerConversation = objectOf(with(conversationFields, Fields{"campaign": anID})) // the path names the customer
	ConversationUpdate      = objectOf(ConversationUpdateFields)
	Tags                    = tagList // of POST and DELETE /v1/conversations/{id}/tags
)

// The fields of conversations with customer: a create that names it in its body, and an update that may move the
// conversation.
var (
	NewConversationFields    = with(conversationFields, Fields{"customer": anID})
	ConversationUpdateFields = with(conversationUpdate, Fields{"customer": anID})
)

// conversationCommon are the fields that creation and update of a conversation share (kustomer-api.md 6.2, 6.3).
var conversationCommon = Fields{
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

// conversationFields are the fields of a new conversation, without customer (kustomer-api.md 6.2).
var conversationFields = with(conversationCommon, Fields{"id": anID, "createdAt": aDate, "importedAt": aDate})

// conversationUpdate are the fields of PUT and PATCH of a conversation, without customer (kustomer-api.md 6.3).
var conversationUpdate = with(conversationCommon, Fields{
	"status":             enum("open", "done", "snoozed"),
	"satisfaction":       between(-1, 1),
	"satisfactionLevel":  open(0),
	"suggestedShortcuts": listOf(0, nil),
	"suggestedTags":      listOf(0, nil),
	"subStatus":          anID,
	"snooze":             objectOf(Fields{"time": aDate, "status": enum("scheduled", "canceled", "elapsed")}),
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
