package reference

import "github.com/kustsync/kustsync/sinks"

// Sink is a sink as --json prints it.
type Sink struct {
	Name        string   `json:"name"`
	Doc         string   `json:"doc"`
	Kind        string   `json:"kind"` // makes, changes, acts, or any
	Destructive bool     `json:"destructive"`
	Delivers    bool     `json:"delivers"`
	Params      []string `json:"params,omitempty"` // fields that a step writes out
	Create      []string `json:"create"`           // where its requests go, whatever its kind
	Update      string   `json:"update,omitempty"`
	Bulk        string   `json:"bulk,omitempty"`
	Lookups     []string `json:"lookups"`
	Roles       []Role   `json:"roles,omitempty"`
	Notes       []string `json:"notes,omitempty"`
	Example     string   `json:"example"` // what stands below mapping:
	Fields      []Field  `json:"fields"`
	// Channels are what takes its place in steps that deliver, by channel.
	Channels map[string]Sink `json:"channels,omitempty"`
}

// Role is what a key must be allowed for one use of a sink: any of the roles.
type Role struct {
	For   string   `json:"for"`
	AnyOf []string `json:"any_of"`
}

// Field is a field of a sink.
type Field struct {
	Name     string  `json:"name"`
	Type     string  `json:"type"`
	Required bool    `json:"required"`
	Limits   string  `json:"limits,omitempty"`
	Doc      string  `json:"doc,omitempty"`
	Fields   []Field `json:"fields,omitempty"`
}

// Sinks describes sinks for --json.
func Sinks(specs []sinks.Spec) (list []Sink) {
	for i := range specs {
		list = append(list, DescribeSink(&specs[i]))
	}
	return list
}

// DescribeSink describes a sink for --json.
func DescribeSink(s *sinks.Spec) Sink {
	out := Sink{
		Name: s.Name, Doc: s.Doc, Kind: Kind(s), Destructive: s.Destructive, Delivers: s.Delivers, Params: s.Params,
		Lookups: lookupNames(s), Notes: s.Notes, Example: s.Example, Fields: describeFields(s.Fields),
	}
	if s.Batch != nil {
		out.Bulk = s.Batch.Path
	}
	for _, r := range s.Roles {
		out.Roles = append(out.Roles, Role(r))
	}
	for _, r := range s.Create {
		out.Create = append(out.Create, routeText(r))
	}
	if s.Update != nil {
		out.Update = routeText(*s.Update)
	}
	for i := range s.Channels {
		if out.Channels == nil {
			out.Channels = map[string]Sink{}
		}
		out.Channels[s.Channels[i].Name] = DescribeSink(&s.Channels[i].Spec)
	}
	return out
}

// lookupNames are the properties by which the sink's objects can be looked up.
func lookupNames(s *sinks.Spec) (by []string) {
	for _, l := range s.Lookups {
		by = append(by, l.By)
	}
	return by
}

func describeFields(fields []sinks.Field) (list []Field) {
	for i := range fields {
		f := &fields[i]
		list = append(list, Field{
			Name: f.Name, Type: typeText(f), Required: f.Required, Limits: limitText(f), Doc: f.Doc, Fields: describeFields(innerFields(f)),
		})
	}
	return list
}
