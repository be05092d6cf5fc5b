package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Table is text in columns; the first row is the header.
type Table struct {
	rows  [][]string
	right map[int]bool // columns that are aligned to the right, by index
}

// NewTable returns a table with that header. Columns whose header begins with ">" are aligned to
// the right.
func NewTable(header ...string) *Table {
	t := &Table{right: map[int]bool{}}
	for i, h := range header {
		if name, ok := strings.CutPrefix(h, ">"); ok {
			t.right[i], header[i] = true, name
		}
	}
	t.rows = append(t.rows, header)
	return t
}

// Add adds a row; its cells are made safe for a terminal.
func (t *Table) Add(cells ...string) {
	for i := range cells {
		cells[i] = Clean(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// Write prints the table with its header in bold.
func (t *Table) Write(w io.Writer, s Style) error {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	for n, row := range t.rows {
		line := t.line(row, widths)
		if n == 0 {
			line = s.Bold(line)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// line is a row with every cell padded to the width of its column.
func (t *Table) line(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString("  ")
		}
		gap := strings.Repeat(" ", widths[i]-width(cell))
		if t.right[i] {
			b.WriteString(gap + cell)
		} else {
			b.WriteString(cell + gap)
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// Summary prints how many rows of each step have which outcome, and how many requests and how much time the run took.
func Summary(w io.Writer, s Style, sum pipeline.Summary) error {
	if len(sum.Steps) > 0 {
		if err := writeSteps(w, s, sum); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s\n", s.Dim(effort(sum)))
	return err
}

// writeSteps prints the table of steps by outcome, and an empty line.
func writeSteps(w io.Writer, s Style, sum pipeline.Summary) error {
	shown := shownOutcomes(sum)
	header := []string{"step", ">rows"}
	for _, o := range shown {
		header = append(header, ">"+strings.ReplaceAll(string(o), "_", " "))
	}
	t := NewTable(header...)
	for _, step := range sum.Steps {
		t.Add(counts(step.Name, step.Counters, shown)...)
	}
	if len(sum.Steps) > 1 {
		t.Add(counts("total", sum.Counters, shown)...)
	}
	if err := t.Write(w, s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// shownOutcomes returns the outcomes that at least one row has.
func shownOutcomes(sum pipeline.Summary) []ledger.Outcome {
	var shown []ledger.Outcome
	for _, o := range ledger.Outcomes {
		if sum.Of(o) > 0 {
			shown = append(shown, o)
		}
	}
	return shown
}

// counts is a line of the table of steps.
func counts(name string, c pipeline.Counters, shown []ledger.Outcome) []string {
	cells := []string{name, Count(c.Rows())}
	for _, o := range shown {
		cells = append(cells, Count(c.Of(o)))
	}
	return cells
}

// minShareMS is how many milliseconds a run must take before its share of the limit is shown: in a shorter run the
// requests of the first two seconds, which may be sent at once, would make the share too high.
const minShareMS = 10_000

// written is how many rows a request was sent for.
func written(sum pipeline.Summary) int {
	return sum.Of(ledger.Created) + sum.Of(ledger.Updated) + sum.Of(ledger.Existed)
}

// effort is the line below the table: requests, time, run and share of the limit.
func effort(sum pipeline.Summary) string {
	took := Duration(time.Duration(sum.DurationMS) * time.Millisecond)
	text := fmt.Sprintf("%s in %s, run %s", Plural(int(sum.Requests), "request"), took, sum.RunID)
	if sum.HTTP429 > 0 {
		text += fmt.Sprintf(", %s answered 429 (rate limit)", Count(int(sum.HTTP429)))
	}
	if perRequest := written(sum) / max(int(sum.Requests), 1); perRequest >= 2 {
		text += fmt.Sprintf(", %d rows a request", perRequest)
	}
	if minutes := float64(sum.DurationMS) / 60_000; sum.Limit > 0 && sum.DurationMS >= minShareMS {
		text += fmt.Sprintf(", %s of %s a minute", ofLimit(float64(sum.Requests)/minutes, sum.Limit), Count(sum.Limit))
	}
	if sum.DryRun {
		text = fmt.Sprintf("dry run in %s: nothing was sent", took)
	}
	return text
}

// ofLimit is which share of the limit so many requests a minute are, at most 100%. A run that begins late in one of
// Kustomer's minutes may send a whole minute's requests in the seconds that are left of it.
func ofLimit(perMinute float64, limit int) string {
	return fmt.Sprintf("%.0f%% of the limit", 100*min(perMinute/float64(limit), 1))
}

// Count formats a number with a comma at every thousand.
func Count(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Plural formats a number and its noun: 1 row, 2 rows.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Duration formats a time for a person: 0.4s, 12s, 3m05s, 2h04m.
func Duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
