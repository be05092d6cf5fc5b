package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"hash/crc32"
	"maps"
	"strconv"
	"sync"
)

// names gives numbers to the texts that repeat in entries: steps, objects, outcomes, sources, runs. A number
// never changes its text, so what is held in memory stays right; it can only be incomplete, and is then read again.
type names struct {
	mu   sync.RWMutex
	text map[int64]string
	id   map[string]int64
}

// load reads all names.
func (n *names) load(ctx context.Context, q querier) error {
	text, id := map[int64]string{}, map[string]int64{}
	rows, err := q.QueryContext(ctx, `SELECT id, name, sum FROM names`)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var i, sum int64
		var s string
		if err := rows.Scan(&i, &s, &sum); err != nil {
			return err
		}
		if sum != nameSum(i, s) {
			return damageError("a name is not as it was written")
		}
		text[i], id[s] = s, i
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.text == nil {
		n.text, n.id = map[int64]string{}, map[string]int64{}
	}
	maps.Copy(n.text, text)
	maps.Copy(n.id, id)
	return rows.Err()
}

// find returns the number of a text, or false when it has none, so that no entry can have it.
func (n *names) find(ctx context.Context, q querier, s string) (int64, bool, error) {
	if id, ok := n.known(s); ok {
		return id, true, nil
	}
	if err := n.load(ctx, q); err != nil {
		return 0, false, err
	}
	id, ok := n.known(s)
	return id, ok, nil
}

// known returns the number of a text that is in memory.
func (n *names) known(s string) (int64, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	id, ok := n.id[s]
	return id, ok
}

// get returns the text of a number that an entry refers to.
func (n *names) get(ctx context.Context, q querier, id int64) (string, error) {
	n.mu.RLock()
	s, ok := n.text[id]
	n.mu.RUnlock()
	if ok {
		return s, nil
	}
	if err := n.load(ctx, q); err != nil {
		return "", err
	}
	n.mu.RLock()
	defer n.mu.RUnlock()
	if s, ok = n.text[id]; !ok {
		return "", damageError(fmt.Sprintf("name %d is missing", id))
	}
	return s, nil
}

// add returns the number of a text, and gives it one in the writer's transaction when it has none.
func (n *names) add(ctx context.Context, insert *sql.Stmt, s string) (int64, error) {
	if id, ok := n.known(s); ok {
		return id, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	id := int64(len(n.id) + 1)
	if _, err := insert.ExecContext(ctx, id, s, nameSum(id, s)); err != nil {
		return 0, err
	}
	n.text[id], n.id[s] = s, id
	return id, nil
}

func nameSum(id int64, s string) int64 {
	return int64(crc32.Checksum(append(strconv.AppendInt(nil, id, 10), s...), castagnoli))
}
