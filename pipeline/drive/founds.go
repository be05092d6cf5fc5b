package drive

import (
	"slices"
	"sync"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/render"
)

// Founds remembers the objects that a run found in Kustomer under external ids of its rows, and which its ledger did
// not know: what belongs to them may have been loaded with them. It holds 8 bytes each of at most maxFounds of them. Its
// methods may be called by several goroutines at once.
type Founds struct {
	mu    sync.Mutex
	keys  index.Set[render.Ref]
	steps []string // that have some
}

const maxFounds = 100_000

// NewFounds returns a Founds that remembers none.
func NewFounds() *Founds { return &Founds{keys: index.NewSet[render.Ref]()} }

// Note remembers an object.
func (f *Founds) Note(at render.Ref) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys.Len() >= maxFounds {
		return
	}
	f.keys.Add(at)
	if !slices.Contains(f.steps, at.Step) {
		f.steps = append(f.steps, at.Step)
	}
}

// AnyOf reports whether an object of one of those steps was found.
func (f *Founds) AnyOf(steps []string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(steps, func(step string) bool { return slices.Contains(f.steps, step) })
}

// Has reports whether one of those objects was found.
func (f *Founds) Has(objects []render.Ref) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(objects, f.keys.Has)
}
