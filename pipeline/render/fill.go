package render

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// ConstantRunID is what run_id gives when a payload is hashed: the hash must be the same in every run.
const ConstantRunID = "run"

// ConstantNow is what now gives when a payload is hashed.
func ConstantNow() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }

// Fill renders the payload of a row that has its key, and fits it to a create; it fills Hash and what else of the row
// follows from the payload. The error is a *ParentError, an *UnreadError, an *UnansweredError, a *mappings.Error or a
// *sinks.FitError; some are wrapped in others.
func (r *Renderer) Fill(ctx context.Context, row *Row) error {
	return r.fill(ctx, row, r.findOf(ctx, row))
}

// FillUnasked is Fill without a question to anybody: every find gives a sinks.RunTimeValue, which stands for an answer
// that nobody knows. The payload is not one to send.
func (r *Renderer) FillUnasked(ctx context.Context, row *Row) error {
	return r.fill(ctx, row, r.unasked)
}

// fill is Fill; find is what find gives in the templates.
func (r *Renderer) fill(ctx context.Context, row *Row, find func(kind, by string, args []string) (any, bool, error)) error {
	in := r.input(row, row.Key)
	defer release(in)
	in.Ref, in.Find = r.refOf(ctx, row), find
	room := rooms.Get().(*[32]any)
	defer giveBack(room)
	values, err := r.step.Mapping.Values(in, room[:0])
	if err != nil {
		return err
	}
	if body, has, externalID, ok := r.step.Encoder.Encode(values, row.Key); ok {
		row.write(body)
		row.Members, row.ExternalID = has, externalID
		return nil
	}
	payload, err := r.step.Fit(values, row.Key)
	if err != nil {
		return err
	}
	row.fitted = payload
	if r.step.ByExternalID {
		row.ExternalID, _ = payload[r.step.Spec.ExternalID].(string)
	}
	if r.step.Mapping.Volatile() {
		return r.fillVolatile(row, in, room[:0])
	}
	body, err := sinks.Canonical(payload)
	row.write(body)
	return err
}

// rooms recycles room for the values of most mappings; it holds no state between rows.
var rooms = sync.Pool{New: func() any { return new([32]any) }}

func giveBack(room *[32]any) {
	clear(room[:]) // a pooled room keeps no personal data alive
	rooms.Put(room)
}

// fillVolatile hashes the payload of a row as it would be in any run. Such a row keeps no Body.
func (r *Renderer) fillVolatile(row *Row, in *mappings.Input, room []any) error {
	in.Now, in.RunID = ConstantNow(), ConstantRunID
	values, err := r.step.Mapping.Values(in, room)
	if err != nil {
		return err
	}
	if row.hashed, err = r.step.Fit(values, row.Key); err != nil {
		return err
	}
	body, err := sinks.Canonical(row.hashed)
	row.Bytes, row.Hash = len(body), sha256.Sum256(body)
	return err
}
