package index

import "hash/maphash"

// Last notes the last row of each key. It holds 64-bit hashes of keys and the numbers of rows, about 20 bytes a key: among
// a million keys two are taken for one once in forty million runs. Of may be called by several goroutines at once, while
// nothing is noted.
type Last struct {
	seed maphash.Seed
	rows table[uint64]
}

// NewLast returns a Last without rows.
func NewLast() *Last { return &Last{seed: maphash.MakeSeed()} }

// Note notes that row is the last of a key up to now.
func (l *Last) Note(key string, row uint64) { l.rows.put(maphash.String(l.seed, key), row) }

// Of returns the last row of a key that was noted; false when none was.
func (l *Last) Of(key string) (row uint64, ok bool) { return l.rows.get(maphash.String(l.seed, key)) }
