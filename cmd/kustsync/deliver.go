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

// delivering lists the steps of a run that reach people.
func (f runFlags) delivering(plan *program.Program) (steps []*program.Step) {
	for _, s := range plan.Steps {
		if s.Spec.Delivers && (f.step == "" || f.step == s.Name()) {
			steps = append(steps, s)
		}
	}
	return steps
}

// warnOfDelivery says before the first request what may reach people.
func (a *app) warnOfDelivery(plan *program.Program, f runFlags) {
	for _, s := range f.delivering(plan) {
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
		a.say(a.style(a.talk).Yellow("warning: ") + report.Clean(text))
	}
}

func patternsOf(patterns []config.String) string {
	var texts []string
	for _, p := range patterns {
		texts = append(texts, p.Value)
	}
	return strings.Join(texts, ", ")
}

// tellDelivered says how many messages reached, or would reach, how many people.
func (a *app) tellDelivered(plan *program.Program, sum pipeline.Summary) {
	for _, s := range sum.Steps {
		step, ok := plan.Step(s.Name)
		if !ok || !s.Delivers {
			continue
		}
		n, verb := s.Of(ledger.Created), "delivered"
		if sum.DryRun {
			n, verb = s.Of(ledger.Planned), "would deliver"
		}
		a.say(report.Clean(fmt.Sprintf("step %q %s %s to %s", s.Name, verb, report.Plural(n, "message"), people(s.Recipients))))
		if most := step.Config.MaxDeliveries; sum.DryRun && n > most {
			a.say(a.style(a.talk).Yellow("warning: ") + fmt.Sprintf("that is more than max_deliveries: a run stops after %s", report.Count(most)))
		}
	}
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return report.Count(n) + " people"
}

// reached is whom the rows of a preview would write to.
type reached struct {
	messages int
	people   map[string]bool
}

func (m *reached) add(r pipeline.Rendered) {
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

// tellReached says whom the rows of a preview would write to, where they would.
func (a *app) tellReached(m reached) {
	if m.messages > 0 {
		a.chat(fmt.Sprintf("these rows would deliver %s to %s; run --dry-run counts them all", report.Plural(m.messages, "message"), people(len(m.people))))
	}
}
