package store

import (
	"encoding/hex"
	"fmt"
)

// Open fills the store. It calls begin once, when the org is known and the store is empty, for the objects that are
// there from the start; then it applies what the journal holds. other takes the changes of types that are no kinds;
// it reports whether the type is its own, and must Reserve the ids that it finds. A folder that another process holds
// is an error, and so is a journal that cannot be read.
func (st *Store) Open(begin func() error, other func(Change) (bool, error)) error {
	to := st.reader(begin, other)
	if st.opts.Dir == "" {
		return to.begin(st.opts.Org)
	}
	var err error
	st.journal, err = openJournal(st.opts.Dir, st.opts.Org, to)
	return err
}

// reader fills the store with what a journal holds.
func (st *Store) reader(begin func() error, other func(Change) (bool, error)) reader {
	return reader{
		begin: func(org string) error {
			prefix, err := hex.DecodeString(org)
			if err != nil {
				return fmt.Errorf("the org id %q is not hexadecimal", org)
			}
			st.reset(org, [4]byte(prefix))
			return begin()
		},
		changes: func(changes []Change) error {
			for _, c := range changes {
				if err := st.restore(c, other); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// restore applies one change of the journal.
func (st *Store) restore(c Change, other func(Change) (bool, error)) error {
	if taken, err := other(c); taken || err != nil {
		return err
	}
	r, err := st.apply(c, 0)
	if err == nil {
		st.Reserve(r.ID)
	}
	return err
}

// Close gives the folder back. Everything that was committed is already in it.
func (st *Store) Close() error { return st.journal.close() }
