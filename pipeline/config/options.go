package config

import "github.com/kustsync/kustsync/sinks"

// Options is what a pipeline file may refer to.
type Options struct {
	// Specs are the sinks that a step may name.
	Specs []sinks.Spec
	// Vars holds the values of --var; they win over Env.
	Vars map[string]string
	// Env looks up an environment variable; os.LookupEnv in a program, nil for an empty environment.
	// It is never asked for the API key.
	Env func(name string) (string, bool)
}

// env looks up an environment variable.
func (o Options) env(name string) (string, bool) {
	if o.Env == nil {
		return "", false
	}
	return o.Env(name)
}
