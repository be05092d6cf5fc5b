package main

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
)

// warnOfDelivery says, before the first request of a run, which steps send messages to people, and how many at most.
func (t *terminal) warnOfDelivery(prog *program.Program, f *loadFlags) {
	for _, s := range prog.Steps {
		if !s.Spec.Delivers || f.step != "" && f.step != s.Name() {
			continue
		}
		whom := "real people"
		if f.sandbox {
			whom = "the sandbox, where nobody is reached"
		}
		most := "messages"
		if n := s.Config.MaxDeliveries; n > 0 {
			most = "up to " + report.Plural(n, "message")
		}
		text := fmt.Sprintf("step %q delivers %s to %s", s.Name(), most, whom)
		if patterns := patternsOf(s.Config.RecipientAllow); patterns != "" {
			text += ", at " + patterns + " only"
		}
		t.warn(report.Clean(text))
	}
}

func patternsOf(patterns []config.String) string {
	var texts []string
	for _, p := range patterns {
		texts = append(texts, p.Value)
	}
	return strings.Join(texts, ", ")
}

// reportDelivery says, after a run or a dry run, how many messages were delivered to how many people.
func (t *terminal) reportDelivery(prog *program.Program, sum pipeline.Summary) {
	for _, s := range sum.Steps {
		step, ok := prog.Step(s.Name)
		if !ok || !s.Delivers {
			continue
		}
		n, verb := s.Of(ledger.Created), "delivered"
		if sum.DryRun {
			n, verb = s.Of(ledger.Planned), "would deliver"
		}
		t.stderr(report.Clean(fmt.Sprintf("step %q %s %s to %s", s.Name, verb, report.Plural(n, "message"), people(s.Recipients))))
		if most := step.Config.MaxDeliveries; sum.DryRun && n > most {
			t.warn(fmt.Sprintf("that is more than max_deliveries: a run stops after %s", report.Count(most)))
		}
	}
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return report.Count(n) + " people"
}

// recipients counts the messages that the rows of a preview would deliver, and the people that would get them.
type recipients struct {
	messages int
	people   map[string]bool
}

func (m *recipients) add(r pipeline.Rendered) {
	if len(r.People) == 0 {
		return
	}
	if m.messages++; m.people == nil {
		m.people = map[string]bool{}
	}
	for _, person := range r.People {
		m.people[person] = true
	}
}

// reportRecipients prints the counts, if there are messages.
func (t *terminal) reportRecipients(m recipients) {
	if m.messages > 0 {
		t.info(fmt.Sprintf("these rows would deliver %s to %s; run --dry-run counts them all", report.Plural(m.messages, "message"), people(len(m.people))))
	}
}
