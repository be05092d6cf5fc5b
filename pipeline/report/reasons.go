package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sources"
)

// Reasons is an Observer that groups the rows that were rejected, are in doubt or were not attempted by their
// reason, so that a thousand rows with one reason are one line.
type Reasons struct {
	values bool
	groups map[reason]*group
	steps  []string // in the order in which they ran
	other  int      // rows with a reason beyond the first maxGroups
	stale  int      // unchanged rows whose content differs from what was loaded
}

// maxGroups bounds the reasons in memory, shownGroups those that are printed.
const (
	maxGroups   = 1000
	shownGroups = 8
)

type reason struct {
	outcome              ledger.Outcome
	step, field, message string
}

type group struct {
	reason
	rows  int
	first sources.Pos // place of the group's first row
	value string      // of the row at first
}

// NewReasons returns Reasons without rows; values says whether Write may show values of rows.
func NewReasons(values bool) *Reasons {
	return &Reasons{values: values, groups: map[reason]*group{}}
}

// StepStarted implements pipeline.Observer.
func (r *Reasons) StepStarted(step *program.Step) { r.steps = append(r.steps, step.Name()) }

// Note implements pipeline.Observer.
func (r *Reasons) Note(string, string) {}

// Waiting implements pipeline.Observer.
func (r *Reasons) Waiting(string, int) {}

// Settled implements pipeline.Observer.
func (r *Reasons) Settled(s pipeline.Settlement) {
	if s.Changed {
		r.stale++
	}
	if s.Message == "" {
		return // the row was loaded, or the run ended before it was sent
	}
	key := reason{s.Outcome, s.Step, s.Field, s.Message}
	g, ok := r.groups[key]
	if !ok {
		if len(r.groups) == maxGroups {
			r.other++
			return
		}
		g = &group{reason: key, first: s.Row.Pos, value: s.Value}
		r.groups[key] = g
	}
	g.rows++
	if comparePos(s.Row.Pos, g.first) < 0 {
		g.first, g.value = s.Row.Pos, s.Value
	}
}

// comparePos orders places by file, sheet and line.
func comparePos(a, b sources.Pos) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Sheet, b.Sheet), cmp.Compare(a.Line, b.Line))
}

// urgent lists the outcomes that a person has to act on, the most urgent first.
var urgent = [...]ledger.Outcome{ledger.Rejected, ledger.InDoubt, ledger.NotAttempted}

// rank is the place of an outcome in urgent; outcomes that are not in it come last.
func rank(o ledger.Outcome) int {
	if i := slices.Index(urgent[:], o); i >= 0 {
		return i
	}
	return len(urgent)
}

// sorted returns the groups by outcome, then by step and by the place of their first row, so that the order does not
// depend on which worker settles a row first.
func (r *Reasons) sorted() []*group {
	return slices.SortedFunc(maps.Values(r.groups), func(a, b *group) int {
		return cmp.Or(
			cmp.Compare(rank(a.outcome), rank(b.outcome)),
			cmp.Compare(slices.Index(r.steps, a.step), slices.Index(r.steps, b.step)),
			comparePos(a.first, b.first),
			cmp.Compare(a.field, b.field),
			cmp.Compare(a.message, b.message),
		)
	})
}

// Write prints a line for each of the first shownGroups reasons, and how many rows have others.
func (r *Reasons) Write(w io.Writer, s Style) error {
	more := r.other
	for i, g := range r.sorted() {
		if i >= shownGroups {
			more += g.rows
			continue
		}
		if _, err := fmt.Fprintln(w, r.line(g, s)); err != nil {
			return err
		}
	}
	if more > 0 {
		if _, err := fmt.Fprintf(w, "  and %s for other reasons\n", Plural(more, "more row")); err != nil {
			return err
		}
	}
	if r.stale == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s%s: the content differs from what was loaded; if_exists: update would send it\n",
		s.Yellow("warning: "), Plural(r.stale, "unchanged row"))
	return err
}

// line is a group in one line: outcome, place of the first row, step and message.
func (r *Reasons) line(g *group, s Style) string {
	outcome := s.Red(string(g.outcome))
	if g.outcome != ledger.Rejected {
		outcome = s.Yellow(string(g.outcome))
	}
	text := Clean(g.message)
	if g.field != "" && len(text) > 0 {
		text = g.field + ": " + trimField(text, g.field)
	}
	if r.values && g.value != "" {
		text += fmt.Sprintf(" (value %q)", g.value)
	}
	place := g.first.String()
	if g.rows > 1 {
		place = fmt.Sprintf("%s and %s more", place, Count(g.rows-1))
	}
	return fmt.Sprintf("%s %s, %s: %s", outcome, Clean(place), g.step, text)
}

// trimField removes the field's name from a message that begins with it.
func trimField(text, field string) string {
	if len(text) > len(field)+2 && text[:len(field)] == field && text[len(field):len(field)+2] == ": " {
		return text[len(field)+2:]
	}
	return text
}
