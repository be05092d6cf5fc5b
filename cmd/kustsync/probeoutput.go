package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// probePlanText is what a probe would do, for a person.
func probePlanText(target string, plan probe.Plan) string {
	var b strings.Builder
	section := func(title string, lines []string) {
		fmt.Fprintf(&b, "%s\n", title)
		for _, line := range lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	section("A probe of "+target+" would write, each named kustsync probe and marked kustsync-probe:", plan.Writes)
	section("and then delete:", plan.Deletes)
	section("What stays:", plan.Leaves)
	fmt.Fprintf(&b, "About %d requests, a few more where Kustomer lags or refuses. Workflows of the org can react to what is written.", plan.Requests)
	return b.String()
}

// probedKinds are the kinds of a probe in the order in which they are printed.
func probedKinds(answers *probe.Answers) []string {
	kinds := []string{"customer", "conversation", "message"}
	for _, name := range slices.Sorted(maps.Keys(answers.Kinds)) {
		if !slices.Contains(kinds, name) {
			kinds = append(kinds, name)
		}
	}
	return kinds
}

// printAnswers prints what a probe found out: a table of kinds, then what holds for all.
func (t *terminal) printAnswers(answers *probe.Answers) error {
	s := t.outStyle()
	table := report.NewTable("probed", "unique", "duplicate", "in bulk", "_clientRef", "look-up", ">lag")
	var reasons []string
	for _, name := range probedKinds(answers) {
		k, ok := answers.Kinds[name]
		if !ok {
			continue
		}
		table.Add(name, string(k.Unique.Is), orDash(k.DuplicateStatus), string(k.UniqueInBulk.Is), string(k.ClientRef.Is), lookupText(k), lagText(k))
		for _, one := range []probe.Answer{k.Unique, k.UniqueInBulk, k.ClientRef, k.Lookup} {
			line := name + ": " + one.Why
			if one.Is == probe.Unknown && one.Why != "" && !slices.Contains(reasons, line) {
				reasons = append(reasons, line)
			}
		}
	}
	if err := table.Write(t.out, s); err != nil {
		return err
	}
	for _, line := range append(reasons, limitsText(answers.Limits), bodyText(answers.Body), ageText(answers)) {
		if err := t.print(s.Dim(report.Clean(line))); err != nil {
			return err
		}
	}
	return nil
}

func orDash(status int) string {
	if status == 0 {
		return "-"
	}
	return fmt.Sprint(status)
}

// lookupText says which spellings of a look-up find a new object.
func lookupText(k probe.KindAnswers) string {
	var words []string
	for _, path := range k.LookupPaths {
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			words = append(words, strings.TrimSuffix(path[i+1:], "{value}"))
		}
	}
	if k.Lookup.Is != probe.Yes || len(words) == 0 {
		return string(k.Lookup.Is)
	}
	return strings.Join(words, " ")
}

func lagText(k probe.KindAnswers) string {
	switch {
	case k.Lookup.Is != probe.Yes:
		return "-"
	case k.LookupLagMS == 0:
		return "none"
	}
	return k.Lag().Round(10 * time.Millisecond).String()
}

func limitsText(l probe.LimitAnswers) string {
	text := "the rate limit is in no header"
	if l.PerMinute > 0 {
		text = fmt.Sprintf("limit of %s requests a minute", report.Count(l.PerMinute))
	}
	if l.Remaining {
		text += ", headers say how many are left"
	}
	return text + "; x-ratelimit-reset: " + l.Reset
}

func bodyText(b probe.BodyAnswer) string {
	switch b.Refused.Is {
	case probe.Yes:
		return fmt.Sprintf("a body over 100 kB is refused (%d)", b.Status)
	case probe.No:
		return fmt.Sprintf("a body over 100 kB is read (%d for what it holds)", b.Status)
	}
	return "whether a body over 100 kB is refused is unknown: " + b.Refused.Why
}

func ageText(answers *probe.Answers) string {
	text := "probed on " + answers.ProbedAt.Format(time.DateOnly) + ", org " + answers.OrgID
	if !answers.Fresh(time.Now()) {
		text += ": too long ago; uniqueness and _clientRef are guessed again until kustsync probe asks anew"
	}
	return text
}
