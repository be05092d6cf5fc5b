package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// planSummary is what plan prints as JSON.
type planSummary struct {
	PlanID       string                             `json:"plan_id"`
	Pipeline     string                             `json:"pipeline"`
	Target       string                             `json:"target"`
	OrgID        string                             `json:"org_id"`
	Changes      int                                `json:"changes"` // rows about which a run has something to do
	Faults       int                                `json:"faults"`  // rows that cannot be loaded as things are
	Actions      map[pipeline.Action]int            `json:"actions"`
	Steps        map[string]map[pipeline.Action]int `json:"steps"`
	Load         loadJSON                           `json:"load"`
	PlanRequests int64                              `json:"plan_requests"` // that the plan itself made
	Warnings     []string                           `json:"warnings"`
	Details      string                             `json:"details"` // path
	Plan         string                             `json:"plan"`    // path of --out; "" without
}

// loadJSON is what the load takes, one by one and in bulk.
type loadJSON struct {
	Requests     int   `json:"requests"`
	Bulk         int   `json:"requests_in_bulk"`
	DurationMS   int64 `json:"duration_ms"`
	BulkMS       int64 `json:"duration_in_bulk_ms"`
	LimitAMinute int   `json:"limit_a_minute"`
	Assumed      bool  `json:"limit_is_assumed"`
}

// concludePlan keeps the plan, prints it, and says by its error whether there is something to do.
func (a *app) concludePlan(v *survey) error {
	out := ""
	if v.flags.out != "" {
		var err error
		if out, err = v.save(v.flags.out); err != nil {
			return err
		}
	}
	warnings := v.warnings()
	a.summary = v.summary(warnings, out)
	if !a.flags.json {
		if err := a.printPlan(v, warnings, out); err != nil {
			return environment("", "printing the plan: %v", err)
		}
	}
	switch {
	case v.rows.Sum(pipeline.Action.IsChange) > 0:
		return errChanges
	case v.rows.Sum(pipeline.Action.IsFault) > 0:
		return errQuietly
	}
	return nil
}

// pace is what the load may spend.
func (v *survey) pace() report.Pace {
	k := v.plan.File
	p := report.Pace{Limit: v.client.Stats().Limit, Known: true, Budget: k.Kustomer.Budget, Bulk: k.Run.Bulk.Value}
	if p.Limit == 0 {
		p.Limit, p.Known = assumedLimit, false
	}
	return p
}

func (v *survey) summary(warnings []string, out string) planSummary {
	pace := v.pace()
	singly, batched := pipeline.Estimate(v.sum.Loads, float64(pace.Limit)*pace.Budget/60)
	s := planSummary{
		PlanID: v.opts.RunID, Pipeline: v.plan.File.Name, Target: v.name, OrgID: v.who.OrgID,
		Changes: v.rows.Sum(pipeline.Action.IsChange), Faults: v.rows.Sum(pipeline.Action.IsFault),
		Actions: map[pipeline.Action]int{}, Steps: v.rows.Counts(), PlanRequests: v.client.Stats().Requests,
		Load: loadJSON{
			Requests: singly.Requests, Bulk: batched.Requests, DurationMS: singly.Time.Milliseconds(), BulkMS: batched.Time.Milliseconds(),
			LimitAMinute: pace.Limit, Assumed: !pace.Known,
		},
		Warnings: append([]string{}, warnings...), Details: v.details, Plan: out,
	}
	for _, action := range pipeline.Actions {
		s.Actions[action] = v.rows.Of(action)
	}
	return s
}

// printPlan prints the plan on standard output, and what to do next beside it.
func (a *app) printPlan(v *survey, warnings []string, out string) error {
	s := a.style(a.out)
	if err := v.rows.Write(a.out, s); err != nil {
		return err
	}
	for _, line := range v.closing() {
		if err := writeLine(a.out, line); err != nil {
			return err
		}
	}
	a.tellDelivered(v.plan, v.sum)
	talk := a.style(a.talk)
	for _, w := range warnings {
		a.say(talk.Yellow("warning: ") + report.Clean(w))
	}
	if v.rows.Sum(pipeline.Action.IsChange) == 0 {
		return nil
	}
	flags := append(v.flags.targetFlags(), v.flags.neededPermits(v.plan)...)
	if out != "" {
		flags = append(flags, "--plan", shortPath(out))
	} else {
		flags = append(flags, v.flags.scopeFlags()...)
	}
	a.say(talk.Green("next: ") + "load it with: " + a.commandLine("run", v.plan.File.Path, flags))
	return nil
}

