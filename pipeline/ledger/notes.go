package ledger

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Step is what the last run noted of a step of its pipeline file.
type Step struct {
	Name       string
	Object     string // the kind of object that its sink makes or changes: "customer"
	Role       Role   // Owns where its sink makes objects, else OwnsNothing
	Key        string // the text of the template of its key: "zd-{{ .id }}"
	ExternalID string // the text of the template of its externalId; "" where the mapping has none
	RunID      string // that noted it
}

// SourceRead is the last time that a run read a source whole: to its end, without --limit, and not another file for it.
type SourceRead struct {
	Name  string
	Rows  int
	RunID string
	At    time.Time
}

// notes are what runs noted of steps and sources, in memory.
type notes struct {
	mu      sync.Mutex
	steps   map[string]Step
	sources map[string]SourceRead
	members map[string]map[string]bool
}

func newNotes() *notes {
	return &notes{steps: map[string]Step{}, sources: map[string]SourceRead{}, members: map[string]map[string]bool{}}
}

func (n *notes) addMember(source, name string) {
	if n.members[source] == nil {
		n.members[source] = map[string]bool{}
	}
	n.members[source][name] = true
}

// load reads the notes.
func (n *notes) load(ctx context.Context, q querier) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	rows, err := q.QueryContext(ctx, `SELECT name, object, role, key, external_id, run FROM steps`)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var s Step
		if err := rows.Scan(&s.Name, &s.Object, &s.Role, &s.Key, &s.ExternalID, &s.RunID); err != nil {
			return err
		}
		n.steps[s.Name] = s
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return n.loadSources(ctx, q)
}

func (n *notes) loadSources(ctx context.Context, q querier) error {
	rows, err := q.QueryContext(ctx, `SELECT name, '', rows, run, at FROM sources UNION ALL SELECT source, name, 0, '', 0 FROM members`)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var s SourceRead
		var member string
		var at int64
		if err := rows.Scan(&s.Name, &member, &s.Rows, &s.RunID, &at); err != nil {
			return err
		}
		if member != "" {
			n.addMember(s.Name, member)
			continue
		}
		s.At = time.UnixMilli(at).UTC()
		n.sources[s.Name] = s
	}
	return rows.Err()
}

// Step returns what the last run noted of a step; false when none did, as in a ledger that only an earlier kustsync
// wrote.
func (r *Reader) Step(name string) (Step, bool) {
	r.notes.mu.Lock()
	defer r.notes.mu.Unlock()
	s, ok := r.notes.steps[name]
	return s, ok
}

// Steps returns the names of the steps that runs noted, sorted; those that the pipeline file no longer has are among them.
func (r *Reader) Steps() []string {
	r.notes.mu.Lock()
	defer r.notes.mu.Unlock()
	return slices.Sorted(maps.Keys(r.notes.steps))
}

// PutSteps notes steps, durably, all or none. It replaces what was noted of those steps before, so what Step returned
// must be compared first.
func (l *Ledger) PutSteps(ctx context.Context, steps []Step) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		for _, s := range steps {
			_, err := t.conn.ExecContext(t.ctx, `INSERT INTO steps (name, object, role, key, external_id, run) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET object = excluded.object, role = excluded.role, key = excluded.key, external_id = excluded.external_id, run = excluded.run`,
				s.Name, s.Object, int64(s.Role), s.Key, s.ExternalID, s.RunID)
			if err != nil {
				return nil, err
			}
		}
		t.reader.notes.mu.Lock()
		defer t.reader.notes.mu.Unlock()
		for _, s := range steps {
			t.reader.notes.steps[s.Name] = s
		}
		return nil, nil
	})
}

// Source returns the last whole read of a source; false when no run noted one.
func (r *Reader) Source(name string) (SourceRead, bool) {
	r.notes.mu.Lock()
	defer r.notes.mu.Unlock()
	s, ok := r.notes.sources[name]
	return s, ok
}

// PutSource notes that a run read a source whole. It replaces the read before.
func (l *Ledger) PutSource(ctx context.Context, s SourceRead) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		_, err := t.conn.ExecContext(t.ctx, `INSERT INTO sources (name, rows, run, at) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET rows = excluded.rows, run = excluded.run, at = excluded.at`, s.Name, s.Rows, s.RunID, s.At.UnixMilli())
		if err != nil {
			return nil, err
		}
		t.reader.notes.mu.Lock()
		defer t.reader.notes.mu.Unlock()
		s.At = s.At.UTC().Truncate(time.Millisecond)
		t.reader.notes.sources[s.Name] = s
		return nil, nil
	})
}

// SawMember reports whether AddMembers noted a JSON member of a source.
func (r *Reader) SawMember(source, name string) bool {
	r.notes.mu.Lock()
	defer r.notes.mu.Unlock()
	return r.notes.members[source][name]
}

// AddMembers notes that a finished run saw JSON members in a source; those that are noted stay. The names are the ones
// that templates use, so they are few; an empty name is left out.
func (l *Ledger) AddMembers(ctx context.Context, source string, names []string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		names := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" })
		for _, name := range names {
			if _, err := t.conn.ExecContext(t.ctx, `INSERT INTO members (source, name) VALUES (?, ?) ON CONFLICT DO NOTHING`, source, name); err != nil {
				return nil, err
			}
		}
		t.reader.notes.mu.Lock()
		defer t.reader.notes.mu.Unlock()
		for _, name := range names {
			t.reader.notes.addMember(source, name)
		}
		return nil, nil
	})
}
