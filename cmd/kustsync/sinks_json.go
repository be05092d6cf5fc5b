package main

import "github.com/kustsync/kustsync/sinks"

// sinkJSON is a sink as --json prints it.
type sinkJSON struct {
	Name        string      `json:"name"`
	Doc         string      `json:"doc"`
	Kind        string      `json:"kind"` // makes, changes, acts, or any
	Destructive bool        `json:"destructive"`
	Delivers    bool        `json:"delivers"`
	Params      []string    `json:"params,omitempty"` // fields that a step writes out
	Create      []string    `json:"create"`           // where its requests go, whatever its kind
	Update      string      `json:"update,omitempty"`
	Bulk        string      `json:"bulk,omitempty"`
	Lookups     []string    `json:"lookups"`
	Roles       []roleJSON  `json:"roles,omitempty"`
	Notes       []string    `json:"notes,omitempty"`
	Example     string      `json:"example"` // what stands below mapping:
	Fields      []fieldJSON `json:"fields"`
	// Channels are what stands in its place in steps that deliver.
	Channels map[string]sinkJSON `json:"channels,omitempty"`
}

type roleJSON struct {
	For   string   `json:"for"`
	AnyOf []string `json:"any_of"`
}

type fieldJSON struct {
	Name     string      `json:"name"`
	Type     string      `json:"type"`
	Required bool        `json:"required"`
	Limits   string      `json:"limits,omitempty"`
	Doc      string      `json:"doc,omitempty"`
	Fields   []fieldJSON `json:"fields,omitempty"`
}

func sinkOf(s *sinks.Spec) sinkJSON {
	out := sinkJSON{
		Name: s.Name, Doc: s.Doc, Kind: kindOf(s), Destructive: s.Destructive, Delivers: s.Delivers, Params: s.Params,
		Lookups: lookupNames(s), Notes: s.Notes, Example: s.Example, Fields: fieldsOf(s.Fields),
	}
	if s.Batch != nil {
		out.Bulk = s.Batch.Path
	}
	for _, r := range s.Roles {
		out.Roles = append(out.Roles, roleJSON(r))
	}
	for _, r := range s.Create {
		out.Create = append(out.Create, routeText(r))
	}
	if s.Update != nil {
		out.Update = routeText(*s.Update)
	}
	for i := range s.Channels {
		if out.Channels == nil {
			out.Channels = map[string]sinkJSON{}
		}
		out.Channels[s.Channels[i].Name] = sinkOf(&s.Channels[i].Spec)
	}
	return out
}

func fieldsOf(fields []sinks.Field) []fieldJSON {
	var out []fieldJSON
	for i := range fields {
		f := &fields[i]
		inside := f.Fields
		if f.Items != nil {
			inside = f.Items.Fields
		}
		out = append(out, fieldJSON{
			Name: f.Name, Type: typeText(f), Required: f.Required, Limits: limitText(f), Doc: f.Doc, Fields: fieldsOf(inside),
		})
	}
	return out
}
