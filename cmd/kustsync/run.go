package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
)

// runCommand is `kustsync run`.
type runCommand struct {
	*app
	loadFlags
	allowed   permissions
	dryRun    bool
	adopt     bool
	bulk      string
	maxErrors string
	planPath  string     // --plan
	saved     *savedPlan // what is in it; nil without --plan
}

func newRunCommand(a *app) *cobra.Command {
	c := &runCommand{app: a}
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Load the rows of a pipeline into Kustomer",
		Long: `run loads every row that Kustomer does not have yet. Kill it whenever you like and run the
same command again: what was loaded is not sent twice, what was rejected is tried again.

--sandbox loads into a Kustomer inside this program, which keeps its data beside the ledger. What
templates find there comes from --seed, or sandbox: { seed: FILE } in the pipeline file: objects such
as users and teams, one a line, as {"type":"user","attributes":{"name":"Ana","email":"ana@acme.example"}}.

--bulk auto sends up to 100 rows a request where that ends sooner within the budget, and one by
one where Kustomer does not tell which row became which object, or the key lacks the role
org.permission.bulk.read. always sends batches in any case and looks up what it is not told;
never sends one by one. --dry-run says how many requests a load needs, and for how long.

` + exitHelp(),
		Example: `  kustsync run --sandbox pipeline.yaml
  kustsync run --dry-run pipeline.yaml
  kustsync run pipeline.yaml --limit 10
  kustsync run pipeline.yaml --source people=rejected/people.csv`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	c.loadFlags.register(cmd)
	fl := cmd.Flags()
	fl.BoolVar(&c.dryRun, "dry-run", false, "render every row and send nothing")
	fl.BoolVar(&c.sandbox, "sandbox", false, "load into the built-in Kustomer")
	fl.StringVar(&c.like, "like", "", "with --sandbox: one that behaves as the org did whose probe.json is at `PATH`")
	fl.BoolVar(&c.adopt, "adopt", false, "look every key up first and take over what Kustomer has")
	fl.StringVar(&c.step, "step", "", "run only the step `NAME`")
	fl.StringVar(&c.bulk, "bulk", "", "auto, always or never (default from the file)")
	fl.StringVar(&c.maxErrors, "max-errors", "", "stop after more than N rejected rows, or N% of them (default from the file)")
	fl.BoolVar(&c.allowed.destructive, "allow-destructive", false, "let steps run whose sinks delete or merge: it cannot be undone")
	fl.BoolVar(&c.allowed.delivery, "allow-delivery", false, "let steps run that make a message leave for a customer")
	fl.StringVar(&c.planPath, "plan", "", "load only if all is as it was when kustsync plan --out wrote the file `PATH`")
	return cmd
}

func (c *runCommand) run(ctx context.Context, path string) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	defer func() { err = withCause(ctx, err) }()
	if err := c.readSavedPlan(path); err != nil {
		return err
	}
	prog, err := c.open.program(ctx, path, c.sources)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, prog.Close()) }()
	if err := c.apply(prog); err != nil {
		return err
	}
	if c.dryRun {
		c.term.diagnostics(prog.Warnings)
		return c.render(ctx, prog)
	}
	c.term.diagnostics(withoutPermissions(prog.Warnings))
	if err := c.allowed.check(prog, c.step); err != nil {
		return err
	}
	if c.saved != nil {
		t, err := c.open.target(prog.File, c.sandbox)
		if err != nil {
			return err
		}
		if err := c.saved.checkInputs(ctx, prog, t); err != nil {
			return err
		}
	}
	return c.load(ctx, prog)
}

// readSavedPlan reads the file of --plan and takes over the rows that the plan is for. It refuses flags that choose
// other rows.
func (c *runCommand) readSavedPlan(path string) (err error) {
	if c.planPath == "" {
		return nil
	}
	for _, flag := range []string{"dry-run", "adopt", "limit", "step", "source"} {
		if c.given(flag) {
			return usage("leave it out; the plan says what is loaded", "--%s does not go with --plan", flag)
		}
	}
	if c.saved, err = openSavedPlan(c.planPath); err != nil {
		return err
	}
	c.step, c.limit, c.sources = c.saved.Step, c.saved.Limit, c.saved.Sources
	c.saved.renewal = c.global.commandLine("plan", path, append(append(c.targetFlags(), c.rowFlags()...), "--out", c.planPath))
	return nil
}

// apply checks the flags and puts them in the place of what the pipeline file says.
func (c *runCommand) apply(prog *program.Program) error {
	if err := c.loadFlags.apply(prog); err != nil {
		return err
	}
	if c.maxErrors != "" {
		limit, err := config.ParseMaxErrors(c.maxErrors)
		if err != nil {
			return usage(err.Error(), "--max-errors %q is neither a number of rows nor a share", c.maxErrors)
		}
		prog.File.Run.MaxErrors = limit
	}
	switch c.bulk {
	case "":
		return nil
	case "auto", "always", "never":
		prog.File.Run.Bulk.Value = c.bulk
		return nil
	}
	return usage("use auto, always or never", "--bulk: unknown value %q", c.bulk)
}

// options are the options of a run that begins now.
func (c *runCommand) options(prog *program.Program) pipeline.Options {
	opts := c.loadFlags.options(&c.global, prog.File.Path)
	opts.DryRun, opts.Adopt, opts.AllowDestructive = c.dryRun, c.adopt, c.allowed.destructive
	return opts
}
