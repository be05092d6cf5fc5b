package config

import (
	"errors"
	"slices"
	"strconv"

	"github.com/kustsync/kustsync/sinks"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// validator checks files against the schema of a catalog of sinks.
type validator struct {
	catalog []sinks.Spec
	specs   map[string]*sinks.Spec                        // the catalog by name
	schema  func([]sinks.Spec, []string) (*schema, error) // newSchema, or in tests one that remembers its results
}

func newValidator(o Options) *validator {
	v := &validator{catalog: o.Specs, specs: map[string]*sinks.Spec{}, schema: newSchema}
	for i := range o.Specs {
		v.specs[o.Specs[i].Name] = &o.Specs[i]
	}
	return v
}

// validate checks the tree against the schema and reports everything that is wrong, each at its place. Its error is one
// of the catalog, not of the file.
func (v *validator) validate(root *node, found *collector) error {
	s, err := v.schema(v.catalog, namedSinks(root))
	if err != nil {
		return err
	}
	err = s.compiled.Validate(root.value())
	var failed *jsonschema.ValidationError
	if errors.As(err, &failed) {
		r := reporter{schema: s, specs: v.specs, collector: found, tree: root}
		r.visit(failed)
	}
	return nil
}

// namedSinks are the sinks that the steps of a file name, sorted.
func namedSinks(root *node) (names []string) {
	steps := root.at("steps")
	if steps == nil {
		return nil
	}
	for _, step := range steps.entries {
		if sink := step.value.at("sink"); sink != nil {
			names = append(names, sink.text)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// reporter turns the errors of the schema library into diagnostics.
type reporter struct {
	*schema
	*collector
	specs map[string]*sinks.Spec
	tree  *node
}

// visit reports e, or the errors that caused it.
func (r *reporter) visit(e *jsonschema.ValidationError) {
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		r.unknownKeys(e, k.Properties)
		return
	case *kind.Required:
		r.missingKeys(e, k.Missing)
		return
	case *kind.Not, *kind.MaxProperties:
		r.brokenRule(e)
		return
	}
	causes := e.Causes
	if isChoice(e) && r.wanted(e) != "" || isUnion(e) {
		depth := len(e.InstanceLocation)
		causes = slices.DeleteFunc(slices.Clone(causes), func(c *jsonschema.ValidationError) bool { return !looksInside(c, depth) })
	}
	if len(causes) == 0 {
		r.badValue(e)
		return
	}
	for _, cause := range causes {
		r.visit(cause)
	}
}

// isUnion reports whether the value fits none of several schemas.
func isUnion(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return true
	}
	return false
}

// isChoice reports whether the causes of e may say only that the value is of the wrong type, which the errorMessage of
// e says better.
func isChoice(e *jsonschema.ValidationError) bool {
	_, ok := e.ErrorKind.(*kind.Reference)
	return ok || isUnion(e)
}

// looksInside reports whether e is about something inside the value at that depth, and not about its type.
func looksInside(e *jsonschema.ValidationError, depth int) bool {
	switch e.ErrorKind.(type) {
	case *kind.AdditionalProperties, *kind.Required, *kind.Not, *kind.MaxProperties:
		return true
	}
	if len(e.InstanceLocation) > depth {
		return true
	}
	return slices.ContainsFunc(e.Causes, func(c *jsonschema.ValidationError) bool { return looksInside(c, depth) })
}

// node returns the value at a place of the tree.
func (r *reporter) node(place []string) *node {
	n := r.tree
	for _, name := range place {
		if n.kind != list {
			n = n.at(name)
			continue
		}
		i, _ := strconv.Atoi(name)
		n = n.items[i]
	}
	return n
}

// spec returns the sink of the step in whose mapping the place is; nil when it is in no mapping or the sink is unknown.
func (r *reporter) spec(place []string) *sinks.Spec {
	if len(place) < 3 || place[0] != "steps" || place[2] != "mapping" {
		return nil
	}
	sink := r.tree.at("steps", place[1], "sink")
	if sink == nil {
		return nil
	}
	spec := r.specs[sink.text]
	deliver, channel := r.tree.at("steps", place[1], "deliver"), r.tree.at("steps", place[1], "mapping", "channel")
	if spec == nil || deliver == nil || deliver.constant() != true || channel == nil {
		return spec
	}
	if other, ok := spec.Delivering(channel.text); ok {
		return other
	}
	return spec
}
