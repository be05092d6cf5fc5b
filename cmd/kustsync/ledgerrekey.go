package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// ledgerRekeyCommand is `kustsync ledger rekey`.
type ledgerRekeyCommand struct {
	*app
	step, keyMap string
	yes, sandbox bool
}

func newLedgerRekeyCommand(a *app) *cobra.Command {
	c := &ledgerRekeyCommand{app: a}
	cmd := &cobra.Command{
		Use:   "rekey FILE --step STEP --map OLD-NEW.csv",
		Short: "Give known objects new keys, after the key in the pipeline file was changed",
		Long: `rekey gives entries of a step new keys, so that rows whose key template was changed are not loaded a
second time. The map is a CSV file with the header line old,new and a line for each key; keys can be
written as ledger --format csv prints them. All keys change, or none: when one is unknown, taken, in
doubt or there twice, each such line is listed. Keys may be swapped.

Nothing is asked over the network, and nothing in Kustomer changes: an object keeps its externalId,
also where that was its key. Map externalId to the old key, or each row counts as changed.

Without --yes rekey only says what it would do.`,
		Example: `  kustsync ledger pipeline.yaml --step customer --format csv > keys.csv
  kustsync ledger rekey pipeline.yaml --step customer --map old-new.csv
  kustsync ledger rekey pipeline.yaml --step customer --map old-new.csv --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&c.step, "step", "", "the `step` of the keys")
	fl.StringVar(&c.keyMap, "map", "", "the `FILE` with the old and the new keys")
	fl.BoolVar(&c.yes, "yes", false, "do it; without it rekey only says what it would do")
	fl.BoolVar(&c.sandbox, "sandbox", false, "in the ledger of run --sandbox")
	return cmd
}

// rekeySummary is what ledger rekey prints as JSON.
type rekeySummary struct {
	Step    string          `json:"step"`
	Keys    int             `json:"keys"`
	Applied bool            `json:"applied"`
	First   []keyChangeJSON `json:"first"`
	Faults  []keyFaultJSON  `json:"faults"` // lines that cannot be followed; then no key was changed
}

type keyFaultJSON struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

type keyChangeJSON struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// What ledger rekey prints at most.
const (
	shownChanges   = 5
	shownKeyFaults = 20
)

func (c *ledgerRekeyCommand) run(ctx context.Context, path string) (err error) {
	if c.step == "" || c.keyMap == "" {
		return usage("write kustsync ledger rekey FILE --step STEP --map OLD-NEW.csv", "--step and --map are both needed")
	}
	keys, err := readKeyMap(c.keyMap)
	if err != nil {
		return err
	}
	l, err := c.open.editLedger(path, c.sandbox)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := knownStep(l.file, c.step); err != nil {
		return err
	}
	sum := &rekeySummary{Step: c.step, Keys: len(keys.changes), First: []keyChangeJSON{}, Faults: []keyFaultJSON{}}
	for _, change := range keys.changes[:min(len(keys.changes), shownChanges)] {
		sum.First = append(sum.First, keyChangeJSON(change))
	}
	c.result.summary = sum
	if err := c.check(ctx, l, keys, sum); err != nil {
		return err
	}
	if err := c.warnOfExternalID(l); err != nil {
		return err
	}
	if !c.yes {
		c.term.info(fmt.Sprintf("%s of %s would change: %s", report.Plural(sum.Keys, "key"), c.step, sum.examples()))
		c.term.next("to do that: " + c.line(l, "--yes"))
		return nil
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	if err := l.Rekey(ctx, c.step, keys.changes, program.FinalizerName(c.step)); err != nil {
		return err
	}
	sum.Applied = true
	c.term.info(fmt.Sprintf("%s of %s changed: %s", report.Plural(sum.Keys, "key"), c.step, sum.examples()))
	return nil
}

// warnOfExternalID warns when the rows of the step would have their new keys as externalIds, which their objects do not have.
func (c *ledgerRekeyCommand) warnOfExternalID(l *ledgerEditor) error {
	step, _, err := program.Unbound(l.file, c.step, catalog.Specs())
	if err != nil {
		return c.open.keepDiagnostics(err)
	}
	mapped := slices.ContainsFunc(step.Config.Mapping.Fields, func(f mappings.Field) bool {
		field, ok := step.Spec.Field(f.Name)
		return ok && field.Name == step.Spec.ExternalID
	})
	if step.ByExternalID && !mapped {
		c.term.warn(fmt.Sprintf("the step %s maps no %s, so that its rows have their key as that, and count as changed: map %[2]s to what the key was before",
			c.step, step.Spec.ExternalID))
	}
	return nil
}

// examples are the first changes, as a part of a message.
func (s *rekeySummary) examples() string {
	text := ""
	for _, change := range s.First {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%q to %q", change.Old, change.New)
	}
	if s.Keys > len(s.First) {
		text += ", ..."
	}
	return text
}

// check lists every line that keeps the keys from being changed.
func (c *ledgerRekeyCommand) check(ctx context.Context, l *ledgerEditor, keys *keyMap, sum *rekeySummary) error {
	faults := keys.faults
	err := l.CheckRekey(ctx, c.step, keys.changes)
	if refused, ok := errors.AsType[*ledger.RekeyError](err); ok {
		for _, f := range refused.Faults {
			faults = append(faults, keyMapFault{keys.lines[f.Index], f.Reason})
		}
	} else if err != nil {
		return err
	}
	if len(faults) == 0 && len(keys.changes) == 0 {
		return usage("write a line old,new for each key below the first", "--map %s: it holds no keys", c.keyMap)
	}
	if len(faults) == 0 {
		return nil
	}
	slices.SortFunc(faults, func(a, b keyMapFault) int { return cmp.Compare(a.line, b.line) })
	for _, f := range faults {
		sum.Faults = append(sum.Faults, keyFaultJSON{f.line, f.reason})
	}
	for _, f := range faults[:min(len(faults), shownKeyFaults)] {
		c.term.stderr(report.Clean(fmt.Sprintf("%s:%d: %s", c.keyMap, f.line, f.reason)))
	}
	if more := len(faults) - shownKeyFaults; more > 0 {
		c.term.stderr(fmt.Sprintf("and %s", report.Plural(more, "more line")))
	}
	return usage("correct the file; the keys that the ledger has: "+c.global.commandLine("ledger", l.path, append(l.targetFlags(), "--step", c.step)),
		"no key was changed: %s of %s cannot be followed, first line %d: %s", report.Plural(len(faults), "line"), c.keyMap, faults[0].line, faults[0].reason)
}

// line is the command that was typed, with one flag more.
func (c *ledgerRekeyCommand) line(l *ledgerEditor, flag string) string {
	return c.global.commandLine("ledger rekey", l.path, append(l.targetFlags(), "--step", c.step, "--map", c.keyMap, flag))
}
