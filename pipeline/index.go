package pipeline

import (
	"encoding/binary"
	"hash/maphash"
	"sync"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// index is what a step knows of its keys without asking the ledger: which are loaded with which
// payload, and which a row of this run speaks for. It holds 64-bit hashes of keys and payloads, about
// 35 bytes a key: among a million keys two are taken for one once in forty million runs.
type index struct {
	seed  maphash.Seed
	mu    sync.Mutex
	marks marks
	files []string // names that mark.file points at
}

// mark is one key of an index.
type mark struct {
	payload uint64 // of the row that speaks, else of what Kustomer has
	file    uint32
	line    uint32
	flags   markFlags
}

type markFlags uint8

const (
	markEntry  markFlags = 1 << iota // the ledger may have an entry
	markLoaded                       // Kustomer has the object with mark.payload, and no row was rejected since
	markSpoken                       // a row of this run speaks for the key
	markFields                       // the ledger knows which fields Kustomer has
)

func newIndex() *index {
	return &index{seed: maphash.MakeSeed()}
}

// learn adds an entry of the ledger.
func (x *index) learn(k ledger.Known) {
	m := mark{flags: markEntry}
	if k.Loaded && k.Outcome != ledger.Rejected {
		m.flags |= markLoaded
		m.payload = short(k.Hash)
	}
	if k.Fields {
		m.flags |= markFields
	}
	x.marks.put(maphash.String(x.seed, k.Key), m)
}

// get returns what is known of key.
func (x *index) get(key string) mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.marks.get(maphash.String(x.seed, key))
}

// claim lets the row at place speak for key, unless another row does, and returns what was known of key
// before.
func (x *index) claim(key string, hash ledger.Hash, place ledger.Place) mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := maphash.String(x.seed, key)
	known := x.marks.get(h)
	if !known.has(markSpoken) {
		x.marks.put(h, mark{
			payload: short(hash), flags: known.flags&markEntry | markSpoken,
			file: x.file(place.Source), line: uint32(min(place.Line, 1<<32-1)),
		})
	}
	return known
}

// unspeak takes back what a row that was rejected said. The ledger may have an entry of it now.
func (x *index) unspeak(key string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.marks.put(maphash.String(x.seed, key), mark{flags: markEntry})
}

// speaker returns the place of the row that speaks for a key.
func (x *index) speaker(m mark) ledger.Place {
	x.mu.Lock()
	defer x.mu.Unlock()
	return ledger.Place{Source: x.files[m.file], Line: int(m.line)}
}

func (x *index) file(name string) uint32 {
	for i := len(x.files) - 1; i >= 0; i-- {
		if x.files[i] == name {
			return uint32(i)
		}
	}
	x.files = append(x.files, name)
	return uint32(len(x.files) - 1)
}

func (m mark) has(f markFlags) bool { return m.flags&f != 0 }

// short is the part of a payload's hash that an index keeps.
func short(h ledger.Hash) uint64 { return binary.LittleEndian.Uint64(h[:8]) }
