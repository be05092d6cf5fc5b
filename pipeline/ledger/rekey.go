package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// KeyChange is the old and the new key of an entry.
type KeyChange struct{ Old, New string }

// KeyFault says why an entry cannot get a new key.
type KeyFault struct {
	Index  int // of the KeyChange
	Reason string
}

// RekeyError says why no entry got a new key: every fault, in the order of the changes.
type RekeyError struct {
	Step   string
	Faults []KeyFault
}

func (e *RekeyError) Error() string {
	return fmt.Sprintf("the keys of step %q were not changed: %s", e.Step, e.Faults[0].Reason)
}

// Rekey gives entries of a step new keys, all in one transaction. Keys may be swapped. What Kustomer has does not change:
// an object keeps its external id, also where that was its key, and its entry goes on claiming it. also names steps whose
// keys are those of the step, as a finalizer's are: their entries follow. *RekeyError, and nothing changes, when an old key
// has no entry, a new one has an entry that gets no other key, a key is empty or stands twice on one side, or a request for
// one is in doubt. 100,000 keys take a few seconds.
func (l *Ledger) Rekey(ctx context.Context, step string, changes []KeyChange, also ...string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		if refusal, failure := t.checkRekey(step, changes); refusal != nil || failure != nil {
			return refusal, failure
		}
		for i, name := range append([]string{step}, also...) {
			if failure := t.rekey(name, changes, i > 0); failure != nil {
				return nil, failure
			}
		}
		t.rewriteGroups()
		return nil, nil
	})
}

// CheckRekey returns the error that Rekey would return, and changes nothing.
func (l *Ledger) CheckRekey(ctx context.Context, step string, changes []KeyChange) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) { return t.checkRekey(step, changes) })
}

func (t *txn) checkRekey(step string, changes []KeyChange) (refusal, failure error) {
	number, ok, err := t.reader.names.find(t.ctx, t.conn, step)
	if err != nil {
		return nil, err
	}
	if !ok {
		number = asideStep // which has no entries either
	}
	n := len(changes)
	c := rekeyCheck{txn: t, step: step, number: number, from: oldKeys(changes), old: make(map[string]bool, n), new: make(map[string]bool, n)}
	refused := &RekeyError{Step: step}
	for i, change := range changes {
		reason, err := c.fault(change)
		if err != nil {
			return nil, err
		}
		if reason != "" {
			refused.Faults = append(refused.Faults, KeyFault{i, reason})
		}
		c.old[change.Old], c.new[change.New] = true, true
	}
	if len(refused.Faults) > 0 {
		return refused, nil
	}
	return nil, nil
}

// rekeyCheck finds out why entries of a step cannot get new keys.
type rekeyCheck struct {
	*txn
	step     string
	number   int64
	from     map[string]bool // all old keys
	old, new map[string]bool // the keys of the changes before
}

func oldKeys(changes []KeyChange) map[string]bool {
	keys := make(map[string]bool, len(changes))
	for _, c := range changes {
		keys[c.Old] = true
	}
	return keys
}

// fault says why an entry cannot get a new key; "" when it can.
func (c *rekeyCheck) fault(change KeyChange) (string, error) {
	switch {
	case change.Old == "" || change.New == "":
		return "a key is empty", nil
	case c.old[change.Old]:
		return fmt.Sprintf("the old key %q stands twice", change.Old), nil
	case c.new[change.New]:
		return fmt.Sprintf("the new key %q stands twice", change.New), nil
	}
	for _, key := range [...]string{change.Old, change.New} {
		if c.reader.open.latest(rowID{c.step, key}) != nil {
			return fmt.Sprintf("a request for key %q is in doubt", key), nil
		}
	}
	if known, err := c.has(change.Old); err != nil || !known {
		return fmt.Sprintf("the ledger has no key %q", change.Old), err
	}
	if c.from[change.New] {
		return "", nil // it gets another key itself
	}
	if taken, err := c.has(change.New); err != nil || taken {
		return fmt.Sprintf("the ledger has the key %q already", change.New), err
	}
	return "", nil
}

