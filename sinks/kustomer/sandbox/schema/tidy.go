package schema

import "github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"

// Tidy brings the times in a valid value into the form that Kustomer answers with: UTC with milliseconds
// (kustomer-api.md 1.6). Objects that may have any members stay as they are. Lists and objects are changed in place.
func (r *Rule) Tidy(v any) any {
	switch v := v.(type) {
	case string:
		if r.format != dateTime {
			break
		}
		if t, ok := wire.ParseTime(v); ok {
			return wire.FormatTime(t)
		}
	case []any:
		if r.items == nil {
			break
		}
		for i, item := range v {
			v[i] = r.items.Tidy(item)
		}
	case wire.Document:
		if r.chooser != "" {
			r = r.chosen(v)
		}
		for name, member := range v {
			one := r.fields[name]
			if one == nil && r.suffixes {
				_, one = customRule(name)
			}
			if one != nil {
				v[name] = one.Tidy(member)
			}
		}
	}
	return v
}
