package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is something wrong in a pipeline file: where, what, and what to do about it.
type Fault struct {
	Pos     Pos    // Line 0: of the file as a whole
	Message string // what is wrong; never a secret
	Hint    string // the fix; may be empty
	Line    string // the line of the file that Pos names, without secrets; "" when it is longer than 8 KiB
	Warning bool   // the file can be run all the same
	Leave   bool   // a warning of what a run does only with leave: it says so itself
}

// Faults is every fault of a file, sorted by place. When there are more than 500, the last one
// counts those that are left out.
type Faults []Fault

const maxFaults = 500

// Error renders the faults without colours.
func (fs Faults) Error() string {
	var b strings.Builder
	for _, f := range fs {
		_ = f.Render(&b, Style{}) // a strings.Builder does not fail
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Fault returns a fault of the file, with its line filled in and secrets masked. A File that was not
// read from text has no lines.
func (f *File) Fault(pos Pos, message, hint string) Fault {
	if f.text == nil {
		return Fault{Pos: pos, Message: message, Hint: hint}
	}
	return f.text.fault(pos, message, hint)
}

// Warnings returns the faults that do not keep the file from running, sorted by place.
func (f *File) Warnings() []Fault { return f.warnings }

// collector gathers faults stage by stage. A later stage does not speak about a place of which an
// earlier one has already complained: it would only report the consequences.
type collector struct {
	text    *text
	faults  Faults
	settled map[Pos]bool // places that earlier stages complained of
}

func newCollector(t *text) *collector { return &collector{text: t, settled: map[Pos]bool{}} }

// next begins a stage.
func (found *collector) next() {
	for _, f := range found.faults {
		if !f.Warning {
			found.settled[f.Pos] = true
		}
	}
}

func (found *collector) add(pos Pos, message, hint string) {
	if !found.settled[pos] {
		found.faults = append(found.faults, Fault{Pos: pos, Message: message, Hint: hint})
	}
}

func (found *collector) warn(pos Pos, message, hint string) {
	if !found.settled[pos] {
		found.faults = append(found.faults, Fault{Pos: pos, Message: message, Hint: hint, Warning: true})
	}
}

// failed reports whether the file has a fault that is no warning.
func (found *collector) failed() bool {
	return slices.ContainsFunc(found.faults, func(f Fault) bool { return !f.Warning })
}

// done returns the faults by place, each once. Only now, when every secret of the file is known, do
// they get their lines.
func (found *collector) done() Faults {
	slices.SortStableFunc(found.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Message, b.Message))
	})
	faults := slices.Compact(found.faults)
	if more := len(faults) - maxFaults; more > 0 {
		faults = append(faults[:maxFaults], Fault{
			Pos:     Pos{File: found.text.path},
			Message: fmt.Sprintf("%d more faults are left out", more),
			Hint:    "correct these first",
		})
	}
	for i, f := range faults {
		faults[i] = found.text.fault(f.Pos, f.Message, f.Hint)
		faults[i].Warning = f.Warning
	}
	return faults
}
