package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/report"
)

// previewCommand is `kustsync preview`.
type previewCommand struct {
	*app
	step    string
	limit   int
	format  string
	sources []string
}

func newPreviewCommand(a *app) *cobra.Command {
	c := &previewCommand{app: a}
	cmd := &cobra.Command{
		Use:   "preview FILE",
		Short: "Show the exact requests of the first rows, and what would be rejected",
		Long: `preview renders rows and shows the requests that a run would send, without asking anybody: an id
that Kustomer has still to give stands as <id of customer "zd-1">. Exit code 1 when one of the
rows shown would be rejected.`,
		Example: "  kustsync preview pipeline.yaml\n  kustsync preview pipeline.yaml --step message --limit 3 --format ndjson",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&c.step, "step", "", "only this `step`")
	fl.IntVar(&c.limit, "limit", 10, "rows of each step; 0 for all")
	fl.StringVar(&c.format, "format", "table", "table, json or ndjson")
	fl.StringArrayVar(&c.sources, "source", nil, "`NAME=PATH`: read that file for that source; may be repeated")
	return cmd
}

func (c *previewCommand) run(ctx context.Context, path string) (err error) {
	write, ok := c.writers()[c.format]
	if !ok {
		return usage("use table, json or ndjson", "--format: unknown format %q", c.format)
	}
	if c.limit < 0 {
		return usage("choose 0 or more", "--limit %d is out of range", c.limit)
	}
	prog, err := c.open.program(ctx, path, c.sources)
	if err != nil {
		return damageAsDiagnostic(err)
	}
	defer func() { err = errors.Join(err, prog.Close()) }()
	if err := checkStep(prog, c.step); err != nil {
		return err
	}
	c.term.diagnostics(prog.Warnings)
	now := time.Now()
	opts := pipeline.PreviewOptions{Step: c.step, Limit: c.limit, RunID: newRunID(now), Start: now}
	samples, recipients := samples{}, recipients{}
	var rows []previewRow
	rejected := 0
	for r, err := range pipeline.Preview(ctx, prog, opts) {
		if err != nil {
			return usage("mend the file", "reading the source of step %q: %v", r.Step, err)
		}
		if r.Outcome == ledger.Rejected {
			rejected++
		}
		samples.add(r)
		recipients.add(r)
		row := describeRendered(r)
		if c.format == "ndjson" && !c.global.json {
			if err := write([]previewRow{row}); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, row)
	}
	c.result.summary = map[string]any{"rows": rows, "rejected": rejected}
	if !c.global.json && c.format != "ndjson" {
		err = write(rows)
	}
	c.open.printSampledEstimate(ctx, prog, c.step, samples)
	c.term.reportRecipients(recipients)
	if err == nil && rejected > 0 {
		err = errRowsLeft
	}
	return err
}

// previewRow is a rendered row as JSON.
type previewRow struct {
	Step    string         `json:"step"`
	Place   string         `json:"place"`
	Key     string         `json:"key"`
	Outcome ledger.Outcome `json:"outcome"`
	Method  string         `json:"method,omitempty"`
	Path    string         `json:"path,omitempty"`
	Body    any            `json:"body,omitempty"`
	Then    *thenJSON      `json:"then,omitempty"`
	Stage   decide.Stage   `json:"stage,omitempty"`
	Field   string         `json:"field,omitempty"`
	Error   string         `json:"error,omitempty"`
}

// thenJSON is the second request of a row that delivers, which sends the draft that the first has made.
type thenJSON struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   any    `json:"body"`
}

func describeRendered(r pipeline.Rendered) previewRow {
	var then *thenJSON
	if t := r.Then; t != nil {
		then = &thenJSON{Method: t.Method, Path: t.Path, Body: t.Body}
	}
	return previewRow{
		Step: r.Step, Place: r.Pos.String(), Key: r.Key, Outcome: r.Outcome,
		Method: r.Method, Path: r.Path, Body: r.Body, Then: then, Stage: r.Stage, Field: r.Field, Error: r.Message,
	}
}

// writers are the ways to print rows, by --format.
func (c *previewCommand) writers() map[string]func([]previewRow) error {
	return map[string]func([]previewRow) error{
		"table":  c.writeText,
		"ndjson": c.writeNDJSON,
		"json": func(rows []previewRow) error {
			if rows == nil {
				rows = []previewRow{}
			}
			return writeJSON(c.term.out, rows)
		},
	}
}

// writeText prints each row as a line and the body below it.
func (c *previewCommand) writeText(rows []previewRow) error {
	s := c.term.outStyle()
	for _, r := range rows {
		if err := c.term.print(r.headline(s)); err != nil {
			return err
		}
		if r.Body == nil {
			continue
		}
		if err := writeJSON(c.term.out, r.Body); err != nil {
			return err
		}
		if r.Then == nil {
			continue
		}
		if err := c.term.print("then  " + s.Green(r.Then.Method+" "+r.Then.Path)); err != nil {
			return err
		}
		if err := writeJSON(c.term.out, r.Then.Body); err != nil {
			return err
		}
	}
	return nil
}

// headline says which row it is and what becomes of it.
func (r previewRow) headline(s report.Style) string {
	line := fmt.Sprintf("%s %s  %s", s.Bold(report.Clean(r.Step)), report.Clean(fmt.Sprintf("%q", r.Key)), s.Dim(report.Clean(r.Place)))
	switch r.Outcome {
	case ledger.Planned:
		line += "  " + s.Green(r.Method+" "+report.Clean(r.Path))
	case ledger.Rejected:
		line += "  " + s.Red("rejected: ") + report.Clean(r.rejection())
	default:
		line += "  " + s.Yellow(string(r.Outcome))
		if r.Error != "" {
			line += ": " + report.Clean(r.Error)
		}
	}
	return line
}

// rejection is why the row is rejected. It names the field once, also when the error begins with it.
func (r previewRow) rejection() string {
	if r.Field == "" || strings.HasPrefix(r.Error, r.Field) {
		return r.Error
	}
	return r.Field + ": " + r.Error
}

func (c *previewCommand) writeNDJSON(rows []previewRow) error {
	enc := json.NewEncoder(c.term.out)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
