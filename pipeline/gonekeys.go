package pipeline

import (
	"context"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// goneKeys remembers the keys of a step's rows, 16 bytes each, so that those which the ledger has loaded and the source no longer
// has can be told (decisions.md 2.3). A nil goneKeys remembers nothing.
type goneKeys struct {
	seen    index.Set[string]
	unnamed int // rows of which no key is known
}

// newGoneKeys returns nil where the step's source does not hold all rows every time, is not read whole, or nothing was loaded yet.
func newGoneKeys(step *program.Step, reader *ledger.Reader, o Options) *goneKeys {
	src := step.Source
	if src.Expect == nil || !src.Expect.Complete || notWhole(src, o) != "" || reader == nil || step.Spec.Kind != sinks.Makes {
		return nil
	}
	return &goneKeys{seen: index.NewSet[string]()}
}

// saw takes in the key of a row, "" where it has none.
func (g *goneKeys) saw(key string) {
	switch {
	case g == nil:
	case key == "":
		g.unnamed++
	default:
		g.seen.Add(key)
	}
}

// list counts the keys that the ledger has loaded of a step and that stand in no row, and tells each. Rows that were rejected
// or skipped count as there.
func (g *goneKeys) list(ctx context.Context, reader *ledger.Reader, step string, tell func(step, key, kustomerID string) error) (n int, err error) {
	for known, err := range reader.Known(ctx, step) {
		if err != nil {
			return n, readError(step, err)
		}
		if !known.Loaded || known.Gone || g.seen.Has(known.Key) {
			continue
		}
		entry, ok, err := reader.Get(ctx, step, known.Key)
		if err != nil {
			return n, readError(step, err)
		}
		if !ok || !entry.Loaded() {
			continue
		}
		if n++; tell == nil {
			continue
		}
		if err := tell(step, known.Key, entry.KustomerID); err != nil {
			return n, &StopError{Reason: StopLedger, Err: fmt.Errorf("listing the keys that are gone: %w", err), Hint: "make room on the disk, then run the same command again"}
		}
	}
	return n, nil
}
