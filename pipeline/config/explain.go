package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/sinks"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// unknownKeys reports keys that the schema does not have, each at its own place, with the nearest known key.
func (r *reporter) unknownKeys(e *jsonschema.ValidationError, names []string) {
	n, spec := r.node(e.InstanceLocation), r.spec(e.InstanceLocation)
	known := slices.Sorted(maps.Keys(r.properties(e.SchemaURL)))
	for _, name := range names {
		at, _ := n.find(name)
		message, hint := fmt.Sprintf("unknown key %q", name), r.elsewhere(name)
		switch {
		case spec == nil:
		case onlyUpdated(spec, name):
			message = fmt.Sprintf("%s cannot set %q: Kustomer takes it only in an update", r.owner(e.InstanceLocation), name)
		default:
			message = fmt.Sprintf("%s has no field %q", r.owner(e.InstanceLocation), name)
		}
		if near, ok := Nearest(name, known); ok || hint == "" {
			hint = instead(name, near, known, spec)
		}
		r.add(at.pos, message, hint)
	}
}

// sections are the sections of a file, whose keys users may put into the wrong section.
var sections = []struct{ definition, place string }{
	{"kustomer", "under kustomer:"},
	{"run", "under run:"},
	{"sandbox", "under sandbox:"},
	{"step", "in a step, beside mapping:"},
	{"source", "in a source, under sources:"},
}

// elsewhere says in which section a key belongs that is unknown in its own; "": in none.
func (r *reporter) elsewhere(name string) string {
	for _, p := range sections {
		if _, ok := r.properties("#/definitions/" + p.definition)[name]; ok {
			return "move it: it belongs " + p.place
		}
	}
	return ""
}

// instead says what to write in place of an unknown key; near is the nearest known key, or "".
func instead(name, near string, known []string, spec *sinks.Spec) string {
	if spec != nil {
		for _, not := range spec.NotFields {
			if not.Name == name {
				return not.Hint
			}
		}
		if onlyUpdated(spec, name) {
			return "map it in a step of its own, whose sink updates the " + spec.Object
		}
	}
	switch {
	case near != "":
		return fmt.Sprintf("did you mean %q?", near)
	case spec != nil && len(known) > 12:
		return fmt.Sprintf("see `kustsync sinks %s` for the fields there are", spec.Name)
	}
	return "use one of " + strings.Join(known, ", ")
}

// onlyUpdated reports whether a field exists, and only an update takes it.
func onlyUpdated(spec *sinks.Spec, name string) bool {
	f, ok := spec.Field(name)
	return ok && f.Use == sinks.UpdateOnly
}

// missingKeys reports the keys that an object needs and does not have, at the key whose value the object is.
func (r *reporter) missingKeys(e *jsonschema.ValidationError, names []string) {
	properties, n := r.properties(e.SchemaURL), r.node(e.InstanceLocation)
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return misspelt(n, name, properties) })
	if len(names) == 0 {
		return
	}
	var fixes []string
	for _, name := range names {
		sample := "..."
		if r.spec(e.InstanceLocation) != nil {
			sample = `"{{ .` + name + ` }}"`
		}
		fixes = append(fixes, name+": "+cmp.Or(example(properties[name]), sample))
	}
	message := fmt.Sprintf("%s has no %s", r.owner(e.InstanceLocation), quoted(names, " and no "))
	r.add(n.key, message, "add "+strings.Join(fixes, ", "))
}

// misspelt reports whether the object has an unknown key that is most likely meant to be name: then the diagnostic of
// that key is enough.
func misspelt(n *node, name string, properties document) bool {
	return slices.ContainsFunc(n.entries, func(e entry) bool {
		if _, known := properties[e.name]; known {
			return false
		}
		near, ok := Nearest(e.name, slices.Sorted(maps.Keys(properties)))
		return ok && near == name
	})
}

// brokenRule reports a rule about several keys of an object, at the last of these keys.
func (r *reporter) brokenRule(e *jsonschema.ValidationError) {
	n := r.node(e.InstanceLocation)
	pos := n.key
	rule := r.at(e.SchemaURL)
	not, _ := rule["not"].(document)
	names, _ := not["required"].([]any)
	for _, name := range names {
		if at, ok := n.find(fmt.Sprint(name)); ok && (at.pos.Line > pos.Line || at.pos.Column > pos.Column) {
			pos = at.pos
		}
	}
	fix, _ := rule["fix"].(string)
	r.add(pos, r.owner(e.InstanceLocation)+" "+r.wanted(e), fix)
}

