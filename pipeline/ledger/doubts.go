package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
)

// id names a row's object: its step and its key.
type id struct{ step, key string }

func compareIDs(a, b id) int {
	return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.key, b.key))
}

// begun is an intent that no outcome answers, and the row of the intents table that holds it.
type begun struct {
	Intent
	group   int64
	earlier *begun // of the same key; nil for the first
}

func (in *Intent) id() id { return id{in.Step, in.Key} }
func (e *Entry) id() id   { return id{e.Step, e.Key} }

// doubts holds what was begun and not settled. It is as small as the window, save after a kill.
type doubts struct {
	mu   sync.RWMutex
	rows map[id]*begun // the latest of each key
	open map[int64]int // group: how many of its intents are in rows
	last int64         // the group with the highest number; only the writer reads and sets it later
}

func newDoubts() *doubts { return &doubts{rows: map[id]*begun{}, open: map[int64]int{}} }

// add adds an intent, of which the doubts are the owner now.
func (d *doubts) add(b *begun) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := b.id()
	b.earlier = d.rows[k]
	d.rows[k] = b
	d.open[b.group]++
}

// latest returns the last intent of a key.
func (d *doubts) latest(k id) (Intent, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if b := d.rows[k]; b != nil {
		return b.Intent, true
	}
	return Intent{}, false
}

// top is the last intent of a key, for the writer; nil where there is none.
func (d *doubts) top(k id) *begun {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.rows[k]
}

// answer takes all intents of a key out, and returns the last.
func (d *doubts) answer(k id) *begun {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := d.rows[k]
	delete(d.rows, k)
	for b := last; b != nil; b = b.earlier {
		d.close(b.group)
	}
	return last
}

// withdraw takes the last intent of a key out; nil where there is none.
func (d *doubts) withdraw(k id) *begun {
	d.mu.Lock()
	defer d.mu.Unlock()
	last := d.rows[k]
	switch {
	case last == nil:
		return nil
	case last.earlier == nil:
		delete(d.rows, k)
	default:
		d.rows[k] = last.earlier
	}
	d.close(last.group)
	return last
}

func (d *doubts) close(group int64) {
	if d.open[group]--; d.open[group] == 0 {
		delete(d.open, group)
	}
}

// isOpen reports whether a group has intents that are unanswered.
func (d *doubts) isOpen(group int64) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.open[group] > 0
}

// each yields every intent, the earlier ones of a key after its later ones. The lock is held.
func (d *doubts) each(yield func(*begun) bool) {
	for _, last := range d.rows {
		for b := last; b != nil; b = b.earlier {
			if !yield(b) {
				return
			}
		}
	}
}

// group returns the intents of a group that are unanswered.
func (d *doubts) group(group int64) []Intent {
	d.mu.RLock()
	defer d.mu.RUnlock()
	left := make([]Intent, 0, d.open[group])
	for b := range d.each {
		if b.group == group {
			left = append(left, b.Intent)
		}
		if len(left) == cap(left) {
			break
		}
	}
	slices.Reverse(left)
	return left
}

// all returns every intent.
func (d *doubts) all() []Intent {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var list []Intent
	for b := range d.each {
		list = append(list, b.Intent)
	}
	return list
}

// list returns the latest intent of each key, by step and key.
func (d *doubts) list() []Intent {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := make([]Intent, 0, len(d.rows))
	for _, last := range d.rows {
		list = append(list, last.Intent)
	}
	slices.SortFunc(list, func(a, b Intent) int { return compareIDs(a.id(), b.id()) })
	return list
}

// readDoubts reads what the entries do not answer.
func readDoubts(ctx context.Context, q querier, n *names) (*doubts, error) {
	groups, err := readGroups(ctx, q)
	if err != nil {
		return nil, err
	}
	d := newDoubts()
	for _, g := range groups {
		intents, err := decodeIntents(g.id, g.body)
		if err != nil {
			return nil, err
		}
		for _, in := range intents {
			answered, err := readAnswered(ctx, q, n, in.id())
			if err != nil {
				return nil, err
			}
			if answered < g.id {
				d.add(&begun{Intent: in, group: g.id})
			}
		}
		d.last = g.id
	}
	return d, nil
}

type group struct {
	id   int64
	body []byte
}

// readGroups reads the intents table, the oldest first.
func readGroups(ctx context.Context, q querier) ([]group, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, body FROM intents ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	var groups []group
	for rows.Next() {
		var g group
		if err := rows.Scan(&g.id, &g.body); err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	return groups, rows.Err()
}

// readAnswered returns the last group that the entry of a key answers.
func readAnswered(ctx context.Context, q querier, n *names, k id) (int64, error) {
	step, ok, err := n.find(ctx, q, k.step)
	if !ok || err != nil {
		return 0, err
	}
	var r row
	err = q.QueryRowContext(ctx, `SELECT `+deciding+` FROM entries WHERE step = ? AND key = ?`, step, k.key).Scan(r.decidingFields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return r.answered, r.check(step, k.key)
}
