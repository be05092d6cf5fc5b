package sinks

// FitError says which value of a row does not fit its field, and why.
type FitError struct {
	Field   string // "emails[0].email"
	Rule    string // "type", "length", "enum", ...
	Message string // what is wrong and what to do; never the value
	Value   string // the value, cut short; to be shown only with --show-values
	More    []*FitError
}

// Error names every fault, and no value of the row.
func (e *FitError) Error() string { return e.Field + ": " + e.Message }
