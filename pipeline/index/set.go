package index

import "hash/maphash"

// Set is a set that keeps 64-bit hashes of its members, about 20 bytes each. Something that is not in the
// set is taken for a member once in 2^64 pairs of a question and a member. NewSet makes one.
type Set[T comparable] struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

// NewSet returns an empty set.
func NewSet[T comparable]() Set[T] {
	return Set[T]{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}}
}

// Add adds a member.
func (s Set[T]) Add(member T) { s.hashes[maphash.Comparable(s.seed, member)] = struct{}{} }

// Has reports whether member is in the set. The zero Set has no members.
func (s Set[T]) Has(member T) bool {
	if len(s.hashes) == 0 {
		return false
	}
	_, ok := s.hashes[maphash.Comparable(s.seed, member)]
	return ok
}

// Len returns the number of members.
func (s Set[T]) Len() int { return len(s.hashes) }
