package pipeline

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// What now and run_id give when a payload is hashed: the hash must be the same in every run.
const constantRunID = "run"

func constantNow() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }

// fill renders the payload of a row, and its hash.
func (r *stepRun) fill(ctx context.Context, t *task) error {
	in := t.input(r, t.key)
	in.Ref, in.Find = r.refOf(t), r.findOf(ctx, t)
	room := rooms.Get().(*[32]any)
	defer giveBack(room)
	values, err := r.step.Mapping.Values(in, room[:0])
	if err != nil {
		return err
	}
	if body, has, externalID, ok := r.step.Encoder.Encode(values, t.key); ok {
		t.write(body)
		t.has, t.externalID = has, externalID
		return nil
	}
	payload, err := r.step.Fit(values, t.key)
	if err != nil {
		return err
	}
	t.fitted = payload
	if r.step.ByExternalID {
		t.externalID, _ = payload[r.step.Spec.ExternalID].(string)
	}
	if r.step.Mapping.Volatile() {
		return r.fillVolatile(t, in, room[:0])
	}
	body, err := sinks.Canonical(payload)
	t.write(body)
	return err
}

// rooms recycles room for the values of most mappings; it holds no state between rows.
var rooms = sync.Pool{New: func() any { return new([32]any) }}

func giveBack(room *[32]any) {
	clear(room[:]) // a pooled room keeps no personal data alive
	rooms.Put(room)
}

// write gives the row its payload as JSON.
func (t *task) write(body []byte) {
	t.body, t.bytes, t.hash = body, len(body), sha256.Sum256(body)
}

// fillVolatile hashes the payload of a row as it would be in any run.
func (r *stepRun) fillVolatile(t *task, in *mappings.Input, room []any) error {
	in.Now, in.RunID = constantNow(), constantRunID
	values, err := r.step.Mapping.Values(in, room)
	if err != nil {
		return err
	}
	if t.hashed, err = r.step.Fit(values, t.key); err != nil {
		return err
	}
	body, err := sinks.Canonical(t.hashed)
	t.bytes, t.hash = len(body), sha256.Sum256(body)
	return err
}
