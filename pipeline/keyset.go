package pipeline

import "hash/maphash"

// hashSet is a set that keeps 64-bit hashes of its members, about 20 bytes each. A stranger is taken
// for a member once in 2^64 questions and members.
type hashSet[T comparable] struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
}

func newHashSet[T comparable]() hashSet[T] {
	return hashSet[T]{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}}
}

func (s hashSet[T]) add(member T) { s.hashes[maphash.Comparable(s.seed, member)] = struct{}{} }

func (s hashSet[T]) has(member T) bool {
	if len(s.hashes) == 0 {
		return false
	}
	_, ok := s.hashes[maphash.Comparable(s.seed, member)]
	return ok
}
