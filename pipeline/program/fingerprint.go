package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/kustsync/kustsync/sources"
)

// Fingerprint tells whether what a run loads is still what it was: SHA-256 sums in hex. It holds no
// content.
type Fingerprint struct {
	File    string            `json:"file"`    // of the pipeline file
	Sources map[string]string `json:"sources"` // of each source's files, by its name
	Tables  map[string]string `json:"tables"`  // of each table that is read from a file
	Mapping string            `json:"mapping"` // of what the templates make of every row
	Rows    int               `json:"rows"`    // rows behind Mapping
}

// Fingerprint reads the pipeline file, the tables that are read from files, and the sources of steps. What the
// templates make of the rows (Mapping and Rows) is left to the caller.
func (p *Program) Fingerprint(ctx context.Context, steps []*Step) (Fingerprint, error) {
	f := Fingerprint{Sources: map[string]string{}, Tables: map[string]string{}}
	text, err := os.ReadFile(p.File.Path)
	if err != nil {
		return f, fmt.Errorf("reading the pipeline file: %w", err)
	}
	sum := sha256.Sum256(text)
	f.File = hex.EncodeToString(sum[:])
	for name, from := range p.tables {
		if f.Tables[name], err = sources.Digest(ctx, from); err != nil {
			return f, fmt.Errorf("reading table %q: %w", name, err)
		}
	}
	for _, step := range steps {
		if _, done := f.Sources[step.Source.Name]; done {
			continue
		}
		if f.Sources[step.Source.Name], err = sources.Digest(ctx, step.Source.from); err != nil {
			return f, fmt.Errorf("reading source %q: %w", step.Source.Name, err)
		}
	}
	return f, nil
}

// Changed lists what differs in a later fingerprint, in words for a message. That the rows differ is listed only
// where nothing else explains it: a --var, the environment, another version of kustsync.
func (f Fingerprint) Changed(now Fingerprint) []string {
	var what []string
	if f.File != now.File {
		what = append(what, "the pipeline file")
	}
	what = append(what, changedIn("source", f.Sources, now.Sources)...)
	what = append(what, changedIn("table", f.Tables, now.Tables)...)
	if len(what) == 0 && (f.Mapping != now.Mapping || f.Rows != now.Rows) {
		what = append(what, "what the mapping makes of the rows (a --var, the environment, or kustsync itself)")
	}
	return what
}

func changedIn(kind string, was, is map[string]string) (what []string) {
	all := maps.Clone(was)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, is)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if was[name] != is[name] {
			what = append(what, fmt.Sprintf("%s %q", kind, name))
		}
	}
	return what
}
