// Package store holds the objects of a sandbox: look-ups, uniqueness, and the journal that keeps them. It knows no
// HTTP.
package store

import (
	"encoding/binary"
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Store holds every object and finds it by id and by identity. It is not safe for concurrent use: the server's lock
// guards it, so that of two creates with one identity only one can win.
type Store struct {
	departed
	opts    Options
	org     string
	prefix  [4]byte // of the ids that this store makes
	made    uint64  // how many ids it made
	byID    map[wire.ID]*Record
	all     [Kinds][]*Record           // in order of creation
	oldest  [spaces]map[string]*Record // the oldest object with each identity
	further map[Identity][]*Record     // further objects with the identity, where it need not be unique
	names   map[string]*string         // of klasses, one copy for all their objects
	created [Kinds]int                 // by this process
	watch   func(r *Record, before []byte)
	text    []byte // of the document that is being written

	journal *journal // nil: memory only
	holding bool     // commits wait in held until the end of CommitTogether
	held    []Change
}

// Options choose where a store keeps its objects and which it refuses.
type Options struct {
	Dir    string // folder of the journal; "": memory only. One process at a time.
	Org    string // the id of the org of a new folder: 24 hexadecimal digits
	Unique Unique
	// Identifiers says whether the identities of a deleted object can be given to another one.
	Identifiers Identifiers
}

// New makes an empty store, which Open must fill before anything else is done with it.
func New(o Options) *Store { return &Store{opts: o} }

// reset makes the store that of an org, without objects.
func (st *Store) reset(org string, prefix [4]byte) {
	st.org, st.prefix = org, prefix
	st.byID, st.further, st.names = map[wire.ID]*Record{}, map[Identity][]*Record{}, map[string]*string{}
	st.departed = departed{byID: st.byID, had: map[Identity][]*Record{}, into: map[wire.ID]wire.ID{}, free: st.opts.Identifiers == IdentifiersFree}
	for i := range st.oldest {
		st.oldest[i] = map[string]*Record{}
	}
}

// Watch has do called after each change that is committed, with the document that the object had; nil for a new one.
// Changes that come from the journal are no news.
func (st *Store) Watch(do func(r *Record, before []byte)) { st.watch = do }

// OrgID is the id of the org whose objects these are; it stays with the folder.
func (st *Store) OrgID() string { return st.org }

// NewID makes an id that no object has.
func (st *Store) NewID() wire.ID {
	for {
		st.made++
		var id wire.ID
		copy(id[:], st.prefix[:])
		binary.BigEndian.PutUint64(id[len(st.prefix):], st.made)
		if st.byID[id] == nil {
			return id
		}
	}
}

// Reserve notes an id that an earlier process made, so that NewID does not make it again.
func (st *Store) Reserve(id wire.ID) {
	if [4]byte(id[:4]) == st.prefix {
		st.made = max(st.made, binary.BigEndian.Uint64(id[len(st.prefix):]))
	}
}

// ByID finds an object of any kind, deleted or not; nil when there is none.
func (st *Store) ByID(id wire.ID) *Record { return st.byID[id] }

// Get finds an object of a kind, deleted or not; nil when there is none.
func (st *Store) Get(k Kind, id string) *Record {
	key, ok := wire.ParseID(id)
	if r := st.byID[key]; ok && r != nil && r.Kind == k {
		return r
	}
	return nil
}

// Live finds an object of a kind that is not deleted; nil when there is none.
func (st *Store) Live(k Kind, id string) *Record {
	if r := st.Get(k, id); r != nil && !r.Deleted {
		return r
	}
	return nil
}

// All lists every object of a kind, also deleted ones, in order of creation. The list must not be changed.
func (st *Store) All(k Kind) []*Record { return st.all[k] }

// Find looks an object up by an identity; nil when there is none. Of several the oldest is found.
func (st *Store) Find(i Identity) *Record { return st.oldest[i.space][i.value] }

// ByExternalID looks an object of a kind up by its externalId, a KObject by the name of its klass too; nil when there
// is none.
func (st *Store) ByExternalID(k Kind, klass, value string) *Record {
	if k == KObject {
		return st.Find(KObjectIdentity(klass, value))
	}
	in, ok := externalIDs[k]
	if !ok {
		return nil
	}
	return st.Find(in.Of(value))
}

// FindAll lists every object with an identity, the oldest first.
func (st *Store) FindAll(i Identity) []*Record {
	first := st.Find(i)
	if first == nil {
		return nil
	}
	return append([]*Record{first}, st.further[i]...)
}

// EnabledKlass finds a klass that may have objects; nil when there is none of the name, or it is disabled.
func (st *Store) EnabledKlass(name string) *Record {
	r := st.Find(klassName.Of(name))
	if r == nil || r.Deleted || wire.Text(r.Document(), "status") == "disabled" {
		return nil
	}
	return r
}

// Taken gives a *TakenError for the first identity of a checked change that must be unique and that an object other
// than self has; nil when there is none.
func (st *Store) Taken(c Checked, self *Record) error { return st.taken(c.Kind, c.facts, self) }

func (st *Store) taken(k Kind, f *facts, self *Record) error {
	for _, i := range f.identities(k) {
		if !st.opts.Unique.holds(i.space) {
			continue
		}
		if r := st.Find(i); r != nil && r != self || st.heldByDeleted(i, self) {
			return &TakenError{Field: spaceTable[i.space].field, Value: i.value}
		}
	}
	return nil
}

// Created counts the objects of a kind that were made since the store was opened.
func (st *Store) Created(k Kind) int { return st.created[k] }

// SharedExternalIDs counts the externalIds that more than one object of a kind has.
func (st *Store) SharedExternalIDs(k Kind) int {
	in, ok := externalIDs[k]
	if !ok {
		return 0
	}
	n := 0
	for i := range st.further {
		if i.space == in {
			n++
		}
	}
	return n
}

// sharedName gives the one copy of the name of a klass.
func (st *Store) sharedName(name string) *string {
	if st.names[name] == nil {
		st.names[name] = &name
	}
	return st.names[name]
}

func (st *Store) index(i Identity, r *Record) {
	if st.Find(i) == nil {
		st.oldest[i.space][i.value] = r
	} else {
		st.further[i] = append(st.further[i], r)
	}
}

func (st *Store) unindex(r *Record) error {
	f, err := factsOf(r.Kind, r.Doc)
	if err != nil {
		return err
	}
	for _, i := range f.identities(r.Kind) {
		if r.Deleted {
			st.departed.drop(i, r)
		} else {
			st.drop(i, r)
		}
	}
	return nil
}

// drop forgets that r has the identity; the oldest of the others takes its place.
func (st *Store) drop(i Identity, r *Record) {
	others := slices.DeleteFunc(st.further[i], func(o *Record) bool { return o == r })
	if st.Find(i) == r {
		delete(st.oldest[i.space], i.value)
		if len(others) > 0 {
			st.oldest[i.space][i.value], others = others[0], others[1:]
		}
	}
	if len(others) > 0 {
		st.further[i] = others
	} else {
		delete(st.further, i)
	}
}
