package config

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// Channel is what the mapping of a step writes out as its channel, and where; "" when it does not.
func (s *Step) Channel() (string, Pos) {
	for _, f := range s.Mapping.Fields {
		switch {
		case f.Name != "channel":
		case f.Value.Kind != mappings.Scalar || strings.Contains(f.Value.Text.Value, "{{"):
			return "", f.Value.Pos
		default:
			return f.Value.Text.Value, f.Value.Pos
		}
	}
	return "", s.Pos
}

// delivering yields the steps that say deliver: true, with their sinks.
func (s *scope) delivering(yield func(*Step, *sinks.Spec) bool) {
	for i := range s.file.Steps {
		step := &s.file.Steps[i]
		if spec := s.specs[step.Sink.Value]; step.Deliver && spec != nil && !yield(step, spec) {
			return
		}
	}
}

// delivery wants a sink that can deliver, and a bound for what a mistake can do.
func delivery(s *scope) {
	for step, spec := range s.delivering {
		at := s.key("steps", step.Name, "deliver")
		if len(spec.Channels) == 0 {
			s.add(at, fmt.Sprintf("deliver: true is not for %s, which sends nothing to anybody", spec.Name), "remove it")
		} else if _, given := step.Given("max_deliveries"); !given {
			s.add(at, "deliver: true needs max_deliveries, the most messages that a run may send to people", "write it beside, as in max_deliveries: 100")
		}
	}
}

// channels wants the channel of a step that delivers to be written out: its fields and limits hang on it.
func channels(s *scope) {
	for step, spec := range s.delivering {
		name, at := step.Channel()
		if _, ok := spec.Delivering(name); ok || len(spec.Channels) == 0 {
			continue
		}
		var names []string
		for _, c := range spec.Channels {
			names = append(names, c.Name)
		}
		if name != "" {
			s.add(at, fmt.Sprintf("%s cannot deliver through %q", spec.Name, name), oneOf(name, names))
			continue
		}
		s.add(at, "a step that delivers needs a channel that is written out, without a template",
			"write one of "+strings.Join(names, ", ")+", and give every other one a step of its own")
	}
}

// recipientsKnown refuses recipient_allow where messages name no address that it could be held against.
func recipientsKnown(s *scope) {
	for step, spec := range s.delivering {
		name, _ := step.Channel()
		if c, ok := spec.Delivering(name); ok && len(step.RecipientAllow) > 0 && len(c.Delivery.To) == 0 {
			s.add(s.key("steps", step.Name, "recipient_allow"), fmt.Sprintf("recipient_allow cannot be checked for %s, which names only a customer", name),
				"remove it, and choose the rows with when:")
		}
	}
}

// recipientsUnused warns of recipients of messages that are only recorded.
func recipientsUnused(s *scope) {
	for _, step := range s.file.Steps {
		if !step.Deliver && len(step.RecipientAllow) > 0 {
			s.warn(s.key("steps", step.Name, "recipient_allow"), "recipient_allow has no effect without deliver: true: the messages are recorded",
				"remove it, or set deliver: true")
		}
	}
}
