package config

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// delivering yields the steps that say deliver: true, with their sinks.
func (l *linter) delivering(yield func(*Step, *sinks.Spec) bool) {
	for i := range l.file.Steps {
		step := &l.file.Steps[i]
		if spec := l.specs[step.Sink.Value]; step.Deliver && spec != nil && !yield(step, spec) {
			return
		}
	}
}

// delivery refuses deliver: true for a sink that cannot deliver, and without a limit for what a mistake can do.
func delivery(l *linter) {
	for step, spec := range l.delivering {
		at := l.key("steps", step.Name, "deliver")
		if len(spec.Channels) == 0 {
			l.add(at, fmt.Sprintf("deliver: true is not for %s, which sends nothing to anybody", spec.Name), "remove it")
		} else if _, given := step.Given("max_deliveries"); !given {
			l.add(at, "deliver: true needs max_deliveries, the most messages that a run may send to people", "write it beside, as in max_deliveries: 100")
		}
	}
}

// channels refuses a step that delivers without a channel that is written out: the channel decides which fields and
// limits the mapping has.
func channels(l *linter) {
	for step, spec := range l.delivering {
		name, at := step.Channel()
		if _, ok := spec.Delivering(name); ok || len(spec.Channels) == 0 {
			continue
		}
		var names []string
		for _, c := range spec.Channels {
			names = append(names, c.Name)
		}
		if name != "" {
			l.add(at, fmt.Sprintf("%s cannot deliver through %q", spec.Name, name), oneOf(name, names))
			continue
		}
		l.add(at, "a step that delivers needs a channel that is written out, without a template",
			"write one of "+strings.Join(names, ", ")+", and give every other one a step of its own")
	}
}

// recipientsKnown refuses recipient_allow for a channel whose messages have no address to compare it with.
func recipientsKnown(l *linter) {
	for step, spec := range l.delivering {
		name, _ := step.Channel()
		if c, ok := spec.Delivering(name); ok && len(step.RecipientAllow) > 0 && len(c.Delivery.AddressPaths) == 0 {
			l.add(l.key("steps", step.Name, "recipient_allow"), fmt.Sprintf("recipient_allow cannot be checked for %s, which names only a customer", name),
				"remove it, and choose the rows with when:")
		}
	}
}

// recipientsUnused warns of recipient_allow in a step that only records messages.
func recipientsUnused(l *linter) {
	for _, step := range l.file.Steps {
		if !step.Deliver && len(step.RecipientAllow) > 0 {
			l.warn(l.key("steps", step.Name, "recipient_allow"), "recipient_allow has no effect without deliver: true: the messages are recorded",
				"remove it, or set deliver: true")
		}
	}
}
