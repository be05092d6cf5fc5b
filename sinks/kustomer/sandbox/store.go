package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
)

// store holds every object and finds it by id and by identity. It is not safe for concurrent
// use: the server's lock guards it, so that of two creates with one identity only one can win.
type store struct {
	prefix [4]byte // of the ids that this store makes
	made   uint64  // how many it made
	byID   map[identifier]*record
	all    [kinds][]*record // in order of creation
	index  [spaces]map[string]*record
	others map[identity][]*record // further objects with the identity, where it need not be unique
}

func newStore(prefix [4]byte) *store {
	st := &store{prefix: prefix, byID: map[identifier]*record{}, others: map[identity][]*record{}}
	for i := range st.index {
		st.index[i] = map[string]*record{}
	}
	return st
}

// newID makes an id that no object has.
func (st *store) newID() identifier {
	for {
		st.made++
		var id identifier
		copy(id[:], st.prefix[:])
		binary.BigEndian.PutUint64(id[len(st.prefix):], st.made)
		if st.byID[id] == nil {
			return id
		}
	}
}

// saw notes an id that an earlier process made, so that none is made twice.
func (st *store) saw(id identifier) {
	if [4]byte(id[:4]) == st.prefix {
		st.made = max(st.made, binary.BigEndian.Uint64(id[len(st.prefix):]))
	}
}

// get finds an object of a kind, deleted or not.
func (st *store) get(k kind, id string) *record {
	key, ok := parseID(id)
	if r := st.byID[key]; ok && r != nil && r.kind == k {
		return r
	}
	return nil
}

// find looks an object up by an identity. Of several the oldest is found.
func (st *store) find(i identity) *record { return st.index[i.space][i.value] }

// taken gives the first identity of f that an object other than self has.
func (st *store) taken(k kind, f *facts, self *record) (identity, bool) {
	for _, i := range f.identities(k) {
		if r := st.find(i); r != nil && r != self {
			return i, true
		}
	}
	return identity{}, false
}

// change is one step in the life of an object: its whole document, or its end.
type change struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	Rev     uint32          `json:"rev"`
	Deleted bool            `json:"deleted,omitempty"`
	Doc     json.RawMessage `json:"doc,omitempty"`
	facts   *facts          // of Doc, where they are known already
}

// apply is the only way an object changes, both for a request and for a journal that is read
// back. born is zero for the latter.
func (st *store) apply(c change, born int64) (*record, error) {
	k, ok := kindNamed(c.Type)
	id, okID := parseID(c.ID)
	r := st.byID[id]
	if !ok || !okID || (r != nil && r.kind != k) {
		return nil, fmt.Errorf("an object of type %q with the id %q cannot be", c.Type, c.ID)
	}
	if c.Deleted {
		return r, st.remove(r, c.Rev)
	}
	f := c.facts
	if f == nil {
		var err error
		if f, err = factsOf(c.Doc); err != nil {
			return nil, err
		}
	}
	if r == nil {
		r = &record{id: id, kind: k, born: born}
		st.byID[id] = r
		st.all[k] = append(st.all[k], r)
	} else if err := st.unindex(r); err != nil {
		return nil, err
	}
	r.rev, r.doc = c.Rev, c.Doc
	r.take(f)
	for _, i := range f.identities(k) {
		st.add(i, r)
	}
	return r, st.link(r, f)
}

// remove takes a deleted object out of the look-ups; its id stays known.
func (st *store) remove(r *record, rev uint32) error {
	if r == nil {
		return fmt.Errorf("an object that never was cannot be deleted")
	}
	r.deleted, r.rev = true, rev
	return st.unindex(r)
}

func (st *store) unindex(r *record) error {
	f, err := factsOf(r.doc)
	if err != nil {
		return err
	}
	for _, i := range f.identities(r.kind) {
		st.drop(i, r)
	}
	return nil
}

func (st *store) add(i identity, r *record) {
	if st.find(i) == nil {
		st.index[i.space][i.value] = r
	} else {
		st.others[i] = append(st.others[i], r)
	}
}

// drop forgets that r has the identity; the oldest of the others takes its place.
func (st *store) drop(i identity, r *record) {
	others := slices.DeleteFunc(st.others[i], func(o *record) bool { return o == r })
	if st.find(i) == r {
		delete(st.index[i.space], i.value)
		if len(others) > 0 {
			st.index[i.space][i.value], others = others[0], others[1:]
		}
	}
	if len(others) > 0 {
		st.others[i] = others
	} else {
		delete(st.others, i)
	}
}

// link hangs a conversation under its customer and a message under its conversation.
func (st *store) link(r *record, f *facts) error {
	var parent *record
	switch r.kind {
	case conversation:
		parent = st.get(customer, f.Customer)
	case message:
		parent = st.get(conversation, f.Conversation)
	default:
		return nil
	}
	if parent == nil {
		return fmt.Errorf("%s %s belongs to an object that does not exist", r.kind, r.id)
	}
	if r.parent == parent {
		return nil
	}
	if r.parent != nil {
		r.parent.children = slices.DeleteFunc(r.parent.children, func(c *record) bool { return c == r })
	}
	r.parent = parent
	parent.children = append(parent.children, r)
	return nil
}
