package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// versionCommand is `kustsync version`.
type versionCommand struct{ *app }

func newVersionCommand(a *app) *cobra.Command {
	c := &versionCommand{app: a}
	return &cobra.Command{
		Use:     "version",
		Short:   "The version of this binary",
		Example: "  kustsync version",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return c.run() },
	}
}

func (c *versionCommand) run() error {
	c.result.summary = map[string]string{"version": version(), "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH}
	if c.global.json {
		return nil
	}
	return c.term.print(fmt.Sprintf("kustsync %s (%s, %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH))
}
