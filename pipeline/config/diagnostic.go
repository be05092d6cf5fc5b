package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Diagnostic says what is wrong in a pipeline file: where, what, and what to do about it.
type Diagnostic struct {
	Pos     Pos    // Line 0: the file as a whole
	Message string // what is wrong; never a secret
	Hint    string // the fix; may be empty
	Line    string // the line of Pos, with secrets masked; "" when it is longer than 8 KiB
	Warning bool   // the file can be run nevertheless
	Leave   bool   // a warning that a run with leave need not show: it is about what needs leave
}

// Diagnostics has every diagnostic of a file, sorted by place. When there are more than 500, the last one says how many
// are left out.
type Diagnostics []Diagnostic

// maxDiagnostics is how many diagnostics are reported for one file.
const maxDiagnostics = 500

// Error renders the diagnostics without colours.
func (all Diagnostics) Error() string {
	var b strings.Builder
	for _, d := range all {
		_ = d.Render(&b, Style{}) // a strings.Builder does not fail
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Diagnostic returns a diagnostic for a place of the file, with its line and with secrets masked. It has no line for a
// File that was not read from text.
func (f *File) Diagnostic(pos Pos, message, hint string) Diagnostic {
	if f.text == nil {
		return Diagnostic{Pos: pos, Message: message, Hint: hint}
	}
	return f.text.diagnostic(pos, message, hint)
}

// Warnings returns the diagnostics that do not keep the file from running, sorted by place.
func (f *File) Warnings() []Diagnostic { return f.warnings }

// collector gathers the diagnostics of a file, stage by stage. What a later stage adds for a place that an earlier stage
// has reported is dropped: it would only be a consequence.
type collector struct {
	text        *text
	diagnostics Diagnostics
	reported    map[Pos]bool // places for which an earlier stage added a diagnostic that is no warning
}

func newCollector(t *text) *collector { return &collector{text: t, reported: map[Pos]bool{}} }

// next begins a stage.
func (found *collector) next() {
	for _, d := range found.diagnostics {
		if !d.Warning {
			found.reported[d.Pos] = true
		}
	}
}

// add adds a diagnostic.
func (found *collector) add(pos Pos, message, hint string) {
	if !found.reported[pos] {
		found.diagnostics = append(found.diagnostics, Diagnostic{Pos: pos, Message: message, Hint: hint})
	}
}

// warn adds a warning.
func (found *collector) warn(pos Pos, message, hint string) {
	if !found.reported[pos] {
		found.diagnostics = append(found.diagnostics, Diagnostic{Pos: pos, Message: message, Hint: hint, Warning: true})
	}
}

// failed reports whether the file has a diagnostic that is no warning.
func (found *collector) failed() bool {
	return slices.ContainsFunc(found.diagnostics, func(d Diagnostic) bool { return !d.Warning })
}

// done returns the diagnostics by place, each once, and gives them their lines. All secrets must be known by then.
func (found *collector) done() Diagnostics {
	slices.SortStableFunc(found.diagnostics, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Message, b.Message))
	})
	diagnostics := slices.Compact(found.diagnostics)
	if more := len(diagnostics) - maxDiagnostics; more > 0 {
		diagnostics = append(diagnostics[:maxDiagnostics], Diagnostic{
			Pos:     Pos{File: found.text.path},
			Message: fmt.Sprintf("%d more faults are left out", more),
			Hint:    "correct these first",
		})
	}
	for i, d := range diagnostics {
		diagnostics[i] = found.text.diagnostic(d.Pos, d.Message, d.Hint)
		diagnostics[i].Warning = d.Warning
	}
	return diagnostics
}
