package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"hash/crc32"
	"sync"
	"time"
)

// KeyMark says why a key has no entry any more.
type KeyMark string

// The marks of keys.
const (
	Undone    KeyMark = "undone"    // undo removed the object: the key is free, and is sent without a sample
	Absent    KeyMark = "absent"    // a person saw that Kustomer does not have it: as Undone
	Forgotten KeyMark = "forgotten" // a person dropped the key, or a look-up found what the key must not have: it is looked up before it is sent
)

// keyMarks counts the marks of each step, so that most steps need not ask the disk.
type keyMarks struct {
	mu    sync.Mutex
	steps map[string]int
}

func (k *keyMarks) any(step string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.steps[step] > 0
}

// set notes how many marks a step has.
func (k *keyMarks) set(step string, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.steps == nil {
		k.steps = map[string]int{}
	}
	k.steps[step] = n
}

func (k *keyMarks) add(step string, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.steps == nil {
		k.steps = map[string]int{}
	}
	k.steps[step] += n
}

// loadKeyMarks counts the marks.
func (r *Reader) loadKeyMarks(ctx context.Context) error {
	rows, err := r.points.QueryContext(ctx, `SELECT s.name, count(*) FROM key_marks m JOIN names s ON s.id = m.step GROUP BY m.step`)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var step string
		var n int
		if err := rows.Scan(&step, &n); err != nil {
			return err
		}
		r.keyMarks.add(step, n)
	}
	return rows.Err()
}

// keyDigest stands for a key in the table of marks: the first half of its SHA-256.
func keyDigest(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:16]
}

func markSum(step int64, digest []byte, mark KeyMark) int64 {
	b := appendString(appendString(nil, string(digest)), string(mark))
	return int64(crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, []byte{byte(step), byte(step >> 8), byte(step >> 16), byte(step >> 24)}))
}

// KeyMark returns the mark of a key, "" when it has none: Drop sets it, and the next outcome with an id takes it away. A
// step without any mark costs no disk.
func (r *Reader) KeyMark(ctx context.Context, step, key string) (KeyMark, error) {
	if err := ctx.Err(); err != nil || !r.keyMarks.any(step) {
		return "", err
	}
	ctx = context.WithoutCancel(ctx)
	number, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil {
		return "", r.fault(err)
	}
	var mark KeyMark
	var sum int64
	digest := keyDigest(key)
	err = r.points.QueryRowContext(ctx, `SELECT mark, sum FROM key_marks WHERE step = ? AND key = ?`, number, digest).Scan(&mark, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil && sum != markSum(number, digest, mark) {
		err = damageError("the mark of a key is not as it was written")
	}
	return mark, r.fault(err)
}

// Drop takes the entry of a key away, with its id and external id, which others may have then, and marks the key. A key
// without an entry is marked all the same. *EntryError, and nothing changes, while a request for the key is in doubt:
// Withdraw or Settle it first.
func (l *Ledger) Drop(ctx context.Context, step, key string, mark KeyMark, runID string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		if t.reader.open.latest(rowID{step, key}) != nil {
			return &EntryError{step, key, "a request for it is in doubt; settle that first with kustsync resolve"}, nil
		}
		return nil, t.drop(step, key, mark, runID)
	})
}

// MarkKey marks a key and leaves its entry as it is. The mark goes with the next outcome that has an id.
func (l *Ledger) MarkKey(ctx context.Context, step, key string, mark KeyMark, runID string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		number, err := t.name(step)
		if err != nil {
			return nil, err
		}
		return nil, t.markKey(number, step, key, mark, runID)
	})
}

// drop takes the entry of a key away and marks the key; no mark: it does not.
func (t *txn) drop(step, key string, mark KeyMark, runID string) error {
	number, err := t.name(step)
	if err != nil {
		return err
	}
	if _, err := t.conn.ExecContext(t.ctx, `DELETE FROM entries WHERE step = ? AND key = ?`, number, key); err != nil {
		return err
	}
	t.rewriteGroups()
	if mark == "" {
		return nil
	}
	return t.markKey(number, step, key, mark, runID)
}

func (t *txn) markKey(number int64, step, key string, mark KeyMark, runID string) error {
	if err := t.unmarkKey(step, key); err != nil {
		return err
	}
	digest := keyDigest(key)
	_, err := t.conn.ExecContext(t.ctx, `INSERT INTO key_marks (step, key, mark, run, at, sum) VALUES (?, ?, ?, ?, ?, ?)`,
		number, digest, string(mark), runID, time.Now().UnixMilli(), markSum(number, digest, mark))
	t.reader.keyMarks.add(step, 1)
	return err
}

// unmarkKey takes the mark of a key away, if it has one.
func (t *txn) unmarkKey(step, key string) error {
	number, ok, err := t.reader.names.find(t.ctx, t.conn, step)
	if !ok || err != nil {
		return err
	}
	result, err := t.conn.ExecContext(t.ctx, `DELETE FROM key_marks WHERE step = ? AND key = ?`, number, keyDigest(key))
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	t.reader.keyMarks.add(step, -int(n))
	return err
}

// rewriteGroups writes every group of intents again with what is open of it. An entry that goes, or gets another key, no
// longer says that the intents of its key are answered.
func (t *txn) rewriteGroups() {
	for _, number := range t.reader.open.groupNumbers() {
		t.markStale(number, true)
	}
	t.markStale(t.reader.open.newest, true)
}
