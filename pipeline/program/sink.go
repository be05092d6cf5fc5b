package program

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

// sink returns the sink of a step, with its params filled from constants of the mapping. Nil: there is no such sink.
func (b *binder) sink(cfg *config.Step) *sinks.Spec {
	spec := b.spec(cfg.Sink.Value)
	if spec != nil && cfg.Deliver {
		return b.channel(cfg, spec)
	}
	if spec == nil || len(spec.Params) == 0 {
		return spec
	}
	values := map[string]string{}
	for _, name := range spec.Params {
		node, ok := fieldOf(&cfg.Mapping, spec, name)
		if !ok {
			return spec // config.Parse has reported that it is missing
		}
		if node.Kind != mappings.Scalar || hasTemplate(node.Text.Value) {
			b.report(node.Pos, fmt.Sprintf("%s must be written out: one step of %s is for one %s", name, spec.Name, name),
				"write it without a template, and give every other one a step of its own")
			return spec
		}
		values[name] = node.Text.Value
	}
	filled, err := spec.With(values)
	if err != nil {
		node, _ := fieldOf(&cfg.Mapping, spec, spec.Params[0])
		b.report(node.Pos, err.Error(), "see `kustsync sinks "+spec.Name+"`")
		return spec
	}
	return filled
}

// channel returns the sink that delivers through the channel of a step. Nil, with a diagnostic, where there is none: a step that
// is to deliver must never record the message instead.
func (b *binder) channel(cfg *config.Step, spec *sinks.Spec) *sinks.Spec {
	name, pos := cfg.Channel()
	if other, ok := spec.Delivering(name); ok {
		return other
	}
	if len(spec.Channels) == 0 {
		return nil // config.Parse has reported that the sink delivers nothing
	}
	b.report(pos, fmt.Sprintf("%s does not deliver through the channel %q", spec.Name, name), "see `kustsync sinks "+spec.Name+"`")
	return nil
}

// fieldOf returns what a mapping gives a field, under its name or an alias.
func fieldOf(mapping *mappings.Node, spec *sinks.Spec, name string) (mappings.Node, bool) {
	wanted, known := spec.Field(name)
	for _, f := range mapping.Fields {
		if got, ok := spec.Field(f.Name); known && ok && got.Name == wanted.Name {
			return f.Value, true
		}
	}
	return mappings.Node{}, false
}

// ExternalIDText is the text of the template of the externalId, "" where the mapping has none: then it is the key.
func (s *Step) ExternalIDText() string {
	text, _ := fieldOf(&s.Config.Mapping, s.Spec, s.Spec.ExternalID)
	return text.Text.Value
}

func hasTemplate(text string) bool { return strings.Contains(text, "{{") }

// nameObjects sets what identifies the step's objects: ByExternalID, ExternalID and TargetPart.
func (s *Step) nameObjects() {
	s.ByExternalID = s.findable()
	if s.Mapping == nil {
		return
	}
	if s.ByExternalID {
		s.ExternalID, _ = s.Mapping.Pick(s.Spec.ExternalID)
	}
	field, ok := s.Spec.Field(s.Spec.Target)
	if !ok || !s.Changes() {
		return
	}
	for _, name := range append([]string{field.Name}, field.Aliases...) {
		if part, ok := s.Mapping.Pick(name); ok {
			s.TargetPart = part
		}
	}
}

// keysOfMakers are the keys of a step that make sense only for a sink that makes objects which Kustomer may have already.
var keysOfMakers = [...]string{"if_exists", "match", "look_first", "if_merged", "if_deleted"}

// checkKind reports keys of a step that mean nothing to its sink.
func (b *binder) checkKind(s *Step) {
	for _, key := range keysOfMakers {
		pos, given := s.Config.Given(key)
		switch {
		case !given:
		case s.Changes():
			b.report(pos, fmt.Sprintf("%s changes what is there, and always sends what is new", s.Spec.Name), "leave "+key+" out")
		case s.Spec.Kind == sinks.Acts:
			b.report(pos, s.Spec.Name+" does something once for each row, and looks nothing up", "leave "+key+" out")
		case len(s.Spec.Lookups) == 0:
			b.report(pos, fmt.Sprintf("Kustomer has no way to look a %s up", s.Spec.Object), "leave "+key+" out")
		case (key == "if_merged" || key == "if_deleted") && !s.findable():
			b.report(pos, fmt.Sprintf("%s needs objects that are found again by an external id, and a %s of this step is not", key, s.Spec.Object), "leave "+key+" out")
		}
	}
}

// checkExpect reports max_change where a step asks Kustomer for what its rows hold: before a run nothing of that is known.
func checkExpect(b *binder, s *Step) {
	if s.Source == nil || s.Source.Expect == nil || s.Source.Expect.MaxChange == nil || s.Mapping == nil || len(s.Mapping.Finds()) == 0 {
		return
	}
	b.report(s.Source.Expect.Pos, fmt.Sprintf("max_change cannot be checked: step %q uses find", s.Name()), "leave max_change out")
}

