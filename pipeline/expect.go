package pipeline

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// expectations holds the sources of a run against what the pipeline file expects of them (decisions.md 2.2).
type expectations struct {
	opts    Options
	reader  *ledger.Reader // nil: nothing was loaded yet
	guarded func(GuardResult)
	info    func(step, text string)
	// changes counts the rows of a step that the ledger has loaded, and of them those with other content.
	changes func(ctx context.Context, step *program.Step) (known, changed int, err error)
}

// check notes what is wrong with the sources of steps, each source once.
func (e *expectations) check(ctx context.Context, steps []*program.Step) error {
	seen := map[*program.Source]bool{}
	for _, step := range steps {
		if s := step.Source; s.Expect != nil && !seen[s] {
			seen[s] = true
			if why := notWhole(s, e.opts); why != "" {
				e.info(step.Name(), fmt.Sprintf("expect of source %q was not checked: %s", s.Name, why))
				continue
			}
			if err := e.checkSource(ctx, s, steps); err != nil {
				return err
			}
		}
	}
	return nil
}

// notWhole says why this run does not read the source that the pipeline file means, from its first row to its last; "": it
// does.
func notWhole(s *program.Source, o Options) string {
	switch {
	case o.Limit > 0:
		return "--limit reads a part of it"
	case s.Given:
		return "--source gives another file"
	case s.Once:
		return "standard input can be read only once"
	}
	return ""
}

// checkSource notes what is wrong with one source.
func (e *expectations) checkSource(ctx context.Context, s *program.Source, steps []*program.Step) error {
	if err := e.checkAge(s); err != nil {
		return err
	}
	if s.Expect.Complete {
		if err := e.checkEnds(ctx, s); err != nil {
			return err
		}
	}
	if s.Expect.MinRows > 0 || s.Expect.MaxDrop != nil {
		rows, err := countRows(ctx, s)
		if err != nil {
			return err
		}
		e.checkRows(s, rows)
	}
	if s.Expect.MaxChange != nil {
		return e.checkChange(ctx, s, steps)
	}
	return nil
}

// notAsExpected notes that a source is not as the pipeline file expects.
func (e *expectations) notAsExpected(guard string, s *program.Source, limit, is int, what, hint string) {
	e.guarded(GuardResult{
		Guard: guard, Source: s.Name, Limit: limit, Is: is, Accepted: e.opts.Accept.Has(guard, s.Name),
		found: fmt.Sprintf("source %q %s", s.Name, what),
		hint:  fmt.Sprintf("%s; if it is right so: --accept %s:%s", hint, guard, s.Name),
	})
}

// checkAge compares the time of the newest file with max_age.
func (e *expectations) checkAge(s *program.Source) error {
	if s.Expect.MaxAge == 0 {
		return nil
	}
	at, ok, err := s.Newest()
	if err != nil || !ok {
		return err
	}
	if age := e.opts.Start.Sub(at); age > s.Expect.MaxAge {
		e.notAsExpected(GuardMaxAge, s, int(s.Expect.MaxAge.Seconds()), int(age.Seconds()),
			fmt.Sprintf("is %s old, and expect has max_age: %s", age.Round(time.Minute), shortDuration(s.Expect.MaxAge)), "look whether the export of today is there")
	}
	return nil
}

// shortDuration writes a duration without units that are zero: "26h".
func shortDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
}

// checkEnds finds files that end within a line.
func (e *expectations) checkEnds(ctx context.Context, s *program.Source) error {
	names, err := s.Unended(ctx)
	if err != nil || len(names) == 0 {
		return err
	}
	e.notAsExpected(GuardComplete, s, 0, len(names), "has complete: true, and the last line of "+names[0]+" does not end: it may be cut short",
		"look at the end of the file, and export it again")
	return nil
}

// countRows counts the rows of a source.
func countRows(ctx context.Context, s *program.Source) (rows int, err error) {
	for _, err := range s.Rows(ctx) {
		if err != nil {
			return rows, sourceStop(s.Name, rows, err)
		}
		rows++
	}
	return rows, nil
}

// checkRows compares the number of rows with min_rows, and with that of the last run that read the source whole.
func (e *expectations) checkRows(s *program.Source, rows int) {
	if least := s.Expect.MinRows; rows < least {
		e.notAsExpected(GuardMinRows, s, least, rows, fmt.Sprintf("has %d rows, and expect has min_rows: %d", rows, least), "look whether the export is whole")
	}
	last, ok := e.lastRead(s)
	if s.Expect.MaxDrop == nil || !ok {
		return
	}
	if least := int(math.Ceil(float64(last.Rows)*(1-*s.Expect.MaxDrop) - 1e-9)); rows < least {
		e.notAsExpected(GuardMaxDrop, s, least, rows, fmt.Sprintf("has %d rows, and had %d in run %s: expect has max_drop: %s",
			rows, last.Rows, last.RunID, percent(*s.Expect.MaxDrop)), "look whether the export is whole")
	}
}

// checkChange compares how many of the rows that the ledger knows would be updated with max_change.
func (e *expectations) checkChange(ctx context.Context, s *program.Source, steps []*program.Step) error {
	known, changed := 0, 0
	for _, step := range steps {
		if step.Source != s || e.reader == nil || !step.Updates() || step.Spec.Kind != sinks.Makes {
			continue
		}
		k, c, err := e.changes(ctx, step)
		if err != nil {
			return err
		}
		known, changed = known+k, changed+c
	}
	if most := int(float64(known)*(*s.Expect.MaxChange) + 1e-9); changed > most {
		e.notAsExpected(GuardMaxChange, s, most, changed, fmt.Sprintf("would update %d of the %d rows that were loaded before, and expect has max_change: %s",
			changed, known, percent(*s.Expect.MaxChange)), "look at what differs: "+e.opts.Command("plan"))
	}
	return nil
}

func percent(share float64) string { return fmt.Sprintf("%g%%", math.Round(share*1e8)/1e6) }

// lastRead is what the ledger has of the last run that read a source whole.
func (e *expectations) lastRead(s *program.Source) (ledger.SourceRead, bool) {
	if e.reader == nil {
		return ledger.SourceRead{}, false
	}
	return e.reader.Source(s.Name)
}

// noteRead notes that a run has read a source whole, and tells of one that has no rows any more. l is nil in a dry run.
func (e *expectations) noteRead(ctx context.Context, l *ledger.Ledger, step *program.Step, rows int) error {
	s := step.Source
	if e.opts.Limit > 0 || s.Given {
		return nil
	}
	if last, ok := e.lastRead(s); ok && last.Rows > 0 && rows == 0 && s.Expect == nil {
		e.info(step.Name(), fmt.Sprintf("source %q has no rows, and had %d in run %s", s.Name, last.Rows, last.RunID))
	}
	if l == nil || e.opts.DryRun {
		return nil
	}
	return l.PutSource(ctx, ledger.SourceRead{Name: s.Name, Rows: rows, RunID: e.opts.RunID, At: time.Now()})
}
