package catalog

import (
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// KObjectOf is the Spec.Object of the KObjects of one klass.
func KObjectOf(klass string) string { return strings.Replace(kobjectKind, "{klass}", klass, 1) }

// kobjectKind names the objects of one klass: external ids are of a klass.
const kobjectKind = "kobject {klass}"

// kobjectRoles are the roles for the objects of one klass, or of all (kustomer-api.md 9.3).
func kobjectRoles(action, legacy string) []string {
	return []string{"org.permission.kobject." + action, "org.permission.kobject.kobject_{klass}." + action, "org.user.kobject." + legacy}
}

// klassParam is the name of the klass, which stands in the paths.
func klassParam() sinks.Field {
	return required(sinks.Field{Name: "klass", Type: sinks.Text, MaxLen: 255, Pattern: klassName, Doc: "name of the klass, written out, like order"})
}

const klassName = `^[0-9a-zA-Z_-]+$`

// createKObject is the catalog entry of create_kobject (kustomer-api.md 9.3).
func createKObject() sinks.Spec {
	return sinks.Spec{
		Name:   "create_kobject",
		Doc:    "Creates a KObject, of a customer or of none, or updates the one that is there.",
		Object: kobjectKind,
		Params: []string{"klass"},
		Create: []sinks.Route{
			{Method: http.MethodPost, Path: "/v1/customers/{customer}/klasses/{klass}"},
			{Method: http.MethodPost, Path: "/v1/klasses/{klass}"},
		},
		Update:     &sinks.Route{Method: http.MethodPut, Path: "/v1/klasses/{klass}/{id}"},
		Fields:     kobjectFields(),
		ExternalID: externalIDName,
		Lookups: []sinks.Lookup{
			{By: "externalId", Paths: []string{"/v1/klasses/{klass}/externalId={value}"}, From: "externalId"},
		},
		Batch: batches("/v1/klasses/{klass}/bulk"),
		Roles: []sinks.Role{
			{For: "create", AnyOf: kobjectRoles("create", "write")},
			{For: "update", AnyOf: kobjectRoles("update", "write")},
			{For: "look up", AnyOf: kobjectRoles("read", "read")},
		},
		Notes: []string{
			"An update changes neither the customer nor the company of a KObject.",
			"Map importedAt when you load history: Kustomer takes 120 new KObjects a minute for one customer, unless they are marked as imported.",
			"Typed attributes of the klass go into custom; data is JSON without types.",
		},
		NotFields: []sinks.NotField{
			{Name: "name", Hint: "map title"},
			{Name: "class", Hint: "map klass"},
			{Name: "type", Hint: "map klass"},
			{Name: "id", Hint: "leave it out, since Kustomer gives the id; map externalId"},
			{Name: "createdBy", Hint: "leave it out; the author is the owner of the API key"},
			{Name: "updatedAt", Hint: "leave it out; Kustomer sets it"},
			{Name: "modifiedAt", Hint: "leave it out; Kustomer sets it"},
		},
		Example: `klass: order
customer: "{{ .customer_id }}"
title: "Order {{ .number }}"
custom: { totalNum: "{{ .total }}", orderedAt: "{{ .ordered | date }}" }`,
	}
}

// kobjectFields lists the fields of kustomer-api.md 9.3.
func kobjectFields() []sinks.Field {
	title := required(textField("title", 256, "what agents see of it"))
	title.MinLen = 1
	customer := createOnly(idField("customer", "id of the customer whose object it is; an update does not move it"))
	customer.Aliases = []string{"customer_id"}
	return []sinks.Field{
		klassParam(),
		title,
		externalIDField("the object's id in the source system; the step's key when it is not mapped"),
		customer,
		createOnly(idField("company", "id of the company whose object it is; an update does not move it")),
		textField("description", 10240, "a longer text"),
		customField(),
		freeField("data", "any JSON object"),
		setField("images", 20, sinks.Field{Type: sinks.URL}, "addresses of pictures, at most 20"),
		textField("icon", 64, "name of an icon"),
		tagsField(),
		createdAtField("when it was created in the source system; not changed by an update"),
		importedAtField("when the record was imported, for example {{ now }}; lifts the limit of 120 a minute for one customer; not changed by an update"),
		updateOnly(revField()),
	}
}

// updateKObject is the catalog entry of update_kobject. There is no PATCH for KObjects.
func updateKObject() sinks.Spec {
	s := updateOf(createKObject(), "update_kobject", "Updates the KObject that id names.", nil)
	s.Example = `klass: order
id: '{{ (find "kobject" "externalId" "order" .number).id }}'
custom: { statusStr: "{{ .status }}" }`
	return s
}

// createKlass is the catalog entry of create_klass, found again by its name (kustomer-api.md 9.3).
func createKlass() sinks.Spec {
	name := createOnly(required(sinks.Field{Name: "name", Type: sinks.Text, MinLen: 1, MaxLen: 255, Pattern: klassName, Doc: "its name in paths: letters, digits, _ and -"}))
	write := []string{"org.admin.klass.write"}
	return sinks.Spec{
		Name:   "create_klass",
		Doc:    "Creates a klass: a kind of KObjects.",
		Object: "klass",
		Create: []sinks.Route{{Method: http.MethodPost, Path: "/v1/klasses"}},
		Update: &sinks.Route{Method: http.MethodPut, Path: "/v1/klasses/{id}"},
		Fields: []sinks.Field{
			name,
			{Name: "displayName", Type: sinks.Text, Doc: "what agents see of it"},
			textField("icon", 64, "name of an icon"),
			{Name: "color", Type: sinks.Text, Doc: "color of the icon"},
			wordField("status", "whether objects of it can be made", "enabled", "disabled"),
			{Name: "jsonSchema", Type: sinks.Free, Doc: "a JSON Schema of its objects"},
			wordField("klassSchema", "task makes it a klass of tasks", "task"),
			{Name: "mixins", Type: sinks.List, MaxItems: 4, Unique: true, Doc: "what its objects can do",
				Items: new(wordField("", "", "commentable", "assignable", "editable", "creatable"))},
		},
		Lookups: []sinks.Lookup{{By: "name", Paths: []string{"/v1/klasses?name={value}"}, From: "name"}},
		Roles: []sinks.Role{
			{For: "create", AnyOf: append([]string{"org.permission.klass.create"}, write...)},
			{For: "update", AnyOf: append([]string{"org.permission.klass.update"}, write...)},
			{For: "look up", AnyOf: []string{"org.permission.klass.read", "org.user.klass.read", "org.admin.klass.read"}},
		},
		Notes: []string{
			"The attributes of a klass are made in Kustomer's settings, under Klasses.",
			"A klass has no externalId: one that may have been made is left in doubt for kustsync resolve.",
		},
		NotFields: []sinks.NotField{
			{Name: "title", Hint: "map displayName"},
			{Name: "externalId", Hint: "leave it out; a klass is known by its name"},
			{Name: "fields", Hint: "leave it out; the attributes of a klass are made in Kustomer's settings"},
			{Name: "attributes", Hint: "leave it out; the attributes of a klass are made in Kustomer's settings"},
		},
		Example: `name: order
displayName: Orders`,
	}
}