// checkMustDiffer reports two fields that must have different values and are mapped to the same text.
func (b *binder) checkMustDiffer(s *Step) {
	one, ok := fieldOf(&s.Config.Mapping, s.Spec, s.Spec.MustDiffer[0])
	other, both := fieldOf(&s.Config.Mapping, s.Spec, s.Spec.MustDiffer[1])
	if ok && both && one.Kind == mappings.Scalar && other.Kind == mappings.Scalar && one.Text.Value == other.Text.Value {
		b.report(other.Pos, fmt.Sprintf("%s and %s are the same for every row, and must differ", s.Spec.MustDiffer[0], s.Spec.MustDiffer[1]), "name another object with one of the two")
	}
}

// checkConstants reports constants (values without a template) that the sink refuses in every row.
func (b *binder) checkConstants(s *Step) {
	if when := s.Config.When; when != nil && !hasTemplate(when.Value) {
		switch strings.TrimSpace(when.Value) {
		case "true", "false", "":
		default:
			b.report(when.Pos, fmt.Sprintf("when is %q for every row, and must be true or false", when.Value), `write a template, such as '{{ ne .email "" }}'`)
		}
	}
	for _, field := range s.Config.Mapping.Fields {
		b.checkConstant(s, &field.Value, func(v any) map[string]any { return map[string]any{field.Name: v} })
	}
}

// checkConstant fits every constant below a node; wrap puts it where it stands in the payload.
func (b *binder) checkConstant(s *Step, n *mappings.Node, wrap func(any) map[string]any) {
	for _, f := range n.Fields {
		b.checkConstant(s, &f.Value, func(v any) map[string]any { return wrap(map[string]any{f.Name: v}) })
	}
	b.checkList(s, n, wrap)
	for i := range n.Items {
		b.checkConstant(s, &n.Items[i], func(v any) map[string]any { return wrap([]any{v}) })
	}
	value := constantOf(n)
	if value == nil {
		return
	}
	var unfit *sinks.FitError
	if _, err := s.Spec.Fit(sinks.Create, wrap(value)); errors.As(err, &unfit) {
		if wrong := valueError(unfit); wrong != nil {
			b.report(n.Pos, fmt.Sprintf("%s cannot be %q: %s", strings.ReplaceAll(wrong.Field, "[0]", ""), n.Text.Value, wrong.Message), "")
		}
	}
}

// checkList fits a list whose items are all constants, and reports rules about the list itself: how many items it has, and that no two are alike.
func (b *binder) checkList(s *Step, n *mappings.Node, wrap func(any) map[string]any) {
	list, ok := deepConstant(n).([]any)
	if !ok || len(list) == 0 {
		return
	}
	var unfit *sinks.FitError
	if _, err := s.Spec.Fit(sinks.Create, wrap(list)); !errors.As(err, &unfit) {
		return
	}
	for _, e := range append([]*sinks.FitError{unfit}, unfit.More...) {
		if e.Rule == "items" || e.Rule == "unique" {
			b.report(n.Pos, e.Field+": "+e.Message, "")
			return
		}
	}
}

// deepConstant is the value of a node and all nodes below it; nil where one of them has a template or is empty.
func deepConstant(n *mappings.Node) any {
	switch n.Kind {
	case mappings.List:
		list := make([]any, len(n.Items))
		for i := range n.Items {
			if list[i] = deepConstant(&n.Items[i]); list[i] == nil {
				return nil
			}
		}
		return list
	case mappings.Map:
		object := make(map[string]any, len(n.Fields))
		for i := range n.Fields {
			f := &n.Fields[i]
			if object[f.Name] = deepConstant(&f.Value); object[f.Name] == nil {
				return nil
			}
		}
		return object
	}
	return constantOf(n)
}

// constantOf is the value of a node that is the same for every row; nil where it is not, or is empty.
func constantOf(n *mappings.Node) any {
	switch {
	case n.Kind != mappings.Scalar || n.Const == mappings.Null || hasTemplate(n.Text.Value):
		return nil
	case n.Const != nil:
		return n.Const
	case n.Text.Value == "":
		return nil
	}
	return n.Text.Value
}

// valueError returns the first error that is about the value itself; nil when there is none. Other errors are
// about fields beside it, or config.Parse reports them.
func valueError(unfit *sinks.FitError) *sinks.FitError {
	for _, e := range append([]*sinks.FitError{unfit}, unfit.More...) {
		switch e.Rule {
		case "type", "length", "enum", "pattern", "format", "range", "reserved":
			return e
		}
	}
	return nil
}

// warnOfFlags warns of a step that a run carries out only with a flag: --allow-destructive or --allow-delivery.
func (b *binder) warnOfFlags(s *Step) {
	if s.Spec.Destructive {
		b.warnOfFlag(s, s.Spec.Name+" cannot be undone", destructiveHint)
	}
	if s.Spec.Delivers {
		b.warnOfFlag(s, s.Spec.Name+" can make a message leave for a customer", "a run wants --allow-delivery for it")
	}
}

// warnOfFlag warns of a step that a run carries out only with a flag.
func (b *binder) warnOfFlag(s *Step, what, hint string) {
	before := len(b.program.Warnings)
	b.warn(s.Config.Sink.Pos, what, hint)
	for i := range b.program.Warnings[before:] {
		b.program.Warnings[before+i].Leave = true
	}
}
