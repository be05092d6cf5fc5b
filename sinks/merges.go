package sinks

import "context"

// Merge says that one object was merged into another, and is gone.
type Merge struct {
	ID     string // of the merge itself
	Source string // the object that is gone
	Target string // the object that it was merged into
}

// MergeReader is a Sink that tells which objects were merged.
type MergeReader interface {
	Reader
	// Merges lists the merges that an object was a part of, also one that is gone. The Spec names a MergesPath. The error
	// is an *Error; of class Forbidden when the key may not read merges, Missing or Deleted when the service says nothing
	// of the object.
	Merges(ctx context.Context, spec *Spec, id string) ([]Merge, error)
}
