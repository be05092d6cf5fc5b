package main

import (
	"context"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// countRows counts the rows in the background, so that progress can say how much time is left. It does so only where
// a person watches.
func (t *terminal) countRows(ctx context.Context, prog *program.Program, opts pipeline.Options, progress *report.Progress) {
	if !t.isWatched() {
		return
	}
	go func() {
		if n, err := pipeline.CountRows(ctx, prog, opts); err == nil {
			progress.SetTotal(n)
		}
	}()
}

// showNotice says that Kustomer makes the run wait, and that it goes on.
func showNotice(p *report.Progress, n pace.Event) {
	switch n.Kind {
	case pace.RateLimited:
		p.Wait("waiting for the rate limit,", n.Message, n.Wait)
	case pace.Outage:
		p.Line(n.Message)
		p.Wait("Kustomer cannot be reached, giving up in", "", n.Wait)
	case pace.LimitOver:
		p.EndWait()
	case pace.Recovered:
		p.EndWait()
		p.Line(n.Message)
	}
}
