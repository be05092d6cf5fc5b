package store

import (
	"bytes"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Creation is the change that makes an object of a document that nothing has to be unique in.
func (st *Store) Creation(k Kind, doc wire.Document) Change {
	return Change{Type: k.String(), ID: st.NewID().String(), Rev: 1, Doc: wire.JSON(doc)}
}

// UniqueCreation is the change that makes an object with this id. The error is a *TakenError when another object
// has an identity of the document that must be unique.
func (st *Store) UniqueCreation(k Kind, id wire.ID, doc wire.Document) (Change, error) {
	return st.fill(Change{Type: k.String(), ID: id.String(), Rev: 1}, k, doc, nil)
}

// UniqueUpdate is the change that gives an object a new document; for its error see UniqueCreation.
func (st *Store) UniqueUpdate(r *Record, doc wire.Document) (Change, error) {
	return st.fill(Change{Type: r.Kind.String(), ID: r.ID.String(), Rev: r.Rev + 1}, r.Kind, doc, r)
}

// fill puts a document into a change of self.
func (st *Store) fill(c Change, k Kind, doc wire.Document, self *Record) (Change, error) {
	st.text = wire.AppendJSON(st.text[:0], doc)
	c.Doc = bytes.Clone(st.text)
	var err error
	if c.facts, err = factsOf(k, c.Doc); err != nil {
		return c, err
	}
	return c, st.taken(k, c.facts, self)
}

// Commit makes changes durable, together or not at all, and then visible. It gives the changed objects, in the order
// of the changes. Within CommitTogether the changes become durable at its end.
func (st *Store) Commit(changes ...Change) ([]*Record, error) {
	if st.holding {
		st.held = append(st.held, changes...)
	} else if err := st.journal.append(changes); err != nil {
		return nil, err
	}
	born := time.Now().UnixNano()
	records := make([]*Record, 0, len(changes))
	for _, c := range changes {
		var before []byte
		if id, ok := wire.ParseID(c.ID); ok && st.watch != nil && st.byID[id] != nil {
			before = st.byID[id].Doc
		}
		r, err := st.apply(c, born)
		if err != nil {
			return nil, err
		}
		if st.watch != nil {
			st.watch(r, before)
		}
		if c.Rev == 1 {
			st.created[r.Kind]++
		}
		records = append(records, r)
	}
	return records, nil
}

// CommitTogether lets do commit what it wants, and then makes that durable, as one line of the journal that ends
// with the change that last gives. After an error the objects are ahead of what is kept: the store must not be
// used any more. last is not called when the store keeps nothing.
func (st *Store) CommitTogether(do func(), last func() (Change, error)) error {
	st.holding = true
	do()
	st.holding = false
	held := st.held
	st.held = nil
	if st.journal == nil {
		return nil
	}
	c, err := last()
	if err != nil {
		return err
	}
	return st.journal.append(append(held, c))
}

// Keep makes one change durable whose type the store does not know. of is not called when the store keeps nothing.
func (st *Store) Keep(of func() (Change, error)) error { return st.CommitTogether(func() {}, of) }

// Give applies a change that is no news: the objects that are there from the start. The journal does not get it.
func (st *Store) Give(c Change) error {
	r, err := st.apply(c, 0)
	if err != nil {
		return err
	}
	r.Given = true
	return nil
}
