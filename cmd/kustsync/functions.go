package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/cmd/kustsync/reference"
	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// functionsCommand is `kustsync functions`.
type functionsCommand struct{ *app }

func newFunctionsCommand(a *app) *cobra.Command {
	c := &functionsCommand{app: a}
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
				return c.list()
			}
			return c.describe(args[0])
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

func (c *functionsCommand) list() error {
	all := functions.All()
	c.result.summary = map[string]any{"functions": reference.Functions(all, catalog.Forms())}
	if c.global.json {
		return nil
	}
	return reference.WriteFunctions(c.term.out, c.term.outStyle(), all)
}

func (c *functionsCommand) describe(name string) error {
	for _, f := range functions.All() {
		if f.Name != name {
			continue
		}
		c.result.summary = reference.DescribeFunction(f, catalog.Forms())
		if c.global.json {
			return nil
		}
		return reference.WriteFunction(c.term.out, c.term.outStyle(), f, catalog.Forms())
	}
	hint := "kustsync functions lists them"
	if near, ok := config.Nearest(name, functionNames()); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(hint, "there is no function %q", strings.TrimSpace(name))
}
