package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// resolveCommand is `kustsync resolve`.
type resolveCommand struct {
	*app
	step, key, as string
	sandbox       bool
}

func newResolveCommand(a *app) *cobra.Command {
	c := &resolveCommand{app: a}
	cmd := &cobra.Command{
		Use:   "resolve FILE --step STEP --key KEY --as created:ID|absent",
		Short: "Settle a row in doubt by what you saw in Kustomer",
		Long: `resolve settles a row of which kustsync cannot know whether Kustomer has it. Look in Kustomer,
then say what you saw: created:ID with the object's id, or absent, so that the next run sends it.`,
		Example: "  kustsync resolve pipeline.yaml --step message --key zd-c-17 --as created:65a0c0ffee0000000000abcd",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&c.step, "step", "", "the row's `step`")
	fl.StringVar(&c.key, "key", "", "the row's `key`")
	fl.StringVar(&c.as, "as", "", "created:ID or absent")
	fl.BoolVar(&c.sandbox, "sandbox", false, "in the ledger of run --sandbox")
	return cmd
}

// objectID is what Kustomer's ids look like (kustomer-api.md 1.5).
var objectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

func (c *resolveCommand) run(ctx context.Context, path string) (err error) {
	id, err := c.objectID()
	if err != nil {
		return err
	}
	file, err := c.open.file(path)
	if err != nil {
		return err
	}
	t, err := c.open.likelyTarget(file, c.sandbox)
	if err != nil {
		return err
	}
	if !exists(t.ledgerPath()) {
		return usage("run the pipeline first", "there is no ledger of %s for %s", file.Name, t.name)
	}
	lock, err := t.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	binding := t.binding(file.Name, "")
	binding.Unowned = program.Unowned(file, catalog.Specs())
	l, err := ledger.Open(t.ledgerPath(), binding)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := pipeline.Resolve(ctx, l, c.step, c.key, id); err != nil {
		where := &loadFlags{sandbox: c.sandbox}
		list := c.global.commandLine("ledger", path, append(where.targetFlags(), "--outcome", string(ledger.InDoubt)))
		return usage(list+" lists the rows that are in doubt", "%v", err)
	}
	c.result.summary = map[string]string{"step": c.step, "key": c.key, "as": c.as}
	c.term.info(fmt.Sprintf("%s %q is settled as %s", c.step, c.key, c.as))
	return nil
}

// objectID is the id in --as created:ID; "" for --as absent.
func (c *resolveCommand) objectID() (string, error) {
	id, created := strings.CutPrefix(c.as, "created:")
	switch {
	case c.step == "" || c.key == "" || c.as == "":
		return "", usage("write resolve FILE --step STEP --key KEY --as created:ID|absent", "--step, --key and --as are all needed")
	case created && !objectID.MatchString(id):
		return "", usage("Kustomer's ids are 24 hex digits, as in the address of the object in the app", "--as: %q is no Kustomer id", id)
	case !created && c.as != "absent":
		return "", usage("write created:ID, or absent", "--as: unknown value %q", c.as)
	case !created:
		return "", nil
	}
	return id, nil
}
