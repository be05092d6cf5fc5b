package config

import (
	"github.com/kustsync/kustsync/sinks"
)

// Options is what a pipeline file is read against.
type Options struct {
	// Specs are the sinks that a step may name.
	Specs []sinks.Spec
	// Vars holds the values of --var; they win over Env.
	Vars map[string]string
	// Env looks up an environment variable; os.LookupEnv in a program, nil for an empty environment.
	Env func(name string) (string, bool)
	// SourceTypes are the values of a source's type:; empty means the types of the schema.
	SourceTypes []string
}

// Load reads the pipeline file at path. The error is Faults, sorted by place, or says why the
// file could not be read. With Faults the File may be non-nil: it holds what could be
// understood, so that a caller can look for more faults in it, and is not to be run.
func Load(path string, o Options) (*File, error) {
	return nil, nil
}

// Parse reads text as the pipeline file at path, which need not exist. Its results are those of Load.
func Parse(path string, text []byte, o Options) (*File, error) {
	return nil, nil
}

// Schema returns the JSON Schema (draft-07) of pipeline files whose steps name these sinks.
func Schema(specs []sinks.Spec) []byte { return nil }

// Nearest returns the known word that word was most likely meant to be.
func Nearest(word string, known []string) (string, bool) { return "", false }
