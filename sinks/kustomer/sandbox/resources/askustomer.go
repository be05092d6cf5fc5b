package resources

import (
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// disguise shows attributes in the forms that Kustomer may give them, other than those that were sent: e-mail addresses
// in lower case, times in UTC with milliseconds, tags by their ids (kustomer-api.md 17.16, 19).
func (o *objects) disguise(a wire.Document) {
	for _, name := range []string{"emails", "sharedEmails"} {
		items, _ := a[name].([]any)
		for _, item := range items {
			if d, ok := item.(wire.Document); ok {
				d["email"] = strings.ToLower(wire.Text(d, "email"))
			}
		}
	}
	times(a)
	if custom, ok := a["custom"].(wire.Document); ok {
		times(custom)
	}
	list, _ := a["tags"].([]any)
	for i, tag := range list {
		name, _ := tag.(string)
		if r := tagNamed(o.Store, name); r != nil {
			list[i] = r.ID.String()
		}
	}
}

// times writes the times of a document as Kustomer does.
func times(d wire.Document) {
	for name := range d {
		if t, ok := wire.ParseTime(wire.Text(d, name)); ok && strings.HasSuffix(name, "At") {
			d[name] = wire.FormatTime(t)
		}
	}
}
