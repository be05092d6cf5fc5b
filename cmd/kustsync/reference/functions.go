package reference

import (
	"fmt"
	"io"

	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
)

// Function is a function of templates as --json prints it.
type Function struct {
	Name      string `json:"name"`
	Group     string `json:"group"`
	Signature string `json:"signature"`
	Doc       string `json:"doc"`
	Example   string `json:"example"`
	Want      string `json:"want"`
	Forms     []Find `json:"forms,omitempty"` // what find can find
}

// Functions describes functions for --json. forms is what find can find.
func Functions(all []functions.Function, forms []sinks.Form) (list []Function) {
	for _, f := range all {
		list = append(list, DescribeFunction(f, forms))
	}
	return list
}

// DescribeFunction describes a function for --json. forms is what find can find.
func DescribeFunction(f functions.Function, forms []sinks.Form) Function {
	return Function{
		Name: f.Name, Group: f.Group, Signature: f.Signature, Doc: f.Doc, Example: f.Example, Want: f.Want,
		Forms: describeFinds(f.Name, forms),
	}
}

// WriteFunctions prints a table of functions.
func WriteFunctions(w io.Writer, s report.Style, all []functions.Function) error {
	t := report.NewTable("group", "function", "what it does")
	for _, f := range all {
		t.Add(f.Group, f.Signature, f.Doc)
	}
	return t.Write(w, s)
}

// WriteFunction prints one function with its example and, for those that find, a table of forms.
func WriteFunction(w io.Writer, s report.Style, f functions.Function, forms []sinks.Form) error {
	_, err := fmt.Fprintf(w, "%s\n%s\n\n  %s\n  %s %s\n", s.Bold(f.Signature), f.Doc, f.Example, s.Dim("gives"), f.Want)
	if err != nil {
		return err
	}
	return writeFinds(w, s, f.Name, forms)
}
