package schema

// The bodies of requests that create and change notes.
var (
	NewNote             = objectOf(noteAlone, "body")     // POST /v1/notes
	NewConversationNote = objectOf(NewNoteFields, "body") // the path names the conversation
	NotePatch           = objectOf(NoteUpdateFields)
	NotePut             = objectOf(NoteUpdateFields, "conversation", "body")
)

// noteCommon are the fields that creation and update of a note share (kustomer-api.md 9.1).
var noteCommon = Fields{
	"externalId":   nullable(str(256)),
	"body":         textFrom(1, 10240),
	"userMentions": listOf(20, aMention),
	"createdAt":    aDate,
	"modifiedAt":   aDate,
	"createdBy":    anID,
	"modifiedBy":   nullable(formatted(hexID)),
	"lang":         str(100),
}

var aMention = objectOf(Fields{"user": anID, "team": anID})

// The fields of new notes, and of updates.
var (
	noteAlone     = with(noteCommon, Fields{"id": anID}) // POST /v1/notes, which names no conversation
	NewNoteFields = with(noteAlone, Fields{
		"conversation": anID, "attachments": listOf(0, anAttachment), "importedAt": aDate,
	})
	NoteUpdateFields = with(noteCommon, Fields{
		"conversation": anID, "attachments": listOf(0, anAttachment), "updatedAt": aDate, "deleted": nullable(boolean()),
	})
)
