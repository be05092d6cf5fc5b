package sandbox

import (
	"encoding/json"
	"maps"
	"strconv"
)

// tidy brings the times in a valid body into the form that Kustomer answers with: UTC with
// milliseconds (kustomer-api.md 1.6). Free objects stay as they are.
func tidy(r *rule, v any) any {
	switch v := v.(type) {
	case string:
		if r.format != dateTime {
			break
		}
		if t, ok := parseTime(v); ok {
			return t.UTC().Format(stamp)
		}
	case []any:
		if r.items == nil {
			break
		}
		for i, item := range v {
			v[i] = tidy(r.items, item)
		}
	case document:
		if r.chooser != "" {
			r = r.chosen(v)
		}
		for name, member := range v {
			one := r.fields[name]
			if one == nil && r.suffixes {
				_, one = customRule(name)
			}
			if one != nil {
				v[name] = tidy(one, member)
			}
		}
	}
	return v
}

// newDocument is what a create keeps of its body: nulls are as good as absent.
func newDocument(body document) document {
	d := make(document, len(body)+2)
	for name, v := range body {
		if v != nil && name != "id" && name != "rev" {
			d[name] = v
		}
	}
	at := now()
	if d["createdAt"] == nil {
		d["createdAt"] = at
	} else {
		d["updatedAt"] = at
	}
	return d
}

// overlay puts the fields of an update over a document: null clears, lists are replaced, custom
// attributes are merged by name (kustomer-api.md 1.8).
func overlay(doc, body document) {
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
		doc["updatedAt"] = now()
	}
}

func mergeCustom(old, update any) document {
	all := document{}
	if o, ok := old.(document); ok {
		maps.Copy(all, o)
	}
	if u, ok := update.(document); ok {
		maps.Copy(all, u)
	}
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// staleRev says whether a request was made for another revision than the object has: rev comes
// in the body or in the query (kustomer-api.md 1.8).
func (c *call) staleRev(r *record) bool {
	current := float64(r.rev)
	if n, ok := c.fields()["rev"].(json.Number); ok {
		if f, err := n.Float64(); err != nil || f != current {
			return true
		}
	}
	if q := c.query.Get("rev"); q != "" {
		f, err := strconv.ParseFloat(q, 64)
		return err != nil || f != current
	}
	return false
}

// textOf is a string field of a document, or "".
func textOf(d document, name string) string {
	s, ok := d[name].(string)
	if !ok {
		return ""
	}
	return s
}
