package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/cmd/kustsync/planfile"
	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sources"
)

// savedPlan is the plan of run --plan. The run is refused when anything that the plan was made of has changed.
type savedPlan struct {
	*planfile.Plan
	path    string // of its file
	renewal string // the command that makes a new plan
}

// openSavedPlan reads a plan that plan --out has written.
func openSavedPlan(path string) (*savedPlan, error) {
	const hint = "make a new one with kustsync plan FILE --out PATH"
	plan, err := planfile.Read(path)
	var format *planfile.FormatError
	switch {
	case errors.As(err, &format):
		return nil, usage(hint, "--plan: %s %v", path, format)
	case err != nil:
		return nil, usage("check the path, or "+hint, "--plan: %v", err)
	}
	return &savedPlan{Plan: plan, path: path}, nil
}

// checkInputs refuses to load when the pipeline file, its sources and tables, the rows that they give, or the target
// are no longer those of the plan. It sends no request.
func (p *savedPlan) checkInputs(ctx context.Context, prog *program.Program, t target) error {
	switch {
	case p.Pipeline != prog.File.Name:
		return p.staleError(fmt.Sprintf("it is for the pipeline %s, not %s", p.Pipeline, prog.File.Name))
	case targetOf(p.Target) != t.name:
		return p.staleError(fmt.Sprintf("it is for %s, not %s", p.Target, t.name))
	}
	now, err := pipeline.Fingerprint(ctx, prog, pipeline.Options{Step: p.Step, Limit: p.Limit})
	if err != nil {
		return fingerprintError(ctx, err)
	}
	if what := p.Fingerprint.Changed(now); len(what) > 0 {
		return p.staleError(strings.Join(what, ", ") + " changed since")
	}
	return nil
}

// begin refuses to load into another org, or when a run that was not one of the plan has loaded since. Then it marks
// the run as one of the plan.
func (p *savedPlan) begin(ctx context.Context, s *session, runID string) error {
	if p.OrgID != s.who.OrgID {
		return p.staleError(fmt.Sprintf("it is for the org %s, and the key is of %s", p.OrgID, s.who.OrgID))
	}
	state, err := planfile.LedgerState(ctx, s.ledger.Reader, p.ID)
	if err != nil {
		return err
	}
	if state != p.Ledger {
		return p.staleError(p.otherRun(ctx, s))
	}
	return s.ledger.Mark(ctx, planfile.RunMark(p.ID, runID))
}

// otherRun says what is known of the runs that were not of the plan.
func (p *savedPlan) otherRun(ctx context.Context, s *session) string {
	runs, err := s.ledger.Runs(ctx, 1)
	switch {
	case err != nil || len(runs) == 0:
		return "the ledger is not the one that it was made with"
	case s.ledger.Marked(planfile.RunMark(p.ID, runs[0].ID)):
		return "the ledger has moved on since: not every run was one of this plan"
	}
	return fmt.Sprintf("the ledger has moved on since: run %s was not one of this plan", runs[0].ID)
}

// staleError is the error of a plan that does not hold any more.
func (p *savedPlan) staleError(why string) error {
	return usage("nothing was sent; make a new plan with: "+p.renewal,
		"the plan %s (made %s) does not hold: %s", p.path, p.MadeAt.Format("2006-01-02 15:04"), report.Clean(why))
}

// fingerprintError says why there is no fingerprint: a source that can be read only once, or not to its end.
func fingerprintError(ctx context.Context, err error) error {
	var src *sources.Error
	switch {
	case ctx.Err() != nil:
		return errors.Join(err, context.Cause(ctx))
	case errors.As(err, &src):
		return usage(src.Hint, "a plan that is kept needs to read everything twice: %s: %s", src.Pos.File, src.Message)
	}
	return environment("", "reading what the plan is made of: %v", err)
}
