package catalog

import "github.com/kustsync/kustsync/sinks"

// Fields and parts of fields that several sinks share. Limits are those of kustomer-api.md 2.4, which
// are the same on create, on update and in bulk.

const (
	externalIDName = "externalId" // the field and the look-up by which objects are found again
	targetID       = "id"         // the field that names the object to change
)

// RefField is the field of an item of a batch that holds its reference (kustomer-api.md 10).
const RefField = "_clientRef"

// batches is how a bulk endpoint takes objects: 100 in a request of about 100 kB, of which a little is left
// for the marks around them (kustomer-api.md 10 and 2.4).
func batches(path string, needs ...string) *sinks.Batches {
	return &sinks.Batches{Path: path, Needs: needs, MaxItems: 100, MaxBytes: 90_000, ItemOverhead: 56, RefField: RefField}
}

// externalIDField is the name of an object in the source system. Kustomer has no rule for its characters;
// control characters are refused here, because no look-up could find the object again. For the same
// reason it cannot be cleared, though Kustomer would take a null for a customer.
func externalIDField(doc string) sinks.Field {
	return sinks.Field{Name: externalIDName, Type: sinks.Text, MinLen: 1, MaxLen: 256, Pattern: `^\P{Cc}+$`, Doc: doc}
}

func textField(name string, limit int, doc string) sinks.Field {
	return sinks.Field{Name: name, Type: sinks.Text, MaxLen: limit, Doc: doc}
}

func wordField(name, doc string, words ...string) sinks.Field {
	return sinks.Field{Name: name, Type: sinks.Text, Enum: words, Doc: doc}
}

func boolField(name, doc string) sinks.Field {
	return sinks.Field{Name: name, Type: sinks.Bool, Doc: doc}
}

func timeField(name, doc string) sinks.Field {
	return sinks.Field{Name: name, Type: sinks.Time, Doc: doc}
}

func idField(name, doc string) sinks.Field {
	return sinks.Field{Name: name, Type: sinks.ID, Doc: doc}
}

// freeField is an object whose members Kustomer does not prescribe.
func freeField(name, doc string) sinks.Field {
	return sinks.Field{Name: name, Type: sinks.Object, Doc: doc}
}

// required marks a member, or a field on create, that must be there.
func required(f sinks.Field) sinks.Field {
	f.Required = true
	return f
}

func nullable(f sinks.Field) sinks.Field {
	f.Nullable = true
	return f
}

func createOnly(f sinks.Field) sinks.Field {
	f.Use = sinks.CreateOnly
	return f
}

func updateOnly(f sinks.Field) sinks.Field {
	f.Use = sinks.UpdateOnly
	return f
}

// setField is a list of at most limit different items. An update replaces it as a whole, and null clears it
// (kustomer-api.md 1.8, 2.4).
func setField(name string, limit int, items sinks.Field, doc string) sinks.Field {
	return sinks.Field{Name: name, Type: sinks.List, MaxItems: limit, Unique: true, Nullable: true, Items: &items, Doc: doc}
}

// idsField is a set of object ids.
func idsField(name string, limit int, doc string) sinks.Field {
	return setField(name, limit, sinks.Field{Type: sinks.ID}, doc)
}

// objectOf is a list's item or a field that has members.
func objectOf(members ...sinks.Field) sinks.Field {
	return sinks.Field{Type: sinks.Object, Fields: members}
}

func named(name, doc string, f sinks.Field) sinks.Field {
	f.Name, f.Doc = name, doc
	return f
}

func tagsField() sinks.Field {
	tag := sinks.Field{
		Type: sinks.Text, MinLen: 1, MaxLen: 64,
		Pattern: `^[0-9a-zA-ZÀ-ÿ_/<>\-.][0-9a-zA-ZÀ-ÿ_/<>\-. ]*$`,
	}
	return setField("tags", 20, tag, "names of tags, at most 20 of 1 to 64 characters; they replace the tags that are there")
}

// customField holds the org's own attributes (kustomer-api.md 5.4).
func customField() sinks.Field {
	return sinks.Field{
		Name: "custom", Type: sinks.Custom, MaxItems: 100,
		Doc: "custom attributes, at most 100; each name ends in its type: Str, Txt, Num, Bool, At, Url or Id",
	}
}

func sentimentField() sinks.Field {
	return named("sentiment", "how the customer feels: polarity -1, 0 or 1, and how sure that is, -1 to 1", objectOf(
		required(sinks.Field{Name: "polarity", Type: sinks.Integer, Min: new(-1.0), Max: new(1.0), Doc: "-1, 0 or 1"}),
		required(sinks.Field{Name: "confidence", Type: sinks.Number, Min: new(-1.0), Max: new(1.0), Doc: "-1 to 1"}),
	))
}

// queueField names one of Kustomer's queues or one outside (kustomer-api.md 6.2).
func queueField() sinks.Field {
	f := named("queue", "the queue it waits in: id, or external for a queue outside Kustomer", objectOf(
		idField("id", "id of the queue"),
		wordField("external", "the system that has the queue", "amazon-connect"),
	))
	f.MinItems = 1
	return f
}

func locationOf() sinks.Field {
	return objectOf(
		wordField("type", "which of the addresses it is", "home", "work", "other"),
		sinks.Field{Name: "name", Type: sinks.Text, Doc: "a name for the place"},
		textField("address", 256, "street and number"),
		textField("address2", 256, "second line"),
		textField("address3", 256, "third line"),
		sinks.Field{Name: "latitude", Type: sinks.Number, Doc: "degrees north"},
		sinks.Field{Name: "longitude", Type: sinks.Number, Doc: "degrees east"},
		sinks.Field{Name: "countryCode", Type: sinks.Text, MinLen: 2, MaxLen: 2, Doc: "country as two letters, like US"},
		textField("countryName", 64, "name of the country"),
		textField("regionCode", 2, "region or state as two letters, like NY"),
		textField("regionName", 128, "name of the region or state"),
		textField("cityName", 128, "name of the city"),
		textField("zipCode", 30, "postal code"),
		textField("areaCode", 30, "area code"),
	)
}

// The fields of a load of history (kustomer-api.md 1.3, 14).

func createdAtField(doc string) sinks.Field {
	return createOnly(timeField("createdAt", doc))
}

func importedAtField(doc string) sinks.Field {
	return createOnly(timeField("importedAt", doc))
}

// clientIDField is an id that the sender chooses. What Kustomer does with one that is taken is not
// documented (kustomer-api.md 4.3), so nothing in kustsync relies on it.
func clientIDField() sinks.Field {
	return createOnly(idField("id", "an id of your own, 24 hex digits; Kustomer does not say what it does with one that is taken, so better map externalId"))
}

// revField guards an update against changes in between (kustomer-api.md 1.8).
func revField() sinks.Field {
	return sinks.Field{Name: "rev", Type: sinks.Number, Doc: "the revision that an update expects; Kustomer refuses it when the object has changed since"}
}
