package ledger

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"sync"
)

// openIntent is an intent that no outcome answers, and the group that holds it.
type openIntent struct {
	Intent
	group   int64
	earlier *openIntent // of the same key; nil for the first
}

// openIntents holds what was begun and not settled: no more than the window of rows in flight, except after a kill.
type openIntents struct {
	mu     sync.RWMutex
	rows   map[rowID]*openIntent // the latest of each key
	groups map[int64]int         // number of a group: how many of its intents are in rows
	newest int64                 // the highest number of a group; only the writer uses it after loading
}

func newOpenIntents() *openIntents {
	return &openIntents{rows: map[rowID]*openIntent{}, groups: map[int64]int{}}
}

// add adds an intent, which belongs to o from now on.
func (o *openIntents) add(in *openIntent) {
	o.mu.Lock()
	defer o.mu.Unlock()
	id := in.id()
	in.earlier = o.rows[id]
	o.rows[id] = in
	o.groups[in.group]++
}

// latest returns the latest intent of a key, nil when there is none. Only the writer may keep the pointer; others
// use copyLatest.
func (o *openIntents) latest(id rowID) *openIntent {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.rows[id]
}

// copyLatest returns the latest intent of a key.
func (o *openIntents) copyLatest(id rowID) (Intent, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	if in := o.rows[id]; in != nil {
		return in.Intent, true
	}
	return Intent{}, false
}

// answer removes all intents of a key and returns the latest, which leads to the earlier ones.
func (o *openIntents) answer(id rowID) *openIntent {
	o.mu.Lock()
	defer o.mu.Unlock()
	latest := o.rows[id]
	delete(o.rows, id)
	for in := latest; in != nil; in = in.earlier {
		o.leave(in.group)
	}
	return latest
}

// withdraw removes the latest intent of a key and returns it, nil when there is none.
func (o *openIntents) withdraw(id rowID) *openIntent {
	o.mu.Lock()
	defer o.mu.Unlock()
	latest := o.rows[id]
	switch {
	case latest == nil:
		return nil
	case latest.earlier == nil:
		delete(o.rows, id)
	default:
		o.rows[id] = latest.earlier
	}
	o.leave(latest.group)
	return latest
}

// leave counts one intent less in a group.
func (o *openIntents) leave(group int64) {
	if o.groups[group]--; o.groups[group] == 0 {
		delete(o.groups, group)
	}
}

// groupNumbers returns the numbers of the groups with open intents.
func (o *openIntents) groupNumbers() []int64 {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return slices.Collect(maps.Keys(o.groups))
}

// has reports whether a group has open intents.
func (o *openIntents) has(group int64) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.groups[group] > 0
}

// each yields every intent, the later ones of a key before its earlier ones. The caller holds the lock.
func (o *openIntents) each(yield func(*openIntent) bool) {
	for _, latest := range o.rows {
		for in := latest; in != nil; in = in.earlier {
			if !yield(in) {
				return
			}
		}
	}
}

// ofGroup returns the open intents of a group.
func (o *openIntents) ofGroup(group int64) []Intent {
	o.mu.RLock()
	defer o.mu.RUnlock()
	list := make([]Intent, 0, o.groups[group])
	for in := range o.each {
		if in.group == group {
			list = append(list, in.Intent)
		}
		if len(list) == cap(list) {
			break
		}
	}
	slices.Reverse(list)
	return list
}

// all returns every open intent.
func (o *openIntents) all() []Intent {
	o.mu.RLock()
	defer o.mu.RUnlock()
	var list []Intent
	for in := range o.each {
		list = append(list, in.Intent)
	}
	return list
}

// listLatest returns the latest intent of each key, by step and key.
func (o *openIntents) listLatest() []Intent {
	o.mu.RLock()
	defer o.mu.RUnlock()
	list := make([]Intent, 0, len(o.rows))
	for _, latest := range o.rows {
		list = append(list, latest.Intent)
	}
	slices.SortFunc(list, func(a, b Intent) int { return compareIDs(a.id(), b.id()) })
	return list
}

// setJob names the job that handles the intents of a group, and reports whether there are any.
func (o *openIntents) setJob(group int64, job string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.groups[group] == 0 {
		return false
	}
	for in := range o.each {
		if in.group == group {
			in.Job = job
		}
	}
	return true
}

// readOpenIntents reads the groups, and leaves out the intents that entries answer.
func readOpenIntents(ctx context.Context, q querier, n *names, format int) (*openIntents, error) {
	rows, err := readGroups(ctx, q)
	if err != nil {
		return nil, err
	}
	o := newOpenIntents()
	for _, r := range rows {
		intents, err := decodeGroup(r.number, r.body)
		if err != nil {
			return nil, err
		}
		for _, in := range intents {
			answered, err := readAnswered(ctx, q, n, in.id(), format)
			if err != nil {
				return nil, err
			}
			if answered < r.number {
				o.add(&openIntent{Intent: in, group: r.number})
			}
		}
		o.newest = r.number
	}
	return o, nil
}

// readAnswered returns the number of the last group that the entry of a key answers, 0 when there is no entry.
func readAnswered(ctx context.Context, q querier, n *names, id rowID, format int) (int64, error) {
	step, ok, err := n.find(ctx, q, id.step)
	if !ok || err != nil {
		return 0, err
	}
	var r row
	err = q.QueryRowContext(ctx, `SELECT `+decidingOf(format)+` FROM entries WHERE step = ? AND key = ?`, step, id.key).Scan(r.decidingFields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return r.answered, r.check(step, id.key)
}
