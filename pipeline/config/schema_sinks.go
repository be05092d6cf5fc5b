package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// sinkRule returns the schema of a step that names the sink.
func sinkRule(spec *sinks.Spec) document {
	lookups := make([]string, len(spec.Lookups))
	for i, l := range spec.Lookups {
		lookups[i] = l.By
	}
	properties := document{"mapping": refTo(spec.Name)}
	if len(lookups) > 0 {
		properties["match"] = document{"items": anyOf(document{"enum": anys(lookups)}, refTo("variable"))}
	}
	then := document{"properties": properties}
	if len(spec.Channels) > 0 {
		then = document{"if": saying("deliver", true), "then": channelRules(spec), "else": then}
	}
	return document{"if": saying("sink", spec.Name), "then": then}
}

// saying matches an object with a member of that value.
func saying(name string, value any) document {
	return document{"required": []any{name}, "properties": document{name: document{"const": value}}}
}

// channelRules returns the schema of a step that delivers, by the channel of its mapping. A mapping without a channel
// that is written out is left to the rule deliver-channel.
func channelRules(spec *sinks.Spec) document {
	var rules []any
	for _, c := range spec.Channels {
		rules = append(rules, document{
			"if":   document{"required": []any{"mapping"}, "properties": document{"mapping": saying("channel", c.Name)}},
			"then": document{"properties": document{"mapping": refTo(channelDefinition(spec, c.Name))}},
		})
	}
	return document{"allOf": rules}
}

// channelDefinition names the schema of a mapping that delivers through a channel.
func channelDefinition(spec *sinks.Spec, channel string) string { return spec.Name + "_" + channel }

// mappingSchema returns the schema of a mapping of the sink.
func mappingSchema(spec *sinks.Spec) document {
	s := membersSchema(spec.Fields)
	s["description"] = spec.Doc
	if empty := emptySchema(spec); empty != nil {
		all, _ := s["allOf"].([]any)
		s["allOf"] = append(all, empty)
	}
	if routes := routeSchema(spec); routes != nil {
		all, _ := s["allOf"].([]any)
		s["allOf"] = append(all, routes)
	}
	return s
}

// emptySchema refuses a mapping that names an object and no field that is to change. It is nil for a sink that can
// change something without any field.
func emptySchema(spec *sinks.Spec) document {
	route := sinks.Route{}
	if len(spec.Create) > 0 {
		route = spec.Create[0]
	}
	fields := pathFields(route.Path)
	if spec.Kind != sinks.Changes || !route.SendsFields() || len(fields) == 0 {
		return nil
	}
	return document{
		"not":          document{"propertyNames": document{"enum": anys(fields)}},
		"errorMessage": "changes nothing",
		"fix":          "map a field that is to change, besides " + strings.Join(fields, " and "),
	}
}

// membersSchema returns the schema of an object with these fields. A field stands under its name or under one of its
// aliases, not under two of them. Fields that only an update takes are left out, since every step can create.
func membersSchema(fields []sinks.Field) document {
	properties := document{}
	var required, rules []any
	for i := range fields {
		f := &fields[i]
		if f.Use == sinks.UpdateOnly {
			continue
		}
		names := append([]string{f.Name}, f.Aliases...)
		for _, name := range names {
			properties[name] = fieldSchema(f)
		}
		needed := f.Required && f.Default == nil
		switch {
		case len(names) > 1:
			if needed {
				rules = append(rules, oneOfThese(each(names), fmt.Sprintf("needs %q", f.Name), "map "+f.Name))
			}
			rules = append(rules, notBoth(names)...)
		case needed:
			required = append(required, f.Name)
		}
	}
	s := document{"type": "object", "additionalProperties": false, "properties": properties, "errorMessage": "must be a map", "fix": "write a map: { ... }"}
	if len(required) > 0 {
		s["required"] = required
	}
	if len(rules) > 0 {
		s["allOf"] = rules
	}
	return s
}

// oneOfThese requires one of the options, each a list of names that are required together.
func oneOfThese(options [][]string, message, fix string) document {
	var either []any
	for _, names := range options {
		either = append(either, document{"required": anys(names)})
	}
	// With two nots the rule fails as a whole, with one message, and not option by option.
	return document{"not": document{"not": document{"anyOf": either}}, "errorMessage": message, "fix": fix}
}

// notBoth refuses two names of one field, pair by pair.
func notBoth(names []string) (rules []any) {
	for i, a := range names {
		for _, b := range names[i+1:] {
			rules = append(rules, document{
				"not":          document{"required": []any{a, b}},
				"errorMessage": fmt.Sprintf("sets both %q and %q, which are one field", a, b),
				"fix":          "remove one of the two",
			})
		}
	}
	return rules
}

// routeSchema requires the fields that the path of one of the sink's create routes has in it. It is nil when some route
// has only fields that are required anyway.
func routeSchema(spec *sinks.Spec) document {
	var options [][]string
	var words []string
	for _, route := range spec.Create {
		fields := pathFields(route.Path)
		if !slices.ContainsFunc(fields, func(name string) bool { return !isRequired(spec, name) }) {
			return nil // no field, or only fields that the mapping must have anyway
		}
		options = append(options, spellings(spec, fields)...)
		words = append(words, `"`+strings.Join(fields, `" and "`)+`"`)
	}
	if len(options) == 0 {
		return nil
	}
	return oneOfThese(options, "needs "+strings.Join(words, " or "), "map "+strings.Join(words, ", or "))
}

