package sinks

// RunTimeValue stands in a payload for a value that only a real run finds, as a dry run and a preview see it. Fit
// lets it pass wherever it stands; it is never sent.
type RunTimeValue struct {
	Question string // what would be asked; two that ask the same are equal
}

// String is how people see the value.
func (RunTimeValue) String() string { return "<found at run time>" }
