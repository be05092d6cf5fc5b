package main

import (
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// finds reports whether a function is one of those that ask Kustomer.
func finds(function string) bool { return function == "find" || function == "findOr" }

// formJSON is a form as --json prints it.
type formJSON struct {
	Usage    string   `json:"usage"`
	Kind     string   `json:"kind"`
	By       string   `json:"by,omitempty"`
	Args     []string `json:"args,omitempty"`
	Doc      string   `json:"doc"`
	Requests []string `json:"requests"`
	Roles    []string `json:"roles,omitempty"`
}

func formsOf(function string) []formJSON {
	var all []formJSON
	for _, f := range kustomer.Forms() {
		out := formJSON{Usage: usageOf(f.Usage(), function), Kind: f.Kind, By: f.By, Args: f.Args, Doc: f.Doc, Roles: f.Roles}
		for _, path := range f.Paths {
			out.Requests = append(out.Requests, "GET "+path)
		}
		all = append(all, out)
	}
	return all
}

// usageOf writes a use of find for the function at hand.
func usageOf(usage, function string) string {
	if function == "findOr" {
		return "findOr DEFAULT" + strings.TrimPrefix(usage, "find")
	}
	return usage
}

// listForms prints what can be found, and what a template sees of it.
func (a *app) listForms(function string) error {
	if err := writeLine(a.out, `
The members of what is found are its attributes as Kustomer names them, id and type; custom.tierStr for a
custom attribute; and the ids of its relations, such as companyId, or usersIds where there are several.
An attribute that is not there is empty.
`); err != nil {
		return err
	}
	t := report.NewTable("in a template", "gives", "asks")
	for _, f := range formsOf(function) {
		t.Add(f.Usage, f.Doc, strings.TrimPrefix(f.Requests[0], "GET "))
	}
	return t.Write(a.out, a.style(a.out))
}
