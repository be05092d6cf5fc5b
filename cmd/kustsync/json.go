package main

import (
	"encoding/json"

	"github.com/kustsync/kustsync/pipeline/config"
)

// envelope is what --json prints, at every exit code.
type envelope struct {
	Command string      `json:"command"`
	OK      bool        `json:"ok"`
	Summary any         `json:"summary"`
	Error   *errorJSON  `json:"error"`
	Faults  []faultJSON `json:"faults"`
}

type errorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Place   string `json:"place"`
	Hint    string `json:"hint"`
}

type faultJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	Warning bool   `json:"warning"`
}

// finishJSON prints the envelope and returns the exit code.
func (a *app) finishJSON(p problem) int {
	e := envelope{Command: a.command, OK: p.exit == exitOK || p.exit == exitChanges, Summary: a.summary, Faults: []faultJSON{}}
	if e.Summary == nil {
		e.Summary = struct{}{}
	}
	if !e.OK {
		e.Error = &errorJSON{Code: p.code, Message: p.message, Place: p.place, Hint: p.hint}
	}
	for _, f := range a.faults {
		e.Faults = append(e.Faults, jsonFault(f))
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil && p.exit == exitOK {
		return exitEnvironment
	}
	return p.exit
}

func jsonFault(f config.Diagnostic) faultJSON {
	return faultJSON{File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Column, Message: f.Message, Hint: f.Hint, Warning: f.Warning}
}
