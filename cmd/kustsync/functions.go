package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
)

func (a *app) functionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "functions [NAME]",
		Short:   "The functions of templates, each with an example",
		Example: "  kustsync functions\n  kustsync functions date",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return functionNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listFunctions()
			}
			return a.showFunction(args[0])
		},
	}
}

func functionNames() []string {
	var names []string
	for _, f := range functions.All() {
		names = append(names, f.Name)
	}
	return names
}

// functionJSON is a function as --json prints it.
type functionJSON struct {
	Name      string     `json:"name"`
	Group     string     `json:"group"`
	Signature string     `json:"signature"`
	Doc       string     `json:"doc"`
	Example   string     `json:"example"`
	Want      string     `json:"want"`
	Forms     []formJSON `json:"forms,omitempty"` // what find can find
}

func functionOf(f functions.Function) functionJSON {
	out := functionJSON{Name: f.Name, Group: f.Group, Signature: f.Signature, Doc: f.Doc, Example: f.Example, Want: f.Want}
	if finds(f.Name) {
		out.Forms = formsOf(f.Name)
	}
	return out
}

func (a *app) listFunctions() error {
	var list []functionJSON
	t := report.NewTable("group", "function", "what it does")
	for _, f := range functions.All() {
		list = append(list, functionOf(f))
		t.Add(f.Group, f.Signature, f.Doc)
	}
	a.summary = map[string]any{"functions": list}
	if a.flags.json {
		return nil
	}
	return t.Write(a.out, a.style(a.out))
}

func (a *app) showFunction(name string) error {
	for _, f := range functions.All() {
		if f.Name != name {
			continue
		}
		a.summary = functionOf(f)
		if a.flags.json {
			return nil
		}
		s := a.style(a.out)
		err := writeLine(a.out, fmt.Sprintf("%s\n%s\n\n  %s\n  %s %s", s.Bold(f.Signature), f.Doc, f.Example, s.Dim("gives"), f.Want))
		if finds(f.Name) && err == nil {
			err = a.listForms(f.Name)
		}
		return err
	}
	hint := "kustsync functions lists them"
	if near, ok := config.Nearest(name, functionNames()); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(hint, "there is no function %q", strings.TrimSpace(name))
}
