package faults

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// object is one object that the server holds.
type object struct {
	kind, id   string
	externalID string
	attributes map[string]any
	parentKind string
	parentID   string
	rev        int
	written    time.Time
	seeded     bool
	gone       bool    // deleted, or merged into another
	into       *object // what it was merged into
	lost       int     // the n-th object that was lost
	modifiedBy string  // the user who changed it last; "" for the user of the key
}

// newObject is an object as a request describes it.
func newObject(to target, fields map[string]any) *object {
	o := &object{kind: to.kind, attributes: fields, parentKind: to.parentKind, parentID: to.parentID}
	if o.parentID != "" {
		return o
	}
	for _, kind := range []string{"conversation", "customer"} {
		if id, ok := fields[kind].(string); ok {
			o.parentKind, o.parentID = kind, id
			break
		}
	}
	return o
}

// set replaces one attribute. The attributes that answers and histories have are left alone.
func (o *object) set(name string, value any) {
	o.attributes = maps.Clone(o.attributes)
	o.attributes[name] = value
}

// claim is a value that only one object may have.
type claim struct{ field, key string }

// claims returns the values of an object that no other may have (kustomer-api.md 3.3).
func (o *object) claims() []claim {
	var list []claim
	if id, ok := o.attributes["externalId"].(string); ok {
		list = append(list, claim{"externalId", o.kind + " externalId " + id})
	}
	if o.kind == "customer" {
		for _, text := range values(o.attributes["externalIds"], "externalId") {
			list = append(list, claim{"externalId", "customer externalId " + text})
		}
		for _, text := range values(o.attributes["emails"], "email") {
			list = append(list, claim{"emails", "customer email " + strings.ToLower(text)})
		}
		for _, text := range values(o.attributes["phones"], "phone") {
			list = append(list, claim{"phones", "customer phone " + text})
		}
	}
	return list
}

// has reports whether a look-up with that value finds the object.
func (o *object) has(by, value string) bool {
	switch by {
	case "externalId":
		return o.externalID == value || slices.Contains(values(o.attributes["externalIds"], "externalId"), value)
	case "email":
		return slices.ContainsFunc(values(o.attributes["emails"], "email"), func(v string) bool { return strings.EqualFold(v, value) })
	}
	return slices.Contains(values(o.attributes["phones"], "phone"), value)
}

// values reads one member of each object in a list.
func values(list any, name string) []string {
	var texts []string
	items, _ := list.([]any)
	for _, item := range items {
		members, _ := item.(map[string]any)
		if text, ok := members[name].(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
