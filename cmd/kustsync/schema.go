package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "JSON Schema of the pipeline file, for editors",
		Long: `schema prints the JSON Schema (draft-07) that validate checks pipeline files against. Save it and
name it in the first line of a pipeline file, so that an editor completes and checks as you type:

  # yaml-language-server: $schema=pipeline.schema.json`,
		Example: "  kustsync schema > pipeline.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text := config.Schema(catalog.Specs())
			a.summary = json.RawMessage(text)
			if a.flags.json {
				return nil
			}
			_, err := a.out.Write(text)
			return err
		},
	}
}
