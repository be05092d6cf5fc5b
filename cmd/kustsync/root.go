package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
)

// main runs one command line and returns the exit code.
func (a *app) main(args []string) int {
	flagsRead := false
	root := newRootCommand(a)
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		flagsRead = true
		return a.global.check()
	}
	a.global.json = slices.Contains(args, "--json") // also when the flags cannot be read
	root.SetArgs(args)
	root.SetIn(a.open.stdin)
	root.SetOut(a.term.out)
	root.SetErr(a.term.err)
	cmd, err := root.ExecuteContextC(context.Background())
	if err != nil && !flagsRead {
		err = badCommandLine(err)
	}
	p := explain(err)
	if a.global.json && (flagsRead || err != nil) {
		return writeEnvelope(a.term.out, strings.TrimPrefix(cmd.CommandPath(), root.Name()+" "), &a.result, p)
	}
	a.printError(err, p)
	return p.exit
}

// printError prints an error, or every diagnostic of a pipeline file, for a person.
func (a *app) printError(err error, p problem) {
	var diagnostics config.Diagnostics
	switch {
	case err == nil, errors.Is(err, errRowsLeft), errors.Is(err, errChanges): // the verb has printed them
	case errors.As(err, &diagnostics):
		a.term.diagnostics(diagnostics)
	default:
		s := a.term.errStyle()
		a.term.stderr(s.Red("error: ") + report.Clean(p.message))
		if p.hint != "" {
			a.term.stderr(s.Green("  next: ") + report.Clean(p.hint))
		}
	}
}

// newRootCommand is the command tree: a new verb is added here.
func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "kustsync",
		Short: "Load customers, conversations and messages into Kustomer, each exactly once",
		Long: `kustsync reads rows from CSV, XLSX and JSON files, maps them with templates, and loads
them into Kustomer as a pipeline file says. It can be killed at any instant and run again:
what Kustomer has is not sent twice.

` + exitHelp(),
		Example: `  kustsync validate pipeline.yaml            every fault in the file, no network
  kustsync preview pipeline.yaml             the exact requests of the first rows
  kustsync run --sandbox pipeline.yaml       load into the built-in Kustomer
  KUSTOMER_API_KEY=... kustsync run pipeline.yaml`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	a.global.register(root)
	root.AddCommand(
		newValidateCommand(a),
		newPreviewCommand(a),
		newPlanCommand(a),
		newRunCommand(a),
		newResolveCommand(a),
		newStatusCommand(a),
		newLedgerCommand(a),
		newProbeCommand(a),
		newSinksCommand(a),
		newFunctionsCommand(a),
		newSchemaCommand(a),
		newSandboxCommand(a),
		newVersionCommand(a),
	)
	return root
}
