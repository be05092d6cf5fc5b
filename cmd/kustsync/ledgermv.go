package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// ledgerMvCommand is `kustsync ledger mv`.
type ledgerMvCommand struct {
	*app
	step    string
	sandbox bool
}

func newLedgerMvCommand(a *app) *cobra.Command {
	c := &ledgerMvCommand{app: a}
	cmd := &cobra.Command{
		Use:   "mv FILE --step OLD NEW",
		Short: "Rename a step in the ledger, after it was renamed in the pipeline file",
		Long: `mv gives what the ledger knows of the step OLD the name NEW, so that a step that was renamed in the
pipeline file is not loaded a second time. NEW must be a step of the file that has loaded nothing yet.
Nothing is asked over the network, and nothing in Kustomer changes.`,
		Example: "  kustsync ledger mv pipeline.yaml --step customer person",
		Args:    cobra.ExactArgs(2),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0], args[1]) },
	}
	cmd.Flags().StringVar(&c.step, "step", "", "the step's `name` in the ledger")
	cmd.Flags().BoolVar(&c.sandbox, "sandbox", false, "in the ledger of run --sandbox")
	return cmd
}

func (c *ledgerMvCommand) run(ctx context.Context, path, name string) (err error) {
	if c.step == "" || c.step == name {
		return usage("write kustsync ledger mv FILE --step OLD NEW", "--step names the step as the ledger has it, which differs from its new name")
	}
	l, err := c.open.editLedger(path, c.sandbox)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := knownStep(l.file, name); err != nil {
		return err
	}
	if err := c.checkKind(ctx, l, name); err != nil {
		return err
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	entries, err := l.RenameStep(ctx, c.step, name, ledger.StepRename{Old: program.FinalizerName(c.step), New: program.FinalizerName(name)})
	if refused, ok := errors.AsType[*ledger.StepError](err); ok {
		return usage(c.hint(l), "nothing was renamed: %s: %s", c.step, refused.Reason)
	}
	if err != nil {
		return err
	}
	c.result.summary = map[string]any{"step": c.step, "new": name, "entries": entries}
	c.term.info(fmt.Sprintf("the ledger has the %s of %s as those of %s now", report.Plural(entries, "key"), c.step, name))
	return nil
}

// checkKind refuses to give a step's objects to a step of another kind.
func (c *ledgerMvCommand) checkKind(ctx context.Context, l *ledgerEditor, name string) error {
	step, _, err := program.Unbound(l.file, name, catalog.Specs())
	if err != nil {
		return c.open.keepDiagnostics(err)
	}
	for e, err := range l.Entries(ctx, ledger.Filter{Step: c.step}) {
		switch {
		case err != nil:
			return err
		case !e.Loaded():
			continue
		case e.Object != step.Spec.Object || (e.Role == ledger.OwnsNothing) != (step.Role() == ledger.OwnsNothing):
			return usage("name the step that does what "+c.step+" did", "nothing was renamed: the ledger has entries of %s with the object %q, and %s is a step of %s",
				c.step, e.Object, name, step.Spec.Name)
		}
		return nil
	}
	return nil
}

// hint says what leads out of a refusal.
func (c *ledgerMvCommand) hint(l *ledgerEditor) string {
	if len(l.Doubts()) > 0 {
		return l.inDoubtLine(&c.global) + " lists the rows that are in doubt"
	}
	return "to see what the ledger has of each step: " + c.global.commandLine("status", l.path, l.targetFlags())
}