// badValue reports a value that the schema does not accept.
func (r *reporter) badValue(e *jsonschema.ValidationError) {
	n, name := r.node(e.InstanceLocation), r.owner(e.InstanceLocation)
	want := r.wanted(e)
	words := enum(e)
	switch {
	case want != "":
	case words != nil && n.kind == scalar:
		r.add(n.pos, fmt.Sprintf("unknown %s %s", lastName(e.InstanceLocation), n.show()), oneOf(n.text, words))
		return
	case words != nil:
		want = "must be one of " + strings.Join(words, ", ")
	default:
		want = wantedType(e)
	}
	fix := r.fix(e)
	if fix == "" && words != nil {
		fix = oneOf(n.text, words)
	}
	pos := n.pos
	if n.kind != scalar {
		pos = n.key
	}
	r.add(pos, fmt.Sprintf("%s %s, not %s", name, want, n.show()), fix)
}

// wanted returns the errorMessage of the schema, which says what it accepts; "" when it has none.
func (r *reporter) wanted(e *jsonschema.ValidationError) string {
	m, _ := r.keyword(e, "errorMessage").(string)
	return m
}

// fix returns the fix of the schema, else an example of what it accepts; "" when it has neither.
func (r *reporter) fix(e *jsonschema.ValidationError) string {
	if fix, ok := r.keyword(e, "fix").(string); ok {
		return fix
	}
	if ex := example(r.at(e.SchemaURL)); ex != "" {
		return fmt.Sprintf("write it as in %s: %s", lastName(e.InstanceLocation), ex)
	}
	return ""
}

// keyword returns a keyword of the schema that failed, or of the one that it refers to; nil when neither has it.
func (r *reporter) keyword(e *jsonschema.ValidationError, name string) any {
	part := r.at(e.SchemaURL)
	for range 8 { // no schema refers further
		if v, ok := part[name]; ok {
			return v
		}
		ref, ok := part["$ref"].(string)
		if !ok {
			break
		}
		part = r.at(ref)
	}
	return nil
}

// properties returns the properties of the schema at the location, or of the nearest schema around it that has any.
func (r *reporter) properties(location string) document {
	for {
		if p, ok := r.at(location)["properties"].(document); ok {
			return p
		}
		i := strings.LastIndexByte(location, '/')
		if i < strings.IndexByte(location, '#') {
			return nil
		}
		location = location[:i]
	}
}

// owner names the value at a place in messages: "step \"customer\"", "emails", "item 2 of header".
func (r *reporter) owner(place []string) string {
	if len(place) == 0 {
		return "the file"
	}
	last := place[len(place)-1]
	parent := r.node(place[:len(place)-1])
	switch spec := r.spec(place); {
	case parent.kind == list:
		i, _ := strconv.Atoi(last)
		return fmt.Sprintf("item %d of %s", i+1, r.owner(place[:len(place)-1]))
	case len(place) == 3 && spec != nil:
		return spec.Name
	case len(place) == 2 && slices.Contains([]string{"steps", "sources", "tables"}, place[0]):
		return fmt.Sprintf("%s %q", strings.TrimSuffix(place[0], "s"), last)
	}
	return last
}

// lastName returns the last key of a place, without the numbers of items; "" for the file.
func lastName(place []string) string {
	for _, name := range slices.Backward(place) {
		if _, err := strconv.Atoi(name); err != nil {
			return name
		}
	}
	return ""
}

// enum lists the words of which e wants one; nil when it wants something else.
func enum(e *jsonschema.ValidationError) (words []string) {
	if k, ok := e.ErrorKind.(*kind.Enum); ok {
		for _, w := range k.Want {
			words = append(words, fmt.Sprint(w))
		}
		return words
	}
	for _, cause := range e.Causes {
		if words = enum(cause); words != nil {
			return words
		}
	}
	return nil
}

// typeWords are the words for the types of JSON in messages.
var typeWords = map[string]string{
	"object": "a map", "array": "a list", "string": "a text", "number": "a number",
	"integer": "a whole number", "boolean": "true or false", "null": "null",
}

// wantedType says which types e wants; "is not what belongs here" when it is not about types.
func wantedType(e *jsonschema.ValidationError) string {
	k, ok := e.ErrorKind.(*kind.Type)
	if !ok {
		return "is not what belongs here"
	}
	var words []string
	for _, t := range k.Want {
		words = append(words, typeWords[t])
	}
	return "must be " + strings.Join(words, " or ")
}

// quoted joins names in quotes.
func quoted(names []string, between string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return strings.Join(out, between)
}
