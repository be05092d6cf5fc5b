package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sources"
)

// planMark is the ledger's flag for a run of a plan. It is set before the run begins, so that a run that is
// killed at any instant is known as the plan's own by the next.
func planMark(planID, runID string) string { return "plan:" + planID + ":" + runID }

// ledgerState is a digest of the runs that a ledger has seen, save those of one plan. reader nil is a ledger
// that is not there yet, which no run has seen.
func ledgerState(ctx context.Context, reader *ledger.Reader, planID string) (string, error) {
	var ids []string
	if reader != nil {
		runs, err := reader.Runs(ctx, math.MaxInt32)
		if err != nil {
			return "", err
		}
		for _, run := range runs {
			if planID == "" || !reader.Marked(planMark(planID, run.ID)) {
				ids = append(ids, fmt.Sprintf("%s %t\n", run.ID, run.EndedAt.IsZero()))
			}
		}
	}
	slices.Sort(ids) // clocks may have been set back between runs
	sum := sha256.Sum256([]byte(strings.Join(ids, "")))
	return hex.EncodeToString(sum[:]), nil
}

// takePlan reads the plan of run --plan and takes over what it was made for. Flags that say otherwise are
// refused.
func (f *runFlags) takePlan() error {
	if f.plan == "" {
		return nil
	}
	for _, flag := range []string{"dry-run", "adopt", "limit", "step", "source"} {
		if f.given(flag) {
			return usage("leave it out; the plan says what is loaded", "--%s does not go with --plan", flag)
		}
	}
	saved, err := readPlan(f.plan)
	if err != nil {
		return err
	}
	f.saved, f.step, f.limit, f.sources = saved, saved.Step, saved.Limit, saved.Sources
	return nil
}

// holds refuses to load when the pipeline file, its sources and tables, the rows that they give or the
// target are no longer those of the plan. It asks nobody.
func (p *savedPlan) holds(ctx context.Context, a *app, plan *program.Program, f runFlags) error {
	t, err := a.targetOf(plan.File, f.sandbox)
	switch {
	case err != nil:
		return err
	case p.Pipeline != plan.File.Name:
		return p.stale(a, plan, f, fmt.Sprintf("it is for the pipeline %s, not %s", p.Pipeline, plan.File.Name))
	case p.Target != t.name:
		return p.stale(a, plan, f, fmt.Sprintf("it is for %s, not %s", p.Target, t.name))
	}
	now, err := pipeline.Fingerprint(ctx, plan, pipeline.Options{Step: p.Step, Limit: p.Limit})
	if err != nil {
		return plainPrint(ctx, err)
	}
	if what := p.Fingerprint.Changed(now); len(what) > 0 {
		return p.stale(a, plan, f, strings.Join(what, ", ")+" changed since")
	}
	return nil
}

// holdsFor refuses to load into another org, or behind a run that was not the plan's own.
func (p *savedPlan) holdsFor(ctx context.Context, a *app, plan *program.Program, f runFlags, s *session) error {
	if p.OrgID != s.who.OrgID {
		return p.stale(a, plan, f, fmt.Sprintf("it is for the org %s, and the key is of %s", p.OrgID, s.who.OrgID))
	}
	state, err := ledgerState(ctx, s.ledger.Reader, p.ID)
	if err != nil {
		return err
	}
	if state == p.Ledger {
		return nil
	}
	what := "the ledger is not the one that it was made with"
	runs, err := s.ledger.Runs(ctx, 1)
	if err == nil && len(runs) > 0 {
		what = fmt.Sprintf("the ledger has moved on since: run %s was not one of this plan", runs[0].ID)
		if s.ledger.Marked(planMark(p.ID, runs[0].ID)) {
			what = "the ledger has moved on since: not every run was one of this plan"
		}
	}
	return p.stale(a, plan, f, what)
}

// stale is the error of a plan that does not hold any more.
func (p *savedPlan) stale(a *app, plan *program.Program, f runFlags, why string) error {
	flags := append(append(f.targetFlags(), f.scopeFlags()...), "--out", f.plan)
	return usage("nothing was sent; make a new plan with: "+a.commandLine("plan", plan.File.Path, flags),
		"the plan %s (made %s) does not hold: %s", f.plan, p.MadeAt.Format("2006-01-02 15:04"), report.Clean(why))
}

// plainPrint is why there is no fingerprint: a source that can be read only once, or not to its end.
func plainPrint(ctx context.Context, err error) error {
	var src *sources.Error
	switch {
	case ctx.Err() != nil:
		return errors.Join(err, context.Cause(ctx))
	case errors.As(err, &src):
		return usage(src.Hint, "a plan that is kept needs to read everything twice: %s: %s", src.Pos.File, src.Message)
	}
	return environment("", "reading what the plan is made of: %v", err)
}
