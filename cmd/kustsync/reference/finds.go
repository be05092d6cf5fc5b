package reference

import (
	"io"
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
)

// Find is something that templates can look up in Kustomer, as --json prints it.
type Find struct {
	Usage    string   `json:"usage"`
	Kind     string   `json:"kind"`
	By       string   `json:"by,omitempty"`
	Args     []string `json:"args,omitempty"`
	Doc      string   `json:"doc"`
	Requests []string `json:"requests"`
	Roles    []string `json:"roles,omitempty"`
}

// canFind reports whether a function is one of those that look something up in Kustomer.
func canFind(function string) bool { return function == "find" || function == "findOr" }

// describeFinds describes what a function can find for --json; nil for a function that finds nothing.
func describeFinds(function string, forms []sinks.Form) (list []Find) {
	if !canFind(function) {
		return nil
	}
	for _, f := range forms {
		out := Find{Usage: usageOf(f.Usage(), function), Kind: f.Kind, By: f.By, Args: f.Args, Doc: f.Doc, Roles: f.Roles}
		for _, path := range f.Paths {
			out.Requests = append(out.Requests, "GET "+path)
		}
		list = append(list, out)
	}
	return list
}

// usageOf writes a use of find for the function at hand.
func usageOf(usage, function string) string {
	if function == "findOr" {
		return "findOr DEFAULT" + strings.TrimPrefix(usage, "find")
	}
	return usage
}

// writeFinds prints what a function can find, and what a template sees of it; nothing for a function that finds
// nothing.
func writeFinds(w io.Writer, s report.Style, function string, forms []sinks.Form) error {
	if !canFind(function) {
		return nil
	}
	if _, err := io.WriteString(w, `
The members of what is found are its attributes as Kustomer names them, id and type; custom.tierStr for a
custom attribute; and the ids of its relations, such as companyId, or usersIds where there are several.
An attribute that is not there is empty.

`); err != nil {
		return err
	}
	t := report.NewTable("in a template", "gives", "asks")
	for _, f := range describeFinds(function, forms) {
		t.Add(f.Usage, f.Doc, strings.TrimPrefix(f.Requests[0], "GET "))
	}
	return t.Write(w, s)
}
