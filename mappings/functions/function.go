package functions

import "github.com/kustsync/kustsync/mappings"

// Function is one entry of the table of functions.
type Function struct {
	Name string
	// Group is the kind of values it is about: "row", "logic", "text", ...
	Group string
	// Signature is the name and the parameters, against which calls are checked: "NAME" in quotes must be written
	// out in the template, [NAME] may be left out, NAME... stands for any number.
	Signature string
	Doc       string // one sentence
	Example   string // a template
	Want      string // what Example prints for the row of TestExamples

	bind mappings.Bind
}

// run is the Bind of a function that does the same work in every call.
func run(fn mappings.Func) mappings.Bind { return func(*mappings.Call) mappings.Func { return fn } }

// ordered is the Bind of a function whose last argument is not the one that a pipe should fill.
func ordered(bind mappings.Bind) mappings.Bind {
	return func(c *mappings.Call) mappings.Func {
		if c.RefusePipe() {
			return nil
		}
		return bind(c)
	}
}
