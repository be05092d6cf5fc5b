package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// tagNamed finds a tag by its name; nil when there is none. An org has few tags.
func tagNamed(st *store.Store, name string) *store.Record {
	for _, r := range st.All(store.Tag) {
		if wire.Text(r.Document(), "name") == name {
			return r
		}
	}
	return nil
}

// tagNames replaces the ids of tags in a list by their names: a body may hold both (kustomer-api.md 6.1).
func tagNames(st *store.Store, list []any) []any {
	names := make([]any, len(list))
	for i, tag := range list {
		names[i] = tag
		id, _ := tag.(string)
		if r := st.Get(store.Tag, id); r != nil {
			names[i] = r.Document()["name"]
		}
	}
	return names
}

// newTags lists the changes that make the tags which a document names and the org does not have. Only where answers
// show tags by their ids does anybody need them.
func (o *objects) newTags(doc wire.Document) []store.Change {
	list, _ := doc["tags"].([]any)
	if !o.Rules.AsKustomer || len(list) == 0 {
		return nil
	}
	list = tagNames(o.Store, list)
	doc["tags"] = list
	var changes []store.Change
	for _, tag := range list {
		if name, _ := tag.(string); name != "" && tagNamed(o.Store, name) == nil {
			changes = append(changes, o.Store.Creation(store.Tag, wire.Document{"name": name, "color": "#9b9b9b", "deleted": false, "createdAt": wire.Now()}))
		}
	}
	return changes
}
