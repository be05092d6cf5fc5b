package sandbox

import "regexp"

// companyCommon is what creation and update of a company share (kustomer-api.md 9.2).
var companyCommon = map[string]*rule{
	"name":          textFrom(3, 256),
	"externalId":    nullable(textFrom(1, 256)),
	"avatarUrl":     nullable(formatted(absURI)),
	"emails":        listOf(10, anEmail),
	"phones":        listOf(10, aPhone),
	"whatsapps":     customerFields["whatsapps"],
	"socials":       listOf(10, aSocial),
	"urls":          customerFields["urls"],
	"domains":       listOf(10, objectOf(map[string]*rule{"domain": formatted(domain)}, "domain")),
	"locations":     listOf(10, aLocation),
	"employeeCount": number(),
	"tags":          tagList,
	"custom":        customAttrs,
	"defaultLang":   str(100),
	"rev":           number(),
}

var (
	companyFields = with(companyCommon, map[string]*rule{"createdAt": aDate, "importedAt": aDate})
	companyUpdate = with(companyCommon, map[string]*rule{"deleted": nullable(boolean())})
)

// noteCommon is what creation and update of a note share (kustomer-api.md 9.1).
var noteCommon = map[string]*rule{
	"externalId":   nullable(str(256)),
	"body":         textFrom(1, 10240),
	"userMentions": listOf(20, aMention),
	"createdAt":    aDate,
	"modifiedAt":   aDate,
	"createdBy":    anID,
	"modifiedBy":   nullable(formatted(hexID)),
	"lang":         str(100),
}

var (
	aMention = objectOf(map[string]*rule{"user": anID, "team": anID})

	noteAlone  = with(noteCommon, map[string]*rule{"id": anID}) // POST /v1/notes, which names no conversation
	noteFields = with(noteAlone, map[string]*rule{
		"conversation": anID, "attachments": listOf(0, anAttachment), "importedAt": aDate,
	})
	noteUpdate = with(noteCommon, map[string]*rule{
		"conversation": anID, "attachments": listOf(0, anAttachment), "updatedAt": aDate, "deleted": nullable(boolean()),
	})
)

// klassUpdate is the body of PUT of a klass (kustomer-api.md 9.3).
var klassUpdate = map[string]*rule{
	"displayName": str(0),
	"icon":        str(64),
	"color":       str(0),
	"jsonSchema":  {},
	"klassSchema": enum("task"),
	"mixins":      listOf(4, enum("commentable", "assignable", "editable", "creatable")),
	"status":      enum("enabled", "disabled"),
}

var klassFields = with(klassUpdate, map[string]*rule{
	"name": {types: []string{"string"}, minLen: 1, maxLen: 255, pattern: klassPattern},
})

var klassPattern = regexp.MustCompile(`^[0-9a-zA-Z_-]+$`)

// kobjectCommon is what creation and update of a KObject share (kustomer-api.md 9.3).
var kobjectCommon = map[string]*rule{
	"externalId":  textFrom(1, 256),
	"title":       textFrom(1, 256),
	"description": str(10240),
	"images":      listOf(20, formatted(webURL)),
	"icon":        str(64),
	"data":        open(0),
	"custom":      customAttrs,
	"tags":        tagList,
	"createdAt":   aDate,
	"importedAt":  aDate,
}

var (
	kobjectFields = with(kobjectCommon, map[string]*rule{"customer": anID, "company": anID})
	kobjectUpdate = with(kobjectCommon, map[string]*rule{"rev": number()})
)

// The bodies of these endpoints.
var (
	companyBody       = objectOf(companyFields, "name")
	companyUpdateBody = objectOf(companyUpdate)
	noteBody          = objectOf(noteFields, "body")
	noteAloneBody     = objectOf(noteAlone, "body")
	notePatchBody     = objectOf(noteUpdate)
	notePutBody       = objectOf(noteUpdate, "conversation", "body")
	klassBody         = objectOf(klassFields, "name")
	klassUpdateBody   = objectOf(klassUpdate)
	kobjectBody       = objectOf(kobjectFields, "title")
	kobjectUpdateBody = objectOf(kobjectUpdate)
	mergeBody         = objectOf(map[string]*rule{"source": anID, "target": anID}, "source", "target")
)
