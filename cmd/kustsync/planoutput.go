package main

import (
	"fmt"

	"github.com/kustsync/kustsync/cmd/kustsync/planfile"
	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/report"
)

// planSummary is what plan prints as JSON.
type planSummary struct {
	PlanID       string                          `json:"plan_id"`
	Pipeline     string                          `json:"pipeline"`
	Target       string                          `json:"target"`
	OrgID        string                          `json:"org_id"`
	Changes      int                             `json:"changes"` // rows that a run would create or change
	Faults       int                             `json:"faults"`  // rows that cannot be loaded as things are
	Actions      map[drive.Action]int            `json:"actions"`
	Steps        map[string]map[drive.Action]int `json:"steps"`
	Load         loadJSON                        `json:"load"`
	PlanRequests int64                           `json:"plan_requests"` // that the plan itself made
	Warnings     []string                        `json:"warnings"`
	Details      string                          `json:"details"` // path
	Plan         string                          `json:"plan"`    // path of --out; "" without
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

// conclude writes the plan to --out, prints it, and says by its error whether there is something to do.
func (c *planCommand) conclude(p *planning) (err error) {
	saved := ""
	if c.out != "" {
		if saved, err = c.save(p); err != nil {
			return err
		}
	}
	warnings := p.warnings()
	c.result.summary = p.summary(warnings, saved)
	if !c.global.json {
		if err := c.print(p, warnings, saved); err != nil {
			return environment("", "printing the plan: %v", err)
		}
	}
	switch {
	case p.rows.Sum(drive.Action.IsChange) > 0:
		return errChanges
	case p.rows.Sum(drive.Action.IsProblem) > 0:
		return errRowsLeft
	}
	return nil
}

// save writes the plan for run --plan and returns the absolute path of its file.
func (c *planCommand) save(p *planning) (string, error) {
	path, err := planfile.Plan{
		ID: p.opts.RunID, MadeAt: p.opts.Start.UTC(), MadeBy: version(),
		Pipeline: p.prog.File.Name, Target: p.name, OrgID: p.who.OrgID,
		Step: p.opts.Step, Limit: p.opts.Limit, Sources: absoluteSources(c.sources),
		Ledger: p.ledgerState, Fingerprint: p.fingerprint, Steps: p.rows.Counts(),
	}.Save(c.out)
	if err != nil {
		return "", environment("choose another path for --out", "keeping the plan: %v", err)
	}
	return path, nil
}

// print prints the plan on standard output, and what to do next beside it. saved is the path of its file, "" without.
func (c *planCommand) print(p *planning, warnings []string, saved string) error {
	if err := p.rows.Write(c.term.out, c.term.outStyle()); err != nil {
		return err
	}
	for _, line := range p.footer() {
		if err := c.term.print(line); err != nil {
			return err
		}
	}
	c.term.reportDelivery(p.prog, p.sum)
	for _, w := range warnings {
		c.term.warn(report.Clean(w))
	}
	if p.rows.Sum(drive.Action.IsChange) == 0 {
		return nil
	}
	flags := append(c.targetFlags(), neededPermissions(p.prog, c.step)...)
	if saved != "" {
		flags = append(flags, "--plan", shortPath(saved))
	} else {
		flags = append(flags, c.rowFlags()...)
	}
	c.term.next("load it with: " + c.global.commandLine("run", p.prog.File.Path, flags))
	return nil
}

// summary is the plan as JSON. saved is the path of its file, "" without.
func (p *planning) summary(warnings []string, saved string) planSummary {
	pace := p.pace()
	singly, batched := batch.Estimate(p.sum.Loads, float64(pace.Limit)*pace.Budget/60)
	s := planSummary{
		PlanID: p.opts.RunID, Pipeline: p.prog.File.Name, Target: p.name, OrgID: p.who.OrgID,
		Changes: p.rows.Sum(drive.Action.IsChange), Faults: p.rows.Sum(drive.Action.IsProblem),
		Actions: map[drive.Action]int{}, Steps: p.rows.Counts(), PlanRequests: p.client.Stats().Requests,
		Load: loadJSON{
			Requests: singly.Requests, Bulk: batched.Requests, DurationMS: singly.Time.Milliseconds(), BulkMS: batched.Time.Milliseconds(),
			LimitAMinute: pace.Limit, Assumed: !pace.Known,
		},
		Warnings: append([]string{}, warnings...), Details: p.details, Plan: saved,
	}
	for _, action := range drive.Actions {
		s.Actions[action] = p.rows.Of(action)
	}
	return s
}

// pace is what the load may spend of the rate limit.
func (p *planning) pace() report.Pace {
	file := p.prog.File
	pace := report.Pace{Limit: p.client.Stats().Limit, Known: true, Budget: file.Kustomer.Budget, Bulk: file.Run.Bulk.Value}
	if pace.Limit == 0 {
		pace.Limit, pace.Known = assumedLimit, false
	}
	return pace
}

// footer are the lines below the rows.
func (p *planning) footer() []string {
	lines := []string{""}
	if n := p.rows.More(); n > 0 {
		lines = append(lines, fmt.Sprintf("%s and all of the above in full: %s", report.Plural(n, "more row"), shortPath(p.details)))
	}
	load := report.Load(p.sum.Loads, p.sum.Finds, p.pace())
	switch {
	case p.rows.Sum(drive.Action.IsChange) > 0:
	case load != "":
		lines = append(lines, "nothing to change; a run sends what Kustomer has already and the ledger does not know")
	default:
		lines = append(lines, "nothing to do")
	}
	if load != "" {
		lines = append(lines, load)
	}
	return append(lines, fmt.Sprintf("this plan made %s and changed nothing", report.Plural(int(p.client.Stats().Requests), "request")))
}

// warnings are what a person should know before the load.
func (p *planning) warnings() (all []string) {
	for _, s := range p.rows.Steps() {
		step, _ := p.prog.Step(s.Name)
		if s.Unknown > 0 && !step.Spec.RefusesDuplicates(false) && !step.Config.LookFirst {
			all = append(all, fmt.Sprintf("step %q: Kustomer has %s that the ledger does not know; a run would make them again, or stop: use run --adopt, which takes over what is there",
				s.Name, report.Plural(s.Unknown, "object")))
		}
	}
	for _, f := range p.findings {
		all = append(all, findingText(f, p.name == sandboxTarget)...)
	}
	return all
}
