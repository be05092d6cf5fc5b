package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Counts returns the number of entries by step and outcome, as Entries shows them.
func (r *Reader) Counts(ctx context.Context) (map[string]map[Outcome]int, error) {
	counts, err := r.counts(ctx)
	if err != nil {
		return nil, r.fault(err)
	}
	return counts, nil
}

func (r *Reader) counts(ctx context.Context) (map[string]map[Outcome]int, error) {
	tx, err := r.scans.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	counts, err := countStored(ctx, tx)
	if err != nil {
		return nil, err
	}
	open, err := readOpenIntents(ctx, tx, r.names, r.format)
	if err != nil {
		return nil, err
	}
	for _, in := range open.listLatest() {
		outcome, err := storedOutcome(ctx, tx, in)
		if err != nil {
			return nil, err
		}
		if outcome != "" {
			if counts[in.Step][outcome]--; counts[in.Step][outcome] == 0 {
				delete(counts[in.Step], outcome)
			}
		}
		addCount(counts, in.Step, InDoubt, 1)
	}
	return counts, nil
}

// StepsWithEntries returns the names of the steps that the ledger has entries of, sorted. It takes one look into the
// index for each, however many entries there are.
func StepsWithEntries(ctx context.Context, r *Reader) ([]string, error) {
	steps, err := readSteps(ctx, r.scans, nil)
	return steps, r.fault(err)
}

func countStored(ctx context.Context, q querier) (map[string]map[Outcome]int, error) {
	rows, err := q.QueryContext(ctx, `SELECT s.name, o.name, n FROM (SELECT step, outcome, count(*) AS n FROM entries GROUP BY step, outcome) e
		JOIN names s ON s.id = e.step JOIN names o ON o.id = e.outcome`)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	counts := map[string]map[Outcome]int{}
	for rows.Next() {
		var step, outcome string
		var n int
		if err := rows.Scan(&step, &outcome, &n); err != nil {
			return nil, err
		}
		addCount(counts, step, Outcome(outcome), n)
	}
	return counts, rows.Err()
}

func addCount(counts map[string]map[Outcome]int, step string, o Outcome, n int) {
	if counts[step] == nil {
		counts[step] = map[Outcome]int{}
	}
	counts[step][o] += n
}

// storedOutcome returns the outcome of the entry of an intent's key, "" when there is none.
func storedOutcome(ctx context.Context, q querier, in Intent) (Outcome, error) {
	var s string
	err := q.QueryRowContext(ctx, `SELECT o.name FROM entries e JOIN names o ON o.id = e.outcome
		WHERE e.step = (SELECT id FROM names WHERE name = ?) AND e.key = ?`, in.Step, in.Key).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("count doubts: %w", err)
	}
	return Outcome(s), nil
}
