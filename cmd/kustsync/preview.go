package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/report"
)

// previewFlags are the flags of `kustsync preview`.
type previewFlags struct {
	step    string
	limit   int
	format  string
	sources []string
}

func (a *app) previewCommand() *cobra.Command {
	var f previewFlags
	cmd := &cobra.Command{
		Use:   "preview FILE",
		Short: "Show the exact requests of the first rows, and what would be rejected",
		Long: `preview renders rows and shows the requests that a run would send, without asking anybody: an id
that Kustomer has still to give stands as <id of customer "zd-1">. Exit code 1 when one of the
rows shown would be rejected.`,
		Example: "  kustsync preview pipeline.yaml\n  kustsync preview pipeline.yaml --step message --limit 3 --format ndjson",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.preview(cmd.Context(), args[0], f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.step, "step", "", "only this `step`")
	fl.IntVar(&f.limit, "limit", 10, "rows of each step; 0 for all")
	fl.StringVar(&f.format, "format", "table", "table, json or ndjson")
	fl.StringArrayVar(&f.sources, "source", nil, "`NAME=PATH`: read that file for that source; may be repeated")
	return cmd
}

// preview is `kustsync preview`.
func (a *app) preview(ctx context.Context, path string, f previewFlags) (err error) {
	show, ok := a.previewFormats()[f.format]
	if !ok {
		return usage("use table, json or ndjson", "--format: unknown format %q", f.format)
	}
	if f.limit < 0 {
		return usage("choose 0 or more", "--limit %d is out of range", f.limit)
	}
	plan, err := a.bind(ctx, path, f.sources)
	if err != nil {
		return plainFaults(err)
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	if _, ok := plan.Step(f.step); f.step != "" && !ok {
		return usage(nearestStep(plan, f.step), "--step: there is no step %q", f.step)
	}
	a.warn(plan)
	now := time.Now()
	opts := pipeline.PreviewOptions{Step: f.step, Limit: f.limit, RunID: newRunID(now), Start: now}
	samples, reached := samples{}, reached{}
	var rows []previewRow
	rejected := 0
	for r, err := range pipeline.Preview(ctx, plan, opts) {
		if err != nil {
			return usage("mend the file", "reading the source of step %q: %v", r.Step, err)
		}
		if r.Outcome == ledger.Rejected {
			rejected++
		}
		samples.add(r)
		reached.add(r)
		row := previewRowOf(r)
		if f.format == "ndjson" && !a.flags.json {
			if err := show(a.out, []previewRow{row}); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, row)
	}
	a.summary = map[string]any{"rows": rows, "rejected": rejected}
	if !a.flags.json && f.format != "ndjson" {
		err = show(a.out, rows)
	}
	a.forecast(ctx, plan, f.step, samples)
	a.tellReached(reached)
	if err == nil && rejected > 0 {
		err = errQuietly
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
	Stage   pipeline.Stage `json:"stage,omitempty"`
	Field   string         `json:"field,omitempty"`
	Error   string         `json:"error,omitempty"`
}

// thenJSON is the request that lets a draft go.
type thenJSON struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Body   any    `json:"body"`
}

func previewRowOf(r pipeline.Rendered) previewRow {
	var then *thenJSON
	if t := r.Then; t != nil {
		then = &thenJSON{Method: t.Method, Path: t.Path, Body: t.Body}
	}
	return previewRow{
		Step: r.Step, Place: r.Pos.String(), Key: r.Key, Outcome: r.Outcome,
		Method: r.Method, Path: r.Path, Body: r.Body, Then: then, Stage: r.Stage, Field: r.Field, Error: r.Message,
	}
}

// previewFormats are the ways to print rows.
func (a *app) previewFormats() map[string]func(io.Writer, []previewRow) error {
	return map[string]func(io.Writer, []previewRow) error{
		"table":  a.previewText,
		"ndjson": previewNDJSON,
		"json": func(w io.Writer, rows []previewRow) error {
			if rows == nil {
				rows = []previewRow{}
			}
			return writeJSON(w, rows)
		},
	}
}

// previewText prints each row as a line and the body below it.
func (a *app) previewText(w io.Writer, rows []previewRow) error {
	s := a.style(w)
	for _, r := range rows {
		line := fmt.Sprintf("%s %s  %s", s.Bold(report.Clean(r.Step)), report.Clean(fmt.Sprintf("%q", r.Key)), s.Dim(report.Clean(r.Place)))
		switch r.Outcome {
		case ledger.Planned:
			line += "  " + s.Green(r.Method+" "+report.Clean(r.Path))
		case ledger.Rejected:
			line += "  " + s.Red("rejected: ") + report.Clean(faultOf(r))
		default:
			line += "  " + s.Yellow(string(r.Outcome))
			if r.Error != "" {
				line += ": " + report.Clean(r.Error)
			}
		}
		if err := writeLine(w, line); err != nil {
			return err
		}
		if r.Body == nil {
			continue
		}
		if err := writeJSON(w, r.Body); err != nil {
			return err
		}
		if r.Then == nil {
			continue
		}
		if err := writeLine(w, "then  "+s.Green(r.Then.Method+" "+r.Then.Path)); err != nil {
			return err
		}
		if err := writeJSON(w, r.Then.Body); err != nil {
			return err
		}
	}
	return nil
}

// faultOf names the field at fault, once.
func faultOf(r previewRow) string {
	if r.Field == "" || strings.HasPrefix(r.Error, r.Field) {
		return r.Error
	}
	return r.Field + ": " + r.Error
}

func previewNDJSON(w io.Writer, rows []previewRow) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// writeJSON prints v over several lines, as people read it.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
