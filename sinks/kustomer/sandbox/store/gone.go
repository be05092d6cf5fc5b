package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Identifiers says whether the externalId, e-mail addresses and phone numbers of a deleted object can be given to
// another one; what Kustomer does is not known (kustomer-api.md 17.17, 18 number 31).
type Identifiers string

// What becomes of the identifiers of a deleted object.
const (
	IdentifiersHeld Identifiers = "held" // the default: a create with one of them is refused as a duplicate
	IdentifiersFree Identifiers = "free"
)

// departed knows which objects are gone, and what became of them.
type departed struct {
	byID map[wire.ID]*Record    // of the store
	had  map[Identity][]*Record // deleted objects that had the identity, in order of deletion
	into map[wire.ID]wire.ID    // what an object was merged into
	free bool                   // they keep no identity from others
}

// FindDeleted finds the object with an identity that was deleted last; nil when there is none.
func (d *departed) FindDeleted(i Identity) *Record {
	list := d.had[i]
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// IsMerged reports whether an object was merged into another one.
func (d *departed) IsMerged(r *Record) bool {
	_, merged := d.into[r.ID]
	return merged
}

// Survivor finds what an object was merged into, at the end of the chain of merges; nil when it was not merged, or
// when the last of the chain is deleted.
func (d *departed) Survivor(r *Record) *Record {
	for range len(d.into) + 1 {
		id, merged := d.into[r.ID]
		if !merged {
			break
		}
		if r = d.byID[id]; r == nil {
			return nil
		}
		if !r.Deleted {
			return r
		}
	}
	return nil
}

// heldByDeleted reports whether a deleted object keeps an identity from others. An object that was merged into self
// keeps nothing from it.
func (d *departed) heldByDeleted(i Identity, self *Record) bool {
	if d.free || i.space == klassName || i.space == noteDraft {
		return false
	}
	return slices.ContainsFunc(d.had[i], func(r *Record) bool { return self == nil || r != self && d.Survivor(r) != self })
}

// bury deletes an object: its id stays known, look-ups no longer find it.
func (st *Store) bury(r *Record, c Change) error {
	if err := st.unindex(r); err != nil {
		return err
	}
	r.Deleted, r.Rev = true, c.Rev
	if c.Doc != nil {
		r.Doc = c.Doc
	}
	f, err := factsOf(r.Kind, r.Doc)
	if err != nil {
		return err
	}
	for _, i := range f.identities(r.Kind) {
		st.had[i] = append(st.had[i], r)
	}
	if target, ok := wire.ParseID(f.MergedTarget); ok {
		st.into[r.ID] = target
	}
	return nil
}

// dropGone forgets that a deleted object had an identity.
func (d *departed) drop(i Identity, r *Record) {
	if rest := slices.DeleteFunc(d.had[i], func(o *Record) bool { return o == r }); len(rest) > 0 {
		d.had[i] = rest
	} else {
		delete(d.had, i)
	}
}

// noteMerge reads the document of a merge of customers.
func (d *departed) noteMerge(doc []byte) error {
	var merge struct{ Source, Target string }
	if err := json.Unmarshal(doc, &merge); err != nil {
		return fmt.Errorf("reading a stored merge: %w", err)
	}
	source, okSource := wire.ParseID(merge.Source)
	target, okTarget := wire.ParseID(merge.Target)
	if okSource && okTarget {
		d.into[source] = target
	}
	return nil
}
