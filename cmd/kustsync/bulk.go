package main

import (
	"cmp"
	"context"
	"time"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// bulkOf says whether rows may travel in batches. A key that cannot read the results of bulk jobs sends
// one by one, unless the user insists.
func (a *app) bulkOf(plan *program.Program, s *session) pipeline.Bulk {
	mode := pipeline.Bulk(plan.File.Run.Bulk.Value)
	reading := sinks.Spec{Name: "bulk", Roles: []sinks.Role{kustomer.BulkRole()}}
	if mode != pipeline.BulkAuto || len(s.who.Roles) == 0 || len(kustomer.MissingRoles([]sinks.Spec{reading}, s.who.Roles)) == 0 {
		return mode
	}
	a.chat("loading one object a request: the key lacks the role org.permission.bulk.read")
	return pipeline.BulkNever
}

// rate is how many requests a second the run may send; 0 when Kustomer names no limit.
func (s *session) rate(plan *program.Program) float64 {
	return float64(s.client.Stats().Limit) * plan.File.Kustomer.Budget / 60
}

// use is what the run has spent so far.
func (s *session) use() report.Use {
	stats := s.client.Stats()
	return report.Use{Requests: stats.Requests, Limit: stats.Limit}
}

// What is said of a load before it runs.
const (
	assumedLimit = 1000            // requests a minute: the plan that most orgs have (kustomer-api.md 2.1)
	countTime    = 3 * time.Second // that a preview may take to count rows
)

// tellLoad says what a load takes.
func (a *app) tellLoad(plan *program.Program, loads []pipeline.StepLoad, finds int) {
	pace := report.Pace{Limit: a.assumedLimitOf(plan.File), Budget: plan.File.Kustomer.Budget, Bulk: plan.File.Run.Bulk.Value}
	if text := report.Load(loads, finds, pace); text != "" {
		a.chat(text)
	}
}

// forecast says what a load takes of which only the first rows were rendered: the others are taken to be
// alike. Sources that take long to count, or cannot be read twice, are left to a dry run.
func (a *app) forecast(ctx context.Context, plan *program.Program, step string, shown samples) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	var loads []pipeline.StepLoad
	for _, s := range plan.Steps {
		if step != "" && s.Name() != step {
			continue
		}
		rows, err := pipeline.CountStep(ctx, s, 0)
		if err != nil {
			a.chat("load: run --dry-run counts the requests; the rows take too long to count here, or can be read only once")
			return
		}
		loads = append(loads, shown[s.Name()].scaled(rows))
	}
	a.tellLoad(plan, loads, 0)
}

// samples are what the first rows of each step are like.
type samples map[string]sample

// sample is what some rows are like.
type sample struct {
	rows int
	load pipeline.StepLoad // of those that would be sent
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
func (s sample) scaled(rows int) pipeline.StepLoad {
	part := func(n int) int { return int(float64(n) / float64(max(s.rows, 1)) * float64(rows)) }
	return pipeline.StepLoad{Rows: part(s.load.Rows), Batch: part(s.load.Batch), Bytes: part(s.load.Bytes), Limits: s.load.Limits}
}
