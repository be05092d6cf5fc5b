package resources

import (
	"maps"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// newDocument is what a create keeps of its body: nulls are as good as absent.
func newDocument(body wire.Document) wire.Document {
	d := make(wire.Document, len(body)+2)
	for name, v := range body {
		if v != nil && name != "id" && name != "rev" {
			d[name] = v
		}
	}
	at := wire.Now()
	if d["createdAt"] == nil {
		d["createdAt"] = at
	} else {
		d["updatedAt"] = at
	}
	return d
}

// overlay puts the fields of an update over a document: null clears, lists are replaced, custom attributes are
// merged by name (kustomer-api.md 1.8).
func overlay(doc, body wire.Document) {
	for name, v := range body {
		switch {
		case name == "rev":
		case name == "custom":
			doc[name] = mergeCustom(doc[name], v)
		case v == nil:
			delete(doc, name)
		default:
			doc[name] = v
		}
	}
	if body["updatedAt"] == nil {
		doc["updatedAt"] = wire.Now()
	}
}

// mergeCustom merges custom attributes: those of the update win, and null removes one.
func mergeCustom(old, update any) wire.Document {
	all := wire.Document{}
	if o, ok := old.(wire.Document); ok {
		maps.Copy(all, o)
	}
	if u, ok := update.(wire.Document); ok {
		maps.Copy(all, u)
	}
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// only is a document without the members that are not named.
func only(doc wire.Document, names []string) wire.Document {
	rest := wire.Document{}
	for _, name := range names {
		if v, ok := doc[name]; ok {
			rest[name] = v
		}
	}
	return rest
}

// firstText is a string member of the first object in a list; "" when there is none.
func firstText(list any, name string) string {
	items, _ := list.([]any)
	if len(items) == 0 {
		return ""
	}
	d, _ := items[0].(wire.Document)
	return wire.Text(d, name)
}
