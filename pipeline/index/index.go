// Package index holds what a step knows of its keys, small in memory.
package index

import (
	"encoding/binary"
	"hash/maphash"
	"sync"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Index is what a step knows of its keys without asking the ledger: which are loaded with which
// payload, and which a row of this run owns. It holds 64-bit hashes of keys and payloads, about
// 35 bytes a key: among a million keys two are taken for one once in forty million runs.
// Its methods may be called by several goroutines at once, except Learn.
type Index struct {
	seed  maphash.Seed
	mu    sync.Mutex
	marks marks
	files []string // names that Mark.file is a position in
}

// Mark is what an Index knows of one key. The zero value says that nothing is known.
type Mark struct {
	Payload uint64 // Short of the hash of the owner's payload; where no row owns the key, of what Kustomer has
	file    uint32
	line    uint32
	flags   Flag
}

// Flag is one fact about a key.
type Flag uint8

// The facts that an Index keeps of a key.
const (
	HasEntry  Flag = 1 << iota // the ledger may have an entry
	Loaded                     // Kustomer has the object with Mark.Payload, no row was rejected since, and it is not known to be gone
	Owned                      // a row of this run owns the key: it decides what is loaded for it
	HasFields                  // the ledger knows which fields Kustomer has
)

// New returns an Index that knows nothing.
func New() *Index {
	return &Index{seed: maphash.MakeSeed()}
}

// Learn adds an entry of the ledger. It is for the time before the Index is shared between goroutines.
func (x *Index) Learn(k ledger.Known) {
	m := Mark{flags: HasEntry}
	if k.Loaded && k.Outcome != ledger.Rejected && !k.Gone {
		m.flags |= Loaded
		m.Payload = Short(k.Hash)
	}
	if k.Fields {
		m.flags |= HasFields
	}
	x.marks.put(maphash.String(x.seed, k.Key), m)
}

// Get returns what is known of a key.
func (x *Index) Get(key string) Mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.marks.get(maphash.String(x.seed, key))
}

// Claim makes the row at place, whose payload has that hash, the owner of a key, unless another row owns
// it. It returns what was known of the key before: with the flag Owned, the claim failed.
func (x *Index) Claim(key string, hash ledger.Hash, place ledger.Place) Mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := maphash.String(x.seed, key)
	known := x.marks.get(h)
	if !known.Has(Owned) {
		x.marks.put(h, Mark{
			Payload: Short(hash), flags: known.flags&HasEntry | Owned,
			file: x.file(place.Source), line: uint32(min(place.Line, 1<<32-1)),
		})
	}
	return known
}

// Release takes a key from its owner, a row that was rejected; the next row may claim it. Nothing is known
// of the key then, but that the ledger may have an entry.
func (x *Index) Release(key string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.marks.put(maphash.String(x.seed, key), Mark{flags: HasEntry})
}

// Owner returns the place of the row that owns a key. m is the key's Mark, with the flag Owned.
func (x *Index) Owner(m Mark) ledger.Place {
	x.mu.Lock()
	defer x.mu.Unlock()
	return ledger.Place{Source: x.files[m.file], Line: int(m.line)}
}

// file returns the position of a file's name in x.files, which it adds where it is new.
func (x *Index) file(name string) uint32 {
	for i := len(x.files) - 1; i >= 0; i-- {
		if x.files[i] == name {
			return uint32(i)
		}
	}
	x.files = append(x.files, name)
	return uint32(len(x.files) - 1)
}

// Has reports whether at least one of the flags is set.
func (m Mark) Has(f Flag) bool { return m.flags&f != 0 }

// Short is the part of a payload's hash that an Index keeps: its first 8 bytes.
func Short(h ledger.Hash) uint64 { return binary.LittleEndian.Uint64(h[:8]) }
