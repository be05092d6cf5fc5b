package main

import (
	"encoding/json"
	"io"

	"github.com/kustsync/kustsync/pipeline/config"
)

// envelope is what --json prints, at every exit code.
type envelope struct {
	Command string           `json:"command"`
	OK      bool             `json:"ok"`
	Summary any              `json:"summary"`
	Error   *errorJSON       `json:"error"`
	Faults  []diagnosticJSON `json:"faults"`
}

type errorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Place   string `json:"place"`
	Hint    string `json:"hint"`
}

// diagnosticJSON is what is wrong with a place of a pipeline file.
type diagnosticJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Warning bool   `json:"warning"`
}

// writeEnvelope prints the envelope of a command and returns the exit code.
func writeEnvelope(w io.Writer, command string, r *result, p problem) int {
	e := envelope{Command: command, OK: p.exit == exitOK || p.exit == exitChanges, Summary: r.summary, Faults: []diagnosticJSON{}}
	if e.Summary == nil {
		e.Summary = struct{}{}
	}
	if !e.OK {
		e.Error = &errorJSON{Code: p.code, Message: p.message, Place: p.place, Hint: p.hint}
	}
	for _, d := range r.diagnostics {
		e.Faults = append(e.Faults, describeDiagnostic(d))
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil && p.exit == exitOK {
		return exitEnvironment
	}
	return p.exit
}

func describeDiagnostic(d config.Diagnostic) diagnosticJSON {
	return diagnosticJSON{File: d.Pos.File, Line: d.Pos.Line, Column: d.Pos.Column, Message: d.Message, Hint: d.Hint, Warning: d.Warning}
}

// writeJSON prints v over several lines, as people read it.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
