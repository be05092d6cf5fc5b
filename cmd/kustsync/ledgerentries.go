package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sources"
)

// entryPrinter prints entries of the ledger one by one; end prints what it has gathered.
type entryPrinter interface {
	add(e ledger.Entry) error
	end() error
}

// newEntryPrinter returns the printer of a --format.
func newEntryPrinter(t *terminal, format string) (entryPrinter, error) {
	switch format {
	case "table":
		return &tableEntries{w: t.out, style: t.outStyle(), table: report.NewTable("step", "key", "outcome", "kustomer id", "place", ">attempts", "error")}, nil
	case "csv":
		p := &csvEntries{csv.NewWriter(t.out)}
		return p, p.csv.Write(entryColumns[:])
	case "ndjson":
		return ndjsonEntries{t.out}, nil
	}
	return nil, usage("use table, csv or ndjson", "--format: unknown format %q", format)
}

// entryColumns are the columns of every format (contract.md, section 5).
var entryColumns = [...]string{"step", "key", "outcome", "kustomer_id", "source", "line", "attempts", "http_status", "error", "run_id", "updated_at", "created_in"}

// entryCells are the values of entryColumns.
func entryCells(e ledger.Entry) []string {
	return []string{
		e.Step, e.Key, string(e.Outcome), e.KustomerID, e.Place.Source, strconv.Itoa(e.Place.Line),
		strconv.Itoa(e.Attempts), strconv.Itoa(e.HTTPStatus), e.Error, e.RunID, e.UpdatedAt.UTC().Format(time.RFC3339Nano), e.CreatedIn,
	}
}

// tableEntries prints for people. It gathers all entries, so that the columns line up.
type tableEntries struct {
	w     io.Writer
	style report.Style
	table *report.Table
}

func (t *tableEntries) add(e ledger.Entry) error {
	t.table.Add(e.Step, e.Key, outcomeText(e), e.KustomerID, placeText(e.Place), strconv.Itoa(e.Attempts), e.Error)
	return nil
}

// outcomeText is an outcome for people: of an alias it names the object that the row's own was merged into.
func outcomeText(e ledger.Entry) string {
	if e.Role == ledger.Alias {
		return fmt.Sprintf("%s (merged into %s)", e.Outcome, e.KustomerID)
	}
	return string(e.Outcome)
}

func (t *tableEntries) end() error { return t.table.Write(t.w, t.style) }

// csvEntries prints for spreadsheets. Cells that a spreadsheet would take for a formula are neutralised.
type csvEntries struct{ csv *csv.Writer }

func (c *csvEntries) add(e ledger.Entry) error {
	cells := entryCells(e)
	for i := range cells {
		cells[i] = sources.Neutralise(cells[i])
	}
	return c.csv.Write(cells)
}

func (c *csvEntries) end() error {
	c.csv.Flush()
	return c.csv.Error()
}

// ndjsonEntries prints for programs.
type ndjsonEntries struct{ w io.Writer }

func (n ndjsonEntries) add(e ledger.Entry) error {
	_, err := n.w.Write(append(entryJSON(e), '\n'))
	return err
}

func (ndjsonEntries) end() error { return nil }

// entryJSON writes an entry as an object with the members of entryColumns.
func entryJSON(e ledger.Entry) []byte {
	text, err := json.Marshal(struct {
		Step       string         `json:"step"`
		Key        string         `json:"key"`
		Outcome    ledger.Outcome `json:"outcome"`
		KustomerID string         `json:"kustomer_id"`
		Source     string         `json:"source"`
		Line       int            `json:"line"`
		Attempts   int            `json:"attempts"`
		HTTPStatus int            `json:"http_status"`
		Error      string         `json:"error"`
		RunID      string         `json:"run_id"`
		UpdatedAt  time.Time      `json:"updated_at"`
		CreatedIn  string         `json:"created_in"`
	}{e.Step, e.Key, e.Outcome, e.KustomerID, e.Place.Source, e.Place.Line, e.Attempts, e.HTTPStatus, e.Error, e.RunID, e.UpdatedAt.UTC(), e.CreatedIn})
	if err != nil {
		return []byte("{}") // strings, numbers and a time always marshal
	}
	return text
}

// summaryEntries gathers entries for --json.
type summaryEntries struct{ entries []json.RawMessage }

func newSummaryEntries() *summaryEntries { return &summaryEntries{entries: []json.RawMessage{}} }

func (s *summaryEntries) add(e ledger.Entry) error {
	s.entries = append(s.entries, entryJSON(e))
	return nil
}

func (s *summaryEntries) end() error { return nil }

// MarshalJSON implements json.Marshaler.
func (s *summaryEntries) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"entries": s.entries})
}
