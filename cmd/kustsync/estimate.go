package main

import (
	"cmp"
	"context"
	"time"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
)

const (
	assumedLimit = 1000            // requests a minute: the plan that most orgs have (kustomer-api.md 2.1)
	countTime    = 3 * time.Second // that a preview may take to count rows
)

// printEstimate says how many requests a load takes and for how long; nothing when there is nothing to send. finds
// is what templates look up besides.
func (o *opener) printEstimate(prog *program.Program, loads []batch.Load, finds int) {
	pace := report.Pace{Limit: o.estimatedLimit(prog.File), Budget: prog.File.Kustomer.Budget, Bulk: prog.File.Run.Bulk.Value}
	if text := report.Load(loads, finds, pace); text != "" {
		o.term.info(text)
	}
}

// estimatedLimit is the requests a minute of the org, as a probe saw them, or those that most orgs have. A run goes
// by the headers of Kustomer's answers instead.
func (o *opener) estimatedLimit(f *config.File) int {
	t, err := o.likelyTarget(f, false)
	if err != nil {
		return assumedLimit
	}
	answers, err := readAnswers(t.probePath())
	if err != nil || answers.Limits.PerMinute == 0 {
		return assumedLimit
	}
	return answers.Limits.PerMinute
}

// printSampledEstimate says what a load takes of which only the first rows were rendered: it counts the rows and
// assumes that the others are like those. Where counting takes too long, or a source cannot be read twice, it names
// the dry run instead.
func (o *opener) printSampledEstimate(ctx context.Context, prog *program.Program, step string, rendered samples) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	var loads []batch.Load
	for _, s := range prog.Steps {
		if step != "" && s.Name() != step {
			continue
		}
		rows, err := pipeline.CountStep(ctx, s, 0)
		if err != nil {
			o.term.info("load: run --dry-run counts the requests; the rows take too long to count here, or can be read only once")
			return
		}
		loads = append(loads, rendered[s.Name()].scaled(rows))
	}
	o.printEstimate(prog, loads, 0)
}

// samples describe the first rows of each step, by its name.
type samples map[string]sample

// sample describes some rows of a step.
type sample struct {
	rows int
	load batch.Load // of those that would be sent
}

func (m samples) add(r pipeline.Rendered) {
	s := m[r.Step]
	s.rows++
	s.load.Rows += r.Load.Rows
	s.load.Batch += r.Load.Batch
	s.load.Bytes += r.Load.Bytes
	s.load.Limits = cmp.Or(r.Load.Limits, s.load.Limits)
	m[r.Step] = s
}

// scaled is the load of so many rows that are like the sample.
func (s sample) scaled(rows int) batch.Load {
	part := func(n int) int { return int(float64(n) / float64(max(s.rows, 1)) * float64(rows)) }
	return batch.Load{Rows: part(s.load.Rows), Batch: part(s.load.Batch), Bytes: part(s.load.Bytes), Limits: s.load.Limits}
}
