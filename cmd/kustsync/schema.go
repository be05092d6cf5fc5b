package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// schemaCommand is `kustsync schema`.
type schemaCommand struct{ *app }

func newSchemaCommand(a *app) *cobra.Command {
	c := &schemaCommand{app: a}
	return &cobra.Command{
		Use:   "schema",
		Short: "JSON Schema of the pipeline file, for editors",
		Long: `schema prints the JSON Schema (draft-07) that validate checks pipeline files against. Save it and
name it in the first line of a pipeline file, so that an editor completes and checks as you type:

  # yaml-language-server: $schema=pipeline.schema.json`,
		Example: "  kustsync schema > pipeline.schema.json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return c.run() },
	}
}

func (c *schemaCommand) run() error {
	text := config.Schema(catalog.Specs())
	c.result.summary = json.RawMessage(text)
	if c.global.json {
		return nil
	}
	_, err := c.term.out.Write(text)
	return err
}
