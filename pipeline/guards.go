package pipeline

import (
	"cmp"
	"errors"
	"strings"
)

// GuardResult is a reason to stop that a guard found, in the JSON of Summary too.
type GuardResult struct {
	Guard  string `json:"guard"`            // one of Guards
	Step   string `json:"step,omitempty"`   // that it stops
	Source string `json:"source,omitempty"` // that is not as the pipeline file expects; Step is "" then
	// Limit and Is are what the guard compares. new_keys: of the keys that the ledger has loaded at least Limit (1) should
	// be in the source, and Is (0) are; for a step that was probably renamed, another step may hold fewer than Limit of
	// its keys and holds Is. no_lookup: at most Limit (0) rows may be new below an object that was found, and at least Is are. min_rows, max_drop: the source should have at least Limit
	// rows, and has Is. max_change: at most Limit rows should change, and Is would. max_age: the newest file should be at most
	// Limit seconds old, and is Is. complete: at most Limit (0) files may end within a line, and Is do.
	Limit    int  `json:"limit"`
	Is       int  `json:"is"`
	Accepted bool `json:"accepted"` // Options.Accept lets it pass

	found, hint string // what is wrong, and what to do
}

// guarded notes what a guard found. A guard that is let pass is told.
func (t *tally) guarded(g GuardResult) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.summary.Guards = append(t.summary.Guards, g)
	if g.Accepted {
		t.observer.Note(cmp.Or(g.Step, g.Source), "--accept "+g.Guard+" lets this pass: "+g.found)
	}
}

// stopAtGuards returns the error that ends a run because of what guards found; nil where all of it is let pass.
func stopAtGuards(results []GuardResult) error {
	var found, hints []string
	for _, g := range results {
		if !g.Accepted {
			found, hints = append(found, g.found), append(hints, g.hint)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return &StopError{Reason: StopGuard, Err: errors.New(strings.Join(found, "; ")), Hint: strings.Join(hints, "; ")}
}
