package config

import (
	"io"
)

// Fault is something wrong in a pipeline file: where, what, and what to do about it.
type Fault struct {
	Pos     Pos    // Line 0: of the file as a whole
	Message string // what is wrong
	Hint    string // the fix; may be empty
	Line    string // the line of the file that Pos names; secrets are masked
	Warning bool   // the file can be run all the same
}

// Faults is every fault of a file, sorted by place.
type Faults []Fault

func (fs Faults) Error() string { return "" }

// Style colours the parts of a rendered Fault; a nil function leaves its part plain.
type Style struct {
	Place, Error, Warning, Gutter, Caret, Fix func(string) string
}

// Render writes the fault as up to four lines: place and message, the line of the file, a caret, the fix.
func (f Fault) Render(w io.Writer, s Style) error { return nil }

// Fault returns a fault of the file, with its line filled in.
func (f *File) Fault(pos Pos, message, hint string) Fault { return Fault{} }

// Warnings returns the faults that do not keep the file from running, sorted by place.
func (f *File) Warnings() []Fault { return nil }