// closing are the lines below the rows.
func (v *survey) closing() []string {
	lines := []string{""}
	if n := v.rows.More(); n > 0 {
		lines = append(lines, fmt.Sprintf("%s and all of the above in full: %s", report.Plural(n, "more row"), shortPath(v.details)))
	}
	load := report.Load(v.sum.Loads, v.sum.Finds, v.pace())
	switch {
	case v.rows.Sum(pipeline.Action.IsChange) > 0:
	case load != "":
		lines = append(lines, "nothing to change; a run sends what Kustomer has already and the ledger does not know")
	default:
		lines = append(lines, "nothing to do")
	}
	if load != "" {
		lines = append(lines, load)
	}
	return append(lines, fmt.Sprintf("this plan made %s and changed nothing", report.Plural(int(v.client.Stats().Requests), "request")))
}

// warnings are what a person should know before the load.
func (v *survey) warnings() (all []string) {
	for _, s := range v.rows.Steps() {
		step, _ := v.plan.Step(s.Name)
		if s.Unknown > 0 && !step.Spec.RefusesDuplicates(false) && !step.Config.LookFirst {
			all = append(all, fmt.Sprintf("step %q: Kustomer has %s that the ledger does not know; a run would make them again, or stop: use run --adopt, which takes over what is there",
				s.Name, report.Plural(s.Unknown, "object")))
		}
	}
	for _, f := range v.findings {
		all = append(all, findingText(f, v.name == sandboxTarget)...)
	}
	return all
}

// findingText says what the org does not have, and what to do. The sandbox declares no attributes unless it
// is told to.
func findingText(f kustomer.Finding, sandbox bool) []string {
	at := fmt.Sprintf("%s (%s, first in %s)", f.Step, report.Plural(f.Rows, "row"), f.Place)
	switch {
	case f.What == kustomer.Unchecked && f.Kind == "attribute":
		return []string{"the custom attributes of a " + f.Object + " could not be checked: the key may not read metadata (org.permission.metadata.read)"}
	case f.What == kustomer.Unchecked:
		return []string{fmt.Sprintf("the %ss that rows name could not all be checked: the key may not read them, or there are very many", f.Kind)}
	case f.What == kustomer.WrongType:
		return []string{fmt.Sprintf("%s: the custom attribute %s of a %s is declared as %s in Kustomer, which its name does not fit; correct the name or the attribute", at, f.Name, f.Object, f.Type)}
	case f.Kind == "attribute" && len(f.Known) == 0 && sandbox:
		return nil
	case f.Kind == "attribute":
		return []string{fmt.Sprintf("%s: Kustomer does not know the custom attribute %s of a %s; %s", at, f.Name, f.Object, nearestAttribute(f.Name, f.Known))}
	}
	return []string{fmt.Sprintf("%s: there is no %s %s in the org; correct the table or the row", at, f.Kind, f.Name)}
}

// suffixes are the types that names of custom attributes end in (kustomer-api.md 5.4).
var suffixes = [...]string{"Str", "Txt", "Num", "Bool", "At", "Url", "Id"}

// nearestAttribute offers the attribute that is meant: one with another type, else one that is spelled alike.
func nearestAttribute(name string, known []string) string {
	for _, other := range known {
		if stem(other) == stem(name) {
			return fmt.Sprintf("did you mean %q, of another type?", other)
		}
	}
	if near, ok := config.Nearest(name, known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "declare it there first, or leave it out"
}

// stem is an attribute's name without its type.
func stem(name string) string {
	i := slices.IndexFunc(suffixes[:], func(s string) bool { return strings.HasSuffix(name, s) })
	if i < 0 {
		return name
	}
	return strings.TrimSuffix(name, suffixes[i])
}
