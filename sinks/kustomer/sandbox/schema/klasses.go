package schema

import "regexp"

// The bodies of requests that create and change klasses and KObjects.
var (
	NewKlass      = objectOf(newKlassFields, "name")
	KlassUpdate   = objectOf(klassUpdateFields)
	NewKObject    = objectOf(NewKObjectFields, "title")
	KObjectUpdate = objectOf(KObjectUpdateFields)
)

// klassUpdateFields are the fields of PUT of a klass (kustomer-api.md 9.3).
var klassUpdateFields = Fields{
	"displayName": str(0),
	"icon":        str(64),
	"color":       str(0),
	"jsonSchema":  {},
	"klassSchema": enum("task"),
	"mixins":      listOf(4, enum("commentable", "assignable", "editable", "creatable")),
	"status":      enum("enabled", "disabled"),
}

var newKlassFields = with(klassUpdateFields, Fields{
	"name": {types: []string{"string"}, minLen: 1, maxLen: 255, pattern: klassName},
})

var klassName = regexp.MustCompile(`^[0-9a-zA-Z_-]+$`)

// kobjectCommon are the fields that creation and update of a KObject share (kustomer-api.md 9.3).
var kobjectCommon = Fields{
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

// The fields of new KObjects, and of updates.
var (
	NewKObjectFields    = with(kobjectCommon, Fields{"customer": anID, "company": anID})
	KObjectUpdateFields = with(kobjectCommon, Fields{"rev": number()})
)
