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
	right map[int]bool
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

// Summary prints what became of the rows: step by outcome, and what it took.
func Summary(w io.Writer, s Style, sum pipeline.Summary) error {
	if len(sum.Steps) > 0 {
		if err := steps(w, s, sum); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s\n", s.Dim(effort(sum)))
	return err
}

// steps prints the table of a summary and an empty line.
func steps(w io.Writer, s Style, sum pipeline.Summary) error {
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

// shownOutcomes leaves out the columns in which every number is 0.
func shownOutcomes(sum pipeline.Summary) []ledger.Outcome {
	var shown []ledger.Outcome
	for _, o := range ledger.Outcomes {
		if sum.Of(o) > 0 {
			shown = append(shown, o)
		}
	}
	return shown
}

func counts(name string, c pipeline.Counters, shown []ledger.Outcome) []string {
	cells := []string{name, Count(c.Rows())}
	for _, o := range shown {
		cells = append(cells, Count(c.Of(o)))
	}
	return cells
}

// longEnough is how many milliseconds a run must take before its share of the limit says anything: the
// first two seconds' worth may leave at once.
const longEnough = 10_000

// written is how many rows took a request.
func written(sum pipeline.Summary) int {
	return sum.Of(ledger.Created) + sum.Of(ledger.Updated) + sum.Of(ledger.Existed)
}

func effort(sum pipeline.Summary) string {
	took := Duration(time.Duration(sum.DurationMS) * time.Millisecond)
	text := fmt.Sprintf("%s in %s, run %s", Plural(int(sum.Requests), "request"), took, sum.RunID)
	if sum.HTTP429 > 0 {
		text += fmt.Sprintf(", %s answered 429 (rate limit)", Count(int(sum.HTTP429)))
	}
	if perRequest := written(sum) / max(int(sum.Requests), 1); perRequest >= 2 {
		text += fmt.Sprintf(", %d rows a request", perRequest)
	}
	if minutes := float64(sum.DurationMS) / 60_000; sum.Limit > 0 && sum.DurationMS >= longEnough {
		text += fmt.Sprintf(", %s of %s a minute", ofLimit(float64(sum.Requests)/minutes, sum.Limit), Count(sum.Limit))
	}
	if sum.DryRun {
		text = fmt.Sprintf("dry run in %s: nothing was sent", took)
	}
	return text
}

// ofLimit is how much of the limit so many requests a minute take. A run that begins late in a minute of
// Kustomer's may spend all of it in the seconds left, which is no more than all.
func ofLimit(perMinute float64, limit int) string {
	return fmt.Sprintf("%.0f%% of the limit", 100*min(perMinute/float64(limit), 1))
}

// Count writes a number with a comma at every thousand.
func Count(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Plural writes a number and its noun: 1 row, 2 rows.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Count(n) + " " + noun + "s"
}

// Duration writes a time as a person would read it: 0.4s, 12s, 3m05s, 2h04m.
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
