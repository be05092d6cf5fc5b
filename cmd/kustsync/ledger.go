package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// ledgerCommand is `kustsync ledger`.
type ledgerCommand struct {
	*app
	filter  ledger.Filter
	outcome string
	format  string
	sandbox bool
}

func newLedgerCommand(a *app) *cobra.Command {
	c := &ledgerCommand{app: a}
	cmd := &cobra.Command{
		Use:     "ledger FILE",
		Short:   "Print the entries of the ledger: what became of every row",
		Long:    "ledger prints one line for each key of each step, also while a run lasts. Its commands change what it knows of steps and keys.",
		Example: "  kustsync ledger pipeline.yaml --outcome rejected\n  kustsync ledger pipeline.yaml --format csv > ledger.csv",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&c.outcome, "outcome", "", "only entries with this `outcome`: created, updated, existed, rejected or in_doubt")
	fl.StringVar(&c.filter.Step, "step", "", "only this `step`")
	fl.StringVar(&c.filter.Key, "key", "", "only this `key`")
	fl.StringVar(&c.format, "format", "table", "table, csv or ndjson")
	fl.BoolVar(&c.sandbox, "sandbox", false, "the ledger of run --sandbox")
	cmd.AddCommand(newLedgerMvCommand(a), newLedgerRekeyCommand(a), newLedgerForgetCommand(a))
	return cmd
}

func (c *ledgerCommand) run(ctx context.Context, path string) error {
	c.filter.Outcome = ledger.Outcome(c.outcome)
	if c.outcome != "" && !slices.Contains(ledger.Outcomes[:], c.filter.Outcome) {
		return usage("use created, updated, existed, rejected or in_doubt", "--outcome: unknown outcome %q", c.outcome)
	}
	printer, err := c.printer()
	if err != nil {
		return err
	}
	saved, err := c.open.ledger(path, c.sandbox)
	if err != nil {
		return err
	}
	if saved.Reader == nil {
		c.term.info(fmt.Sprintf("nothing was loaded into %s yet", saved.target.name))
		return printer.end()
	}
	defer c.term.closeReader(saved)
	entries := 0
	for e, err := range saved.Entries(ctx, c.filter) {
		entries++
		if err != nil {
			return environment("", "reading the ledger: %v", err)
		}
		if err := printer.add(e); err != nil {
			return environment("", "printing the ledger: %v", err)
		}
	}
	if entries == 0 && c.filter.Step != "" {
		if err := knownStep(saved.file, c.filter.Step); err != nil {
			return err
		}
	}
	return printer.end()
}

// printer is the printer of --format, or of --json.
func (c *ledgerCommand) printer() (entryPrinter, error) {
	if c.global.json {
		p := newSummaryEntries()
		c.result.summary = p
		return p, nil
	}
	return newEntryPrinter(&c.term, c.format)
}

// knownStep refuses a step that the pipeline file does not have.
func knownStep(file *config.File, name string) error {
	if names := stepNames(file); !slices.Contains(names, name) {
		return usage(nearestStep(name, names), "there is no step %q", name)
	}
	return nil
}
