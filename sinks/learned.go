package sinks

import "time"

// Learned is what was found out about the service that rows are loaded into, where its documents are silent.
// The zero value knows nothing. Nothing that could double a whole load may rest on it: the service can change.
type Learned struct {
	Unique       bool          // Spec.Unique rests on refusals that were seen, not on documents
	UniqueInBulk bool          // a bulk job refused a second object with the same external id, too
	Refs         Refs          // whether the bulk endpoint knows Batches.RefField
	LookupLag    time.Duration // look-ups may miss a new object for so long; 0 is unknown, or not at all
}

// Refs says whether a bulk endpoint knows Batches.RefField.
type Refs int

// What a bulk endpoint does with references.
const (
	RefsUntried Refs = iota // the first batch finds out
	RefsKnown               // results carry them
	RefsRefused             // a batch with references is refused
	RefsIgnored             // they are taken, and results do not carry them
)

// RefusesDuplicates reports whether the service refuses a second object with the same external id; batch: also one
// that a bulk job makes.
func (s *Spec) RefusesDuplicates(batch bool) bool {
	return s.Unique && (!batch || !s.Learned.Unique || s.Learned.UniqueInBulk)
}

// UniqueByDocuments reports whether the service's own documents say that it refuses such an object.
func (s *Spec) UniqueByDocuments() bool { return s.Unique && !s.Learned.Unique }
