package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/cmd/kustsync/reference"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// sinksCommand is `kustsync sinks`.
type sinksCommand struct {
	*app
	actions bool // --actions
}

func newSinksCommand(a *app) *cobra.Command {
	c := &sinksCommand{app: a}
	cmd := &cobra.Command{
		Use:   "sinks [NAME]",
		Short: "The sinks: what they do, and the fields, limits and roles of each",
		Long: "The sinks: what they do, and the fields, limits and roles of each.\n\n" +
			"With --actions: every action of Kustomer's workflows, and the sink, find or function that does the same.",
		Example: "  kustsync sinks\n  kustsync sinks create_customer\n  kustsync sinks --actions",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return sinkNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case c.actions && len(args) > 0:
				return usage("give a name or --actions, not both", "--actions lists all actions")
			case c.actions:
				return c.listActions()
			case len(args) == 0:
				return c.list()
			}
			return c.describe(args[0])
		},
	}
	cmd.Flags().BoolVar(&c.actions, "actions", false, "list the actions of Kustomer's workflows, and what does the same here")
	return cmd
}

func sinkNames() []string {
	var names []string
	for _, s := range catalog.Specs() {
		names = append(names, s.Name)
	}
	return names
}

func (c *sinksCommand) list() error {
	specs := catalog.Specs()
	c.result.summary = map[string]any{"sinks": reference.Sinks(specs)}
	if c.global.json {
		return nil
	}
	return reference.WriteSinks(c.term.out, c.term.outStyle(), specs)
}

func (c *sinksCommand) listActions() error {
	actions := catalog.Actions()
	c.result.summary = map[string]any{"actions": reference.Actions(actions)}
	if c.global.json {
		return nil
	}
	return reference.WriteActions(c.term.out, c.term.outStyle(), actions)
}

func (c *sinksCommand) describe(name string) error {
	for _, s := range catalog.Specs() {
		if s.Name != name {
			continue
		}
		c.result.summary = reference.DescribeSink(&s)
		if c.global.json {
			return nil
		}
		return reference.WriteSink(c.term.out, c.term.outStyle(), &s)
	}
	hint := "the sinks are " + strings.Join(sinkNames(), ", ")
	if near, ok := config.Nearest(name, sinkNames()); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(hint, "there is no sink %q", name)
}
