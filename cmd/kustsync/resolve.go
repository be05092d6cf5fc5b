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
)

// resolveFlags are the flags of `kustsync resolve`.
type resolveFlags struct {
	step, key, as string
	sandbox       bool
}

func (a *app) resolveCommand() *cobra.Command {
	var f resolveFlags
	cmd := &cobra.Command{
		Use:   "resolve FILE --step STEP --key KEY --as created:ID|absent",
		Short: "Settle a row in doubt by what you saw in Kustomer",
		Long: `resolve settles a row of which kustsync cannot know whether Kustomer has it. Look in Kustomer,
then say what you saw: created:ID with the object's id, or absent, so that the next run sends it.`,
		Example: "  kustsync resolve pipeline.yaml --step message --key zd-c-17 --as created:65a0c0ffee0000000000abcd",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.resolve(cmd.Context(), args[0], f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.step, "step", "", "the row's `step`")
	fl.StringVar(&f.key, "key", "", "the row's `key`")
	fl.StringVar(&f.as, "as", "", "created:ID or absent")
	fl.BoolVar(&f.sandbox, "sandbox", false, "in the ledger of run --sandbox")
	return cmd
}

// objectID is what Kustomer's ids look like (kustomer-api.md 1.5).
var objectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// resolve is `kustsync resolve`.
func (a *app) resolve(ctx context.Context, path string, f resolveFlags) (err error) {
	id, created := strings.CutPrefix(f.as, "created:")
	switch {
	case f.step == "" || f.key == "" || f.as == "":
		return usage("write resolve FILE --step STEP --key KEY --as created:ID|absent", "--step, --key and --as are all needed")
	case created && !objectID.MatchString(id):
		return usage("Kustomer's ids are 24 hex digits, as in the address of the object in the app", "--as: %q is no Kustomer id", id)
	case !created && f.as != "absent":
		return usage("write created:ID, or absent", "--as: unknown value %q", f.as)
	case !created:
		id = ""
	}
	file, err := a.load(path)
	if err != nil {
		return err
	}
	t, err := a.likelyTarget(file, f.sandbox)
	if err != nil {
		return err
	}
	if !exists(t.ledgerPath()) {
		return usage("run the pipeline first", "there is no ledger of %s for %s", file.Name, t.name)
	}
	lock, err := ledger.Lock(t.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	l, err := ledger.Open(t.ledgerPath(), ledger.Binding{Pipeline: file.Name, Target: t.name})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if err := pipeline.Resolve(ctx, l, f.step, f.key, id); err != nil {
		list := a.commandLine("ledger", path, append(runFlags{sandbox: f.sandbox}.targetFlags(), "--outcome", string(ledger.InDoubt)))
		return usage(list+" lists the rows that are in doubt", "%v", err)
	}
	a.summary = map[string]string{"step": f.step, "key": f.key, "as": f.as}
	a.chat(fmt.Sprintf("%s %q is settled as %s", f.step, f.key, f.as))
	return nil
}
