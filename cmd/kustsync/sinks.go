package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// pageWidth is how many columns the pages of documentation take at most.
const pageWidth = 100

func (a *app) sinksCommand() *cobra.Command {
	actions := false
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
			case actions && len(args) > 0:
				return usage("give a name or --actions, not both", "--actions lists all actions")
			case actions:
				return a.listActions()
			case len(args) == 0:
				return a.listSinks()
			}
			return a.showSink(args[0])
		},
	}
	cmd.Flags().BoolVar(&actions, "actions", false, "list the actions of Kustomer's workflows, and what does the same here")
	return cmd
}

func sinkNames() []string {
	var names []string
	for _, s := range kustomer.Specs() {
		names = append(names, s.Name)
	}
	return names
}

func (a *app) listSinks() error {
	var list []sinkJSON
	var rows [][]string
	for _, s := range kustomer.Specs() {
		list = append(list, sinkOf(&s))
		rows = append(rows, []string{s.Name, kindOf(&s), strings.Join(append([]string{s.Doc}, leaves(&s)...), " ")})
	}
	a.summary = map[string]any{"sinks": list}
	if a.flags.json {
		return nil
	}
	return pageTable([]string{"sink", "kind", "what it does"}, rows).Write(a.out, a.style(a.out))
}

func (a *app) showSink(name string) error {
	for _, s := range kustomer.Specs() {
		if s.Name != name {
			continue
		}
		a.summary = sinkOf(&s)
		if a.flags.json {
			return nil
		}
		return writeSinks(a.out, a.style(a.out), &s)
	}
	hint := "the sinks are " + strings.Join(sinkNames(), ", ")
	if near, ok := config.Nearest(name, sinkNames()); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(hint, "there is no sink %q", name)
}

// kindOf says in a word what the requests of a sink do.
func kindOf(s *sinks.Spec) string {
	switch {
	case len(s.Choices) > 0:
		return "any"
	case s.Kind == sinks.Changes:
		return "changes"
	case s.Kind == sinks.Acts:
		return "acts"
	}
	return "makes"
}

// leaves says for what a run of the sink has to be allowed.
func leaves(s *sinks.Spec) (sentences []string) {
	if s.Destructive {
		sentences = append(sentences, "Needs --allow-destructive.")
	}
	if slices.ContainsFunc(s.Choices, func(c sinks.Choice) bool { return c.Destructive }) {
		sentences = append(sentences, "Some of it needs --allow-destructive.")
	}
	if s.Delivers {
		sentences = append(sentences, "Needs --allow-delivery.")
	}
	return sentences
}

// pageTable is a table whose last column is broken into lines that fit on a page.
func pageTable(header []string, rows [][]string) *report.Table {
	t, last := report.NewTable(header...), len(header)-1
	room := pageWidth
	for column := range last {
		widest := 0
		for _, row := range append(rows, header) {
			widest = max(widest, len(row[column]))
		}
		room -= widest + 2
	}
	for _, row := range rows {
		for i, line := range wrapped(row[last], max(room, pageWidth/4)) {
			cells := make([]string, len(header))
			if i == 0 {
				copy(cells, row)
			}
			cells[last] = line
			t.Add(cells...)
		}
	}
	return t
}

// wrapped breaks a text at its blanks into lines of at most so many characters, where it can.
func wrapped(text string, columns int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= columns:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
