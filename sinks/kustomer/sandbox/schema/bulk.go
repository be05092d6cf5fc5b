package schema

import "slices"

// MaxItems is how many objects one bulk request may hold (kustomer-api.md 10).
const MaxItems = 100

// Object is an object with these fields and no others.
func Object(fields Fields, required ...string) *Rule { return objectOf(fields, required...) }

// Items is the body of a bulk request: a list of 1 to MaxItems objects. With byID each must also name the object
// that it is about; with clientRef each may carry `_clientRef`.
func Items(fields Fields, required []string, byID, clientRef bool) *Rule {
	fields, required = with(fields), slices.Clone(required)
	if clientRef {
		fields["_clientRef"] = textFrom(1, 255)
	}
	if byID {
		fields["id"] = anID
		required = append(required, "id")
	}
	return &Rule{types: []string{"array"}, minItems: 1, maxItems: MaxItems, items: objectOf(fields, required...)}
}
