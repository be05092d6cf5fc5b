package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
)

// app is one call of kustsync: its streams, its global flags, and what it has to say at the end.
// Data goes to out, talk to talk.
type app struct {
	in        io.Reader
	out, talk io.Writer
	flags     globals

	started bool // the flags were read: a verb is at work
	command string
	summary any                 // of --json
	faults  []config.Diagnostic // of --json
}

// globals are the flags that every verb has.
type globals struct {
	stateDir   string
	vars       []string
	json       bool
	quiet      bool
	showValues bool
	logLevel   string
	logFormat  string
	noColor    bool
}

func newApp(in io.Reader, out, talk io.Writer) *app { return &app{in: in, out: out, talk: talk} }

// main runs one command line and returns the exit code.
func (a *app) main(args []string) int {
	root := a.root()
	a.flags.json = slices.Contains(args, "--json") // also when the flags cannot be read
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.talk)
	cmd, err := root.ExecuteContextC(context.Background())
	a.command = cmd.Name()
	if err != nil && !a.started {
		err = badCommandLine(err)
	}
	return a.finish(err)
}

// finish says how it went and returns the exit code.
func (a *app) finish(err error) int {
	p := explain(err)
	if a.flags.json && a.started || a.flags.json && err != nil {
		return a.finishJSON(p)
	}
	a.tell(err, p)
	return p.exit
}

// tell prints an error, or every fault of a pipeline file, for a person.
func (a *app) tell(err error, p problem) {
	s := a.style(a.talk)
	var faults config.Diagnostics
	switch {
	case err == nil, errors.Is(err, errQuietly), errors.Is(err, errChanges):
	case errors.As(err, &faults):
		a.mustTell(report.Faults(a.talk, s, faults))
	default:
		a.say(s.Red("error: ") + report.Clean(p.message))
		if p.hint != "" {
			a.say(s.Green("  next: ") + report.Clean(p.hint))
		}
	}
}

// style colours text that goes to w, if w is a terminal and nothing speaks against it.
func (a *app) style(w io.Writer) report.Style {
	_, noColor := os.LookupEnv("NO_COLOR")
	return report.NewStyle(isTerminal(w) && !a.flags.noColor && !noColor)
}

// isTerminal reports whether a person sees what is written to w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// say prints a line of talk.
func (a *app) say(text string) { a.mustTell(writeLine(a.talk, text)) }

// chat prints a line of talk that --quiet leaves out.
func (a *app) chat(text string) {
	if !a.flags.quiet {
		a.say(text)
	}
}

// mustTell is for talk that could not be printed: there is nobody left to tell.
func (a *app) mustTell(error) {}

func writeLine(w io.Writer, text string) error {
	_, err := io.WriteString(w, text+"\n")
	return err
}

// root is the command tree.
func (a *app) root() *cobra.Command {
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
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.started = true
			return a.checkGlobals()
		},
	}
	f := root.PersistentFlags()
	f.StringVar(&a.flags.stateDir, "state-dir", "", "where ledgers and reports are kept (default .kustsync beside the pipeline file)")
	f.StringArrayVar(&a.flags.vars, "var", nil, "NAME=value for ${NAME} in the pipeline file; may be repeated")
	f.BoolVar(&a.flags.json, "json", false, "print one JSON object on standard output")
	f.BoolVar(&a.flags.quiet, "quiet", false, "no progress, no chat: only results, warnings and errors")
	f.BoolVar(&a.flags.showValues, "show-values", false, "show values of rows in errors and logs")
	f.StringVar(&a.flags.logLevel, "log-level", "warn", "debug, info, warn or error")
	f.StringVar(&a.flags.logFormat, "log-format", "text", "text or json")
	f.BoolVar(&a.flags.noColor, "no-color", false, "no colours (also NO_COLOR)")
	root.AddCommand(a.validateCommand(), a.previewCommand(), a.planCommand(), a.runCommand(), a.resolveCommand(), a.statusCommand(),
		a.ledgerCommand(), a.probeCommand(), a.sinksCommand(), a.functionsCommand(), a.schemaCommand(), a.sandboxCommand(), a.versionCommand())
	return root
}