// has reports whether a key has an entry.
func (c *rekeyCheck) has(key string) (found bool, err error) {
	err = c.stmts.has.QueryRowContext(c.ctx, c.number, key).Scan(&found)
	return found, err
}

// asideStep is the number under which entries wait for a key that another one still has. No step has it.
const asideStep = -1

// rekey gives the entries of one step new keys. follows: of a step whose keys are those of the step before; a key without
// an entry is left out, and an entry that is left of a key from before goes.
func (t *txn) rekey(step string, changes []KeyChange, follows bool) error {
	number, ok, err := t.reader.names.find(t.ctx, t.conn, step)
	if !ok || err != nil {
		return err
	}
	from, m := oldKeys(changes), moving{txn: t, step: step, number: number}
	for _, c := range changes {
		if follows && !from[c.New] {
			if _, err := t.conn.ExecContext(t.ctx, `DELETE FROM entries WHERE step = ? AND key = ?`, number, c.New); err != nil {
				return err
			}
		}
		if err := m.move(c, from[c.New]); err != nil {
			return err
		}
	}
	t.reader.forgetCreated(step)
	return m.finish()
}

// moving is entries of a step that get new keys.
type moving struct {
	*txn
	step   string
	number int64
	aside  []string           // new keys of entries that wait for them
	marks  map[string]KeyMark // of new keys, to be set
}

// move gives the entry of a key its new one. waits: another entry still has that.
func (m *moving) move(c KeyChange, waits bool) error {
	_, e, found, err := m.stored(m.step, c.Old)
	if err != nil || !found {
		return err
	}
	if e.kustomerID != "" {
		if err := m.keepExternalID(e, c); err != nil {
			return err
		}
	} else if e.externalID.String == c.New {
		e.externalID = sql.NullString{}
	}
	if err := m.moveMark(e, c); err != nil {
		return err
	}
	to := m.number
	if waits {
		to = asideStep
		m.aside = append(m.aside, c.New)
	}
	return m.store(e, m.number, to, c.Old, c.New)
}

// keepExternalID lets an entry with a new key have the external id that its object has.
func (m *moving) keepExternalID(e *row, c KeyChange) error {
	externalID := c.Old
	if e.externalID.Valid {
		externalID = e.externalID.String
	}
	e.externalID = sql.NullString{String: externalID, Valid: externalID != c.New}
	if !e.externalID.Valid || externalID == "" {
		return nil
	}
	object, err := m.reader.names.get(m.ctx, m.conn, e.object)
	if err != nil {
		return err
	}
	return m.addKind(object, m.step, true)
}

// moveMark lets the mark of a key without an object go with its entry. A key that gets an object has no mark.
func (m *moving) moveMark(e *row, c KeyChange) error {
	if !m.reader.keyMarks.any(m.step) {
		return nil
	}
	if e.kustomerID != "" {
		return m.unmarkKey(m.step, c.New)
	}
	var mark KeyMark
	err := m.conn.QueryRowContext(m.ctx, `SELECT mark FROM key_marks WHERE step = ? AND key = ?`, m.number, keyDigest(c.Old)).Scan(&mark)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if m.marks == nil {
		m.marks = map[string]KeyMark{}
	}
	m.marks[c.New] = mark
	return m.unmarkKey(m.step, c.Old)
}

// finish gives the entries that wait their keys, and sets the marks.
func (m *moving) finish() error {
	for _, key := range m.aside {
		waiting, err := readOld(m.ctx, m.conn, `WHERE step = ? AND key = ?`, asideStep, key)
		if err != nil {
			return err
		}
		for i := range waiting { // none where the step has no entry of the key
			if err := m.store(&waiting[i].row, asideStep, m.number, key, key); err != nil {
				return err
			}
		}
	}
	for key, mark := range m.marks {
		if err := m.markKey(m.number, m.step, key, mark, ""); err != nil {
			return err
		}
	}
	return nil
}
