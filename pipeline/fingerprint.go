package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"os"
	"slices"

	"github.com/kustsync/kustsync/pipeline/index"
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

// Fingerprint reads the pipeline file, its sources and its tables, and renders every row that a run with
// Options.Step and Options.Limit reads. It asks neither Kustomer nor the ledger: an id that Kustomer gives,
// and what find answers, are the same whatever they are; so are now and run_id. Standard input that can be
// read only once has no fingerprint.
func (p *Plan) Fingerprint(ctx context.Context, o Options) (Fingerprint, error) {
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
	e := newEngine(p, Deps{Observer: Observers{}}, Options{RunID: constantRunID, Start: constantNow(), DryRun: true, Step: o.Step, Limit: o.Limit})
	e.preview = true
	all := sha256.New()
	for _, step := range e.wanted() {
		if _, done := f.Sources[step.Source.Name]; !done {
			if f.Sources[step.Source.Name], err = sources.Digest(ctx, step.Source.from); err != nil {
				return f, fmt.Errorf("reading source %q: %w", step.Source.Name, err)
			}
		}
		r := &stepRun{engine: e, step: step, index: index.New(), lanes: newLanes(), send: ctx}
		rows, err := r.digestRows(ctx, all)
		if err != nil {
			return f, err
		}
		f.Rows += rows
	}
	f.Mapping = hex.EncodeToString(all.Sum(nil))
	return f, nil
}

// digestRows adds what becomes of the step's rows to a sum, in their order.
func (r *stepRun) digestRows(ctx context.Context, to hash.Hash) (rows int, err error) {
	number := 0
	for row, err := range r.step.Source.Rows(ctx) {
		if err != nil {
			return rows, fmt.Errorf("reading source %q ended behind row %d: %w", r.step.Source.Name, number, err)
		}
		if number++; r.opts.Limit > 0 && number > r.opts.Limit {
			break
		}
		for v := range viewsOf(r.step.Config.Each.Value, row, number) {
			t := &task{view: v}
			end := r.previewEnd(ctx, t)
			r.takeBack(t, end)
			fmt.Fprintf(to, "%q %q %s %x %q %q\n", r.step.Name(), t.key, end.outcome, t.hash, end.field, end.message) //nolint:errcheck // a hash takes everything
			rows++
		}
	}
	return rows, ctx.Err()
}

// Changed names what differs in a later fingerprint, in words for a message. Rows are named only where
// nothing else tells why they differ: a --var, the environment, another version of kustsync.
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
