package reference

import (
	"io"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
)

// WriteSinks prints a table of sinks: name, kind, what each does, and the flags that a run needs for it.
func WriteSinks(w io.Writer, s report.Style, specs []sinks.Spec) error {
	var rows [][]string
	for i := range specs {
		spec := &specs[i]
		rows = append(rows, []string{spec.Name, Kind(spec), strings.Join(append([]string{spec.Doc}, Permissions(spec)...), " ")})
	}
	return pageTable([]string{"sink", "kind", "what it does"}, rows).Write(w, s)
}

// Kind says in a word what the requests of a sink do: makes, changes, acts, or any.
func Kind(s *sinks.Spec) string {
	switch {
	case len(s.Choices) > 0:
		return "any"
	case s.Kind == sinks.Changes:
		return "changes"
	case s.Kind == sinks.Acts:
		return "acts"
	}
	return "makes"
}

// Permissions says which flags a run of the sink needs, a sentence for each.
func Permissions(s *sinks.Spec) (sentences []string) {
	if s.Destructive {
		sentences = append(sentences, "Needs --allow-destructive.")
	}
	if slices.ContainsFunc(s.Choices, func(c sinks.Choice) bool { return c.Destructive }) {
		sentences = append(sentences, "Some of it needs --allow-destructive.")
	}
	if s.Delivers {
		sentences = append(sentences, "Needs --allow-delivery.")
	}
	return sentences
}