// isRequired reports whether a mapping must have the field.
func isRequired(spec *sinks.Spec, name string) bool {
	f, ok := spec.Field(name)
	return ok && f.Required && f.Default == nil
}

// spellings lists the ways to write all the fields, each by its name or by one of its aliases.
func spellings(spec *sinks.Spec, fields []string) [][]string {
	ways := [][]string{nil}
	for _, name := range fields {
		names := []string{name}
		if f, ok := spec.Field(name); ok {
			names = append([]string{f.Name}, f.Aliases...)
		}
		var longer [][]string
		for _, way := range ways {
			for _, n := range names {
				longer = append(longer, append(slices.Clone(way), n))
			}
		}
		ways = longer
	}
	return ways
}

// pathFields lists the {fields} of a path.
func pathFields(path string) (fields []string) {
	for part := range strings.SplitSeq(path, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok {
			fields = append(fields, strings.TrimPrefix(name, "+"))
		}
	}
	return fields
}

// fieldSchema returns the schema of what a mapping may hold for the field: a template, a constant of
// its type, or a list or map of these. Lengths and formats are left to Spec.Fit.
func fieldSchema(f *sinks.Field) document {
	s := typeSchema(f)
	if f.Nullable {
		if options, ok := s["anyOf"].([]any); ok {
			s["anyOf"] = append(options, document{"type": "null"})
		}
	}
	if f.Doc != "" {
		s["description"] = f.Doc
	}
	return s
}

func typeSchema(f *sinks.Field) document {
	template := refTo("template")
	switch f.Type {
	case sinks.Integer, sinks.Number:
		return numberSchema(f)
	case sinks.Bool:
		s := anyOf(document{"type": "boolean"}, textLike("^(?:[tT][rR][uU][eE]|[fF][aA][lL][sS][eE])?$"), template)
		return wants(s, "must be true, false or a template", "write true or false, or put a template in quotes")
	case sinks.ID:
		s := anyOf(textLike("^(?:[0-9a-fA-F]{24})?$"), template)
		return wants(s, "must be a Kustomer id of 24 hex digits, or a template", `use {{ ref "step" }}, or the function lookup with a table of ids`)
	case sinks.List:
		s := anyOf(document{"type": "array", "items": fieldSchema(f.Items)}, template)
		return wants(s, "must be a list, or a template that gives one", "write a list: [ ... ]")
	case sinks.Object:
		members := document{"type": "object"}
		if len(f.Fields) > 0 {
			members = membersSchema(f.Fields)
		}
		return wants(anyOf(members, template), "must be a map, or a template that gives one", "write a map: { ... }")
	case sinks.Custom:
		return wants(anyOf(customSchema(), template), "must be a map, or a template that gives one", "write a map: { ... }")
	case sinks.Free:
		return document{}
	}
	if len(f.Enum) > 0 {
		return anyOf(document{"enum": anys(slices.Concat(f.Enum, f.EnumUpdate))}, template)
	}
	return wants(anyOf(document{"type": []any{"string", "number", "boolean"}}), "must be a text or a template", "write one text, or a template in quotes")
}

func numberSchema(f *sinks.Field) document {
	number, shape, want := document{"type": "number"}, `^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$|^$`, "must be a number"
	if f.Type == sinks.Integer {
		number["type"], want = "integer", "must be a whole number"
	}
	if f.Min != nil && f.Max != nil {
		want += fmt.Sprintf(" from %v to %v", *f.Min, *f.Max)
	}
	if f.Min != nil {
		number["minimum"] = jsonFloat(*f.Min)
	}
	if f.Max != nil {
		number["maximum"] = jsonFloat(*f.Max)
	}
	return wants(anyOf(number, textLike(shape), refTo("template")), want+", or a template", "write a number in digits, or a template in quotes")
}

// customSchema requires that every key ends in the suffix of a type, and that a constant is of that type.
func customSchema() document {
	patterns := document{}
	var suffixes []string
	for _, f := range sinks.Suffixes() {
		patterns[".+"+f.Name+"$"] = fieldSchema(&f)
		suffixes = append(suffixes, f.Name)
	}
	return document{
		"type":              "object",
		"patternProperties": patterns,
		"additionalProperties": document{
			"not":          document{},
			"errorMessage": "does not end in the type of the attribute",
			"fix":          "end the name in one of " + strings.Join(suffixes, ", ") + ", as Kustomer's settings show it",
		},
	}
}

// each puts every name into a list of its own.
func each(names []string) (lists [][]string) {
	for _, name := range names {
		lists = append(lists, []string{name})
	}
	return lists
}

func refTo(name string) document { return document{"$ref": "#/definitions/" + name} }

func anyOf(options ...any) document { return document{"anyOf": options} }

func textLike(pattern string) document { return document{"type": "string", "pattern": pattern} }

// wants adds to a schema the message and the fix for a value that it does not accept.
func wants(s document, message, fix string) document {
	s["errorMessage"], s["fix"] = message, fix
	return s
}

func jsonFloat(f float64) json.Number {
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
}
