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
	names  map[string]*string     // of klasses, one copy for all their objects
}

func newStore(prefix [4]byte) *store {
	st := &store{prefix: prefix, byID: map[identifier]*record{}, others: map[identity][]*record{}, names: map[string]*string{}}
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

// findAll gives every object with an identity, the oldest first.
func (st *store) findAll(i identity) []*record {
	first := st.find(i)
	if first == nil {
		return nil
	}
	return append([]*record{first}, st.others[i]...)
}

// taken gives the first identity of f that must be unique, at least as much as needed says, and
// that an object other than self has.
func (st *store) taken(k kind, f *facts, self *record, needed uniqueness) (identity, bool) {
	for _, i := range f.identities(k) {
		if r := st.find(i); r != nil && r != self && spaceTable[i.space].unique >= needed {
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

// check says whether a change can be applied, and what is needed to do so.
func (st *store) check(c change) (k kind, id identifier, f *facts, parent *record, err error) {
	k, okKind := kindNamed(c.Type)
	id, okID := parseID(c.ID)
	r := st.byID[id]
	if !okKind || !okID || (r != nil && r.kind != k) {
		return k, id, nil, nil, fmt.Errorf("an object of type %q with the id %q cannot be", c.Type, c.ID)
	}
	if c.Deleted {
		if r == nil {
			err = fmt.Errorf("an object that never was cannot be deleted")
		}
		return k, id, nil, nil, err
	}
	if f = c.facts; f == nil {
		if f, err = factsOf(k, c.Doc); err != nil {
			return k, id, nil, nil, err
		}
	}
	parent, err = st.parentOf(k, id, f)
	return k, id, f, parent, err
}

// parentOf finds what an object belongs to.
func (st *store) parentOf(k kind, id identifier, f *facts) (*record, error) {
	rule, ok := parents[k]
	if !ok {
		return nil, nil
	}
	name := f.Customer
	if rule.kind == conversation {
		name = f.Conversation
	}
	parent := st.get(rule.kind, name)
	if parent == nil && (rule.must || name != "") {
		return nil, fmt.Errorf("%s %s belongs to an object that does not exist", k, id)
	}
	return parent, nil
}

// apply is the only way an object changes, both for a request and for a journal that is read
// back. born is zero for the latter.
func (st *store) apply(c change, born int64) (*record, error) {
	k, id, f, parent, err := st.check(c)
	if err != nil {
		return nil, err
	}
	r := st.byID[id]
	if c.Deleted {
		return r, st.remove(r, c.Rev)
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
	if k == kobject {
		r.klass = st.klassName(f.Klass)
	}
	for _, i := range f.identities(k) {
		st.add(i, r)
	}
	r.moveTo(parent)
	return r, nil
}

// klassName gives the one copy of a name.
func (st *store) klassName(name string) *string {
	if st.names[name] == nil {
		st.names[name] = &name
	}
	return st.names[name]
}

// remove takes a deleted object out of the look-ups; its id stays known.
func (st *store) remove(r *record, rev uint32) error {
	r.deleted, r.rev = true, rev
	return st.unindex(r)
}

func (st *store) unindex(r *record) error {
	f, err := factsOf(r.kind, r.doc)
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

// moveTo hangs an object under another one, or under none.
func (r *record) moveTo(parent *record) {
	if r.parent == parent {
		return
	}
	if r.parent != nil {
		r.parent.children = slices.DeleteFunc(r.parent.children, func(c *record) bool { return c == r })
	}
	r.parent = parent
	if parent != nil {
		parent.children = append(parent.children, r)
	}
}
