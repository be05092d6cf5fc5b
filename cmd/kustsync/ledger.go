package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sources"
)

// ledgerFlags are the flags of `kustsync ledger`.
type ledgerFlags struct {
	filter  ledger.Filter
	outcome string
	format  string
	sandbox bool
}

func (a *app) ledgerCommand() *cobra.Command {
	var f ledgerFlags
	cmd := &cobra.Command{
		Use:     "ledger FILE",
		Short:   "Print the entries of the ledger: what became of every row",
		Long:    "ledger prints one line for each key of each step, also while a run lasts.",
		Example: "  kustsync ledger pipeline.yaml --outcome rejected\n  kustsync ledger pipeline.yaml --format csv > ledger.csv",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.ledger(cmd.Context(), args[0], f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.outcome, "outcome", "", "only entries with this `outcome`: created, updated, existed, rejected or in_doubt")
	fl.StringVar(&f.filter.Step, "step", "", "only this `step`")
	fl.StringVar(&f.filter.Key, "key", "", "only this `key`")
	fl.StringVar(&f.format, "format", "table", "table, csv or ndjson")
	fl.BoolVar(&f.sandbox, "sandbox", false, "the ledger of run --sandbox")
	return cmd
}

// entryColumns are the columns of every format (contract.md, section 5).
var entryColumns = [...]string{"step", "key", "outcome", "kustomer_id", "source", "line", "attempts", "http_status", "error", "run_id", "updated_at"}

func entryCells(e ledger.Entry) []string {
	return []string{
		e.Step, e.Key, string(e.Outcome), e.KustomerID, e.Place.Source, strconv.Itoa(e.Place.Line),
		strconv.Itoa(e.Attempts), strconv.Itoa(e.HTTPStatus), e.Error, e.RunID, e.UpdatedAt.UTC().Format(time.RFC3339Nano),
	}
}

// entryPrinter prints entries one by one.
type entryPrinter interface {
	add(e ledger.Entry) error
	end() error
}

// ledger is `kustsync ledger`.
func (a *app) ledger(ctx context.Context, path string, f ledgerFlags) error {
	f.filter.Outcome = ledger.Outcome(f.outcome)
	if f.outcome != "" && !slices.Contains(ledger.Outcomes[:], f.filter.Outcome) {
		return usage("use created, updated, existed, rejected or in_doubt", "--outcome: unknown outcome %q", f.outcome)
	}
	printer, err := a.entryPrinter(f.format)
	if err != nil {
		return err
	}
	file, t, reader, err := a.reader(path, f.sandbox)
	if err != nil {
		return err
	}
	if reader == nil {
		a.chat(fmt.Sprintf("nothing was loaded into %s yet", t.name))
		return printer.end()
	}
	defer a.closing(reader)
	entries := 0
	for e, err := range reader.Entries(ctx, f.filter) {
		entries++
		if err != nil {
			return environment("", "reading the ledger: %v", err)
		}
		if err := printer.add(e); err != nil {
			return environment("", "printing the ledger: %v", err)
		}
	}
	if entries == 0 && f.filter.Step != "" {
		if err := knownStep(file, f.filter.Step); err != nil {
			return err
		}
	}
	return printer.end()
}

// knownStep refuses a step that the pipeline file does not have.
func knownStep(file *config.File, name string) error {
	var names []string
	for _, s := range file.Steps {
		names = append(names, s.Name)
	}
	if slices.Contains(names, name) {
		return nil
	}
	hint := "the steps are " + strings.Join(names, ", ")
	if near, ok := config.Nearest(name, names); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(hint, "there is no step %q", name)
}

func (a *app) entryPrinter(format string) (entryPrinter, error) {
	if a.flags.json {
		p := &summaryEntries{entries: []json.RawMessage{}}
		a.summary = p
		return p, nil
	}
	switch format {
	case "table":
		return &tableEntries{w: a.out, style: a.style(a.out), table: report.NewTable("step", "key", "outcome", "kustomer id", "place", ">attempts", "error")}, nil
	case "csv":
		p := &csvEntries{csv.NewWriter(a.out)}
		return p, p.csv.Write(entryColumns[:])
	case "ndjson":
		return ndjsonEntries{a.out}, nil
	}
	return nil, usage("use table, csv or ndjson", "--format: unknown format %q", format)
}

// tableEntries prints for people; it gathers pages so that columns line up.
type tableEntries struct {
	w     io.Writer
	style report.Style
	table *report.Table
}

func (t *tableEntries) add(e ledger.Entry) error {
	t.table.Add(e.Step, e.Key, string(e.Outcome), e.KustomerID, placeText(e.Place), strconv.Itoa(e.Attempts), e.Error)
	return nil
}

func (t *tableEntries) end() error { return t.table.Write(t.w, t.style) }

// csvEntries prints for spreadsheets: cells that one would run are neutralised.
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
	}{e.Step, e.Key, e.Outcome, e.KustomerID, e.Place.Source, e.Place.Line, e.Attempts, e.HTTPStatus, e.Error, e.RunID, e.UpdatedAt.UTC()})
	if err != nil {
		return []byte("{}") // strings, numbers and a time always marshal
	}
	return text
}

// summaryEntries gathers entries for --json.
type summaryEntries struct{ entries []json.RawMessage }

func (s *summaryEntries) add(e ledger.Entry) error {
	s.entries = append(s.entries, entryJSON(e))
	return nil
}

func (s *summaryEntries) end() error { return nil }

// MarshalJSON implements json.Marshaler.
func (s *summaryEntries) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"entries": s.entries})
}
