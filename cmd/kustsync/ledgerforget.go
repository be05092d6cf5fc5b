package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/cmd/kustsync/traces"
	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/report"
)

// ledgerForgetCommand is `kustsync ledger forget`.
type ledgerForgetCommand struct {
	*app
	step, key  string
	everywhere bool
	sandbox    bool
}

func newLedgerForgetCommand(a *app) *cobra.Command {
	c := &ledgerForgetCommand{app: a}
	cmd := &cobra.Command{
		Use:   "forget FILE --step STEP --key KEY",
		Short: "Drop a key from the ledger, and with --everywhere a person's traces from disk",
		Long: `forget drops what the ledger knows of a key: its id in Kustomer, its error, all of it. Of the key only a
digest is kept, by which the next run knows that it must look the key up before it sends its row.

With --everywhere the key's lines are also removed from the rejects files and the plans of runs, and the
ledger is written anew, so that no byte of the key is left in it. Other rows whose errors name the key, as
a child's names its parent, are listed: forget them too. The source files, copies of rejects files
elsewhere, and Kustomer itself are not touched.`,
		Example: `  kustsync ledger forget pipeline.yaml --step customer --key zd-17
  kustsync ledger forget pipeline.yaml --step customer --key zd-17 --everywhere`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&c.step, "step", "", "the key's `step`")
	fl.StringVar(&c.key, "key", "", "the `key` to drop")
	fl.BoolVar(&c.everywhere, "everywhere", false, "also from rejects files, plans and the free space of the ledger")
	fl.BoolVar(&c.sandbox, "sandbox", false, "in the ledger of run --sandbox")
	return cmd
}

// forgetSummary is what ledger forget prints as JSON.
type forgetSummary struct {
	Step       string        `json:"step"`
	Known      bool          `json:"known"` // the ledger knew the key
	Everywhere bool          `json:"everywhere"`
	Files      []traces.File `json:"files"`
	Unsearched []string      `json:"unsearched"` // files that may hold the key still
	NamedBy    []keyJSON     `json:"named_by"`   // rejected rows whose errors name the key
}

type keyJSON struct {
	Step string `json:"step"`
	Key  string `json:"key"`
}

// shownNames is how many rows whose errors name the key are printed.
const shownNames = 5

func (c *ledgerForgetCommand) run(ctx context.Context, path string) (err error) {
	if c.step == "" || c.key == "" {
		return usage("write kustsync ledger forget FILE --step STEP --key KEY", "--step and --key are both needed")
	}
	l, err := c.open.editLedger(path, c.sandbox)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	known, err := l.knows(ctx, c.step, c.key)
	if err != nil {
		return err
	}
	if unknown := knownStep(l.file, c.step); unknown != nil && !known {
		return unknown
	}
	if _, begun := l.Begun(c.step, c.key); begun {
		return usage("look in Kustomer first, or forget it all the same: "+
			c.global.commandLine("resolve", l.path, append(l.targetFlags(), "--step", c.step, "--key", c.key, "--as", "forget")),
			"nothing was dropped: a request for key %q of step %q is in doubt", c.key, c.step)
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	if _, err := pipeline.ResolveGone(ctx, l.Ledger, c.step, c.key, ledger.Forgotten); err != nil {
		return err
	}
	sum := &forgetSummary{Step: c.step, Known: known, Everywhere: c.everywhere, Files: []traces.File{}, Unsearched: []string{}, NamedBy: []keyJSON{}}
	c.result.summary = sum
	said := "the ledger has dropped %s %q; the next run looks it up before it is sent"
	if !known {
		said = "the ledger did not know %s %q; the next run looks it up before it is sent"
	}
	c.term.info(fmt.Sprintf(said, c.step, c.key))
	if !c.everywhere {
		return nil
	}
	return c.removeTraces(ctx, l, sum)
}

// removeTraces removes the key from the files beside the ledger, and from the ledger's free space.
func (c *ledgerForgetCommand) removeTraces(ctx context.Context, l *ledgerEditor, sum *forgetSummary) error {
	if err := c.findNames(ctx, l, sum); err != nil {
		return err
	}
	if err := l.Ledger.Close(); err != nil {
		return err
	}
	if err := ledger.Compact(ctx, l.target.ledgerPath()); err != nil {
		return environment("make room on the disk, then type the same command again", "%v", err)
	}
	c.term.info("the ledger was written anew, without the key")
	var changed []traces.File
	var failed []traces.FileError
	for _, dir := range l.target.foldersSetAside() {
		more, missed := traces.Remove(dir, traces.Row{Step: c.step, Key: c.key})
		changed, failed = append(changed, more...), append(failed, missed...)
	}
	for _, f := range changed {
		sum.Files = append(sum.Files, f)
		what := fmt.Sprintf("%s removed", report.Plural(f.Lines, "line"))
		if f.Removed {
			what = "removed, since nothing else was in it"
		}
		c.term.info(fmt.Sprintf("%s: %s", shortPath(f.Path), what))
	}
	if len(changed)+len(failed) == 0 {
		c.term.info("no rejects file and no plan of a run holds the key")
	}
	for _, f := range failed {
		sum.Unsearched = append(sum.Unsearched, f.Path)
		c.term.warn(fmt.Sprintf("%s may hold the key still: %v", shortPath(f.Path), f.Err))
	}
	if len(failed) > 0 {
		return environment("look through it and remove the row by hand, then type the same command again",
			"%s could not be searched, first %s", report.Plural(len(failed), "file"), failed[0].Path)
	}
	return nil
}

// findNames warns of other rows whose errors name the key, as that of a child names its parent.
func (c *ledgerForgetCommand) findNames(ctx context.Context, l *ledgerEditor, sum *forgetSummary) error {
	quoted := strconv.Quote(c.key)
	for e, err := range l.Entries(ctx, ledger.Filter{Outcome: ledger.Rejected}) {
		if err != nil {
			return err
		}
		if strings.Contains(e.Error, quoted) {
			sum.NamedBy = append(sum.NamedBy, keyJSON{e.Step, e.Key})
		}
	}
	for _, other := range sum.NamedBy[:min(len(sum.NamedBy), shownNames)] {
		c.term.warn(fmt.Sprintf("the error of %s %q names the key; forget that too, or load the row, which takes its error away: %s",
			other.Step, other.Key, c.global.commandLine("ledger forget", l.path, append(l.targetFlags(), "--step", other.Step, "--key", other.Key, "--everywhere"))))
	}
	if more := len(sum.NamedBy) - shownNames; more > 0 {
		c.term.warn(fmt.Sprintf("the errors of %s name it as well", report.Plural(more, "more row")))
	}
	return nil
}
