package main

import (
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
)

// globalFlags are the flags that every verb has.
type globalFlags struct {
	stateDir   string
	vars       []string
	json       bool
	quiet      bool
	showValues bool
	logLevel   string
	logFormat  string
	noColor    bool
}

// register adds the flags to the root of the command tree.
func (g *globalFlags) register(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&g.stateDir, "state-dir", "", "where ledgers and reports are kept (default .kustsync beside the pipeline file)")
	f.StringArrayVar(&g.vars, "var", nil, "NAME=value for ${NAME} in the pipeline file; may be repeated")
	f.BoolVar(&g.json, "json", false, "print one JSON object on standard output")
	f.BoolVar(&g.quiet, "quiet", false, "no progress, no chat: only results, warnings and errors")
	f.BoolVar(&g.showValues, "show-values", false, "show values of rows in errors and logs")
	f.StringVar(&g.logLevel, "log-level", "warn", "debug, info, warn or error")
	f.StringVar(&g.logFormat, "log-format", "text", "text or json")
	f.BoolVar(&g.noColor, "no-color", false, "no colours (also NO_COLOR)")
}

// check refuses values that make no sense.
func (g *globalFlags) check() error {
	if _, err := g.level(); err != nil {
		return usage("use debug, info, warn or error", "--log-level: unknown level %q", g.logLevel)
	}
	if g.logFormat != "text" && g.logFormat != "json" {
		return usage("use text or json", "--log-format: unknown format %q", g.logFormat)
	}
	_, err := g.variables()
	return err
}

// level is the value of --log-level.
func (g *globalFlags) level() (level slog.Level, err error) {
	err = level.UnmarshalText([]byte(g.logLevel))
	return level, err
}

// variables are the values of --var by name.
func (g *globalFlags) variables() (map[string]string, error) {
	vars := map[string]string{}
	for _, v := range g.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usage("write it as --var NAME=value", "--var %s: there is no NAME=value in it", name)
		}
		vars[name] = value
	}
	return vars, nil
}
