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
	if err != nil || r.step.stencil.fill(t, values) {
		return err
	}
	payload, err := r.fit(values, t.key)
	if err != nil {
		return err
	}
	t.fitted = payload
	if r.step.byExternalID {
		t.externalID, _ = payload[externalIDField].(string)
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
	if t.hashed, err = r.fit(values, t.key); err != nil {
		return err
	}
	body, err := sinks.Canonical(t.hashed)
	t.bytes, t.hash = len(body), sha256.Sum256(body)
	return err
}

// externalIDField is the field by which an object is found again.
const externalIDField = "externalId"

// fit makes a payload of what the mapping gave, and fits it to a create.
func (r *stepRun) fit(rendered []any, key string) (map[string]any, error) {
	values := ownWords(r.step.Mapping.Payload(rendered)).(map[string]any)
	if _, set := values[externalIDField]; !set && r.step.Spec.HasExternalID() {
		values[externalIDField] = key
	}
	return r.step.Spec.FitOwn(sinks.Create, values)
}

// ownWords says mappings.Null and mappings.Later as sinks do: nil, and sinks.Later.
func ownWords(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if _, text := member.(string); !text { // most are, and to write them again costs more than to look
				v[name] = ownWords(member)
			}
		}
	case []any:
		for i, member := range v {
			v[i] = ownWords(member)
		}
	case nil:
		return nil
	case mappings.Later:
		return sinks.Later{Question: v.Question}
	default:
		if v == any(mappings.Null) {
			return nil
		}
	}
	return v
}
