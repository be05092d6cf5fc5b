package store

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Change is one step in the life of an object: its whole document, or its end. The journal also keeps changes of
// types that the store does not know, see Store.Open.
type Change struct {
	Type    string          `json:"type"` // the name of a kind
	ID      string          `json:"id"`
	Rev     uint32          `json:"rev"` // of the object afterwards; 1 makes it
	Deleted bool            `json:"deleted,omitempty"`
	Doc     json.RawMessage `json:"doc,omitempty"`
	facts   *facts          // of Doc, where they are known already
}

// Update is the change that gives an object a new document.
func (r *Record) Update(doc wire.Document) Change {
	return Change{Type: r.Kind.String(), ID: r.ID.String(), Rev: r.Rev + 1, Doc: wire.JSON(doc)}
}

// Removal is the change that deletes an object. Its document stays as it is.
func (r *Record) Removal() Change {
	return Change{Type: r.Kind.String(), ID: r.ID.String(), Rev: r.Rev + 1, Deleted: true}
}

// RemovalWith is the change that deletes an object and gives it a last document, or that gives one to an object which
// is deleted already.
func (r *Record) RemovalWith(doc wire.Document) Change {
	c := r.Removal()
	c.Doc = wire.JSON(doc)
	return c
}

// appendTo appends the change as the journal has it. Types and ids need no escaping.
func (c Change) appendTo(dst []byte) []byte {
	dst = append(dst, `{"type":"`+c.Type+`","id":"`+c.ID+`","rev":`...)
	dst = strconv.AppendUint(dst, uint64(c.Rev), 10)
	if c.Deleted {
		dst = append(dst, `,"deleted":true`...)
	}
	if c.Deleted && c.Doc == nil {
		return append(dst, '}')
	}
	dst = append(dst, `,"doc":`...)
	return append(append(dst, c.Doc...), '}')
}

// Checked is a change that can be applied, with what it says.
type Checked struct {
	Kind   Kind
	ID     wire.ID
	facts  *facts // nil for a deletion
	parent *Record
}

// Klass is the name of the klass of a KObject; "" for other objects.
func (c Checked) Klass() string {
	if c.Kind != KObject || c.facts == nil {
		return ""
	}
	return c.facts.Klass
}

// Check says whether a change can be applied; it does not look at uniqueness.
func (st *Store) Check(c Change) (Checked, error) {
	k, okKind := KindNamed(c.Type)
	id, okID := wire.ParseID(c.ID)
	checked := Checked{Kind: k, ID: id}
	r := st.byID[id]
	if !okKind || !okID || (r != nil && r.Kind != k) {
		return checked, fmt.Errorf("an object of type %q with the id %q cannot be", c.Type, c.ID)
	}
	if c.Deleted {
		if r == nil {
			return checked, fmt.Errorf("an object that never was cannot be deleted")
		}
		return checked, nil
	}
	var err error
	if checked.facts = c.facts; checked.facts == nil {
		if checked.facts, err = factsOf(k, c.Doc); err != nil {
			return checked, err
		}
	}
	checked.parent, err = st.parentOf(k, id, checked.facts)
	return checked, err
}

// parentOf finds what an object belongs to; nil when it belongs to nothing.
func (st *Store) parentOf(k Kind, id wire.ID, f *facts) (*Record, error) {
	rule, ok := parents[k]
	if !ok {
		return nil, nil
	}
	name := f.Customer
	if rule.kind == Conversation {
		name = f.Conversation
	}
	parent := st.Get(rule.kind, name)
	if parent == nil && (rule.must || name != "") {
		return nil, fmt.Errorf("%s %s belongs to an object that does not exist", k, id)
	}
	return parent, nil
}

// apply is the only way an object changes, both for a request and for a journal that is read back. born is the time
// in Unix nanoseconds, 0 for a journal.
func (st *Store) apply(c Change, born int64) (*Record, error) {
	checked, err := st.Check(c)
	if err != nil {
		return nil, err
	}
	r := st.byID[checked.ID]
	if c.Deleted {
		return r, st.bury(r, c)
	}
	if r == nil {
		r = &Record{ID: checked.ID, Kind: checked.Kind, born: born}
		st.byID[r.ID] = r
		st.all[r.Kind] = append(st.all[r.Kind], r)
	} else if err := st.unindex(r); err != nil {
		return nil, err
	}
	r.Deleted = false
	r.Rev, r.Doc = c.Rev, c.Doc
	r.take(checked.facts)
	if r.Kind == KObject {
		r.klass = st.sharedName(checked.facts.Klass)
	}
	for _, i := range checked.facts.identities(r.Kind) {
		st.index(i, r)
	}
	r.moveTo(checked.parent)
	if r.Kind == CustomerMerge {
		return r, st.noteMerge(r.Doc)
	}
	return r, nil
}
