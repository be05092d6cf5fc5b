package ledger

import (
	"context"
	"slices"
)

// Sample returns an entry of a step that kustsync itself created with an external id, one of the latest, but
// not that of the key except. A look-up that works must find its object.
func (r *Reader) Sample(ctx context.Context, step, except string) (Entry, bool, error) {
	if e, ok, err := r.sampleOf(ctx, r.recentKeys(step), step, except); ok || err != nil {
		return e, ok, err
	}
	if err := r.lookForCreated(ctx, step); err != nil {
		return Entry{}, false, r.fault(err)
	}
	return r.sampleOf(ctx, r.recentKeys(step), step, except)
}

func (r *Reader) sampleOf(ctx context.Context, keys []string, step, except string) (Entry, bool, error) {
	for _, key := range keys {
		if key == except {
			continue
		}
		e, found, err := r.Get(ctx, step, key)
		if err != nil || (found && e.Outcome == Created) {
			return e, err == nil, err
		}
	}
	return Entry{}, false, nil
}

func (r *Reader) recentKeys(step string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.recent[step])
}

// noteCreated remembers the last two keys of a step, so that Sample has one when the other is excepted.
func (r *Reader) noteCreated(step, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch keys := r.recent[step]; {
	case len(keys) > 0 && keys[0] == key:
	case len(keys) < 2:
		r.recent[step] = append([]string{key}, keys...)
	default:
		keys[0], keys[1] = key, keys[0]
	}
}

// forgetCreated forgets the keys that were noted of a step, whose entries have got other keys.
func (r *Reader) forgetCreated(step string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.recent, step)
	delete(r.looked, step)
}

// lookForCreated reads the last two created keys of a step and puts them behind those that were noted since. It reads
// the whole step, so it does so once.
func (r *Reader) lookForCreated(ctx context.Context, step string) error {
	r.mu.Lock()
	looked := r.looked[step]
	r.mu.Unlock()
	stepID, known, err := r.names.find(ctx, r.points, step)
	if looked || !known || err != nil {
		return err
	}
	created, known, err := r.names.find(ctx, r.points, string(Created))
	if !known || err != nil {
		return err
	}
	keys, err := readStrings(ctx, r.scans, `SELECT key FROM entries WHERE step = ? AND outcome = ?
		AND (external_id IS NULL OR external_id > '') ORDER BY updated_at DESC, key LIMIT 2`, stepID, created)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked[step] = true
	r.recent[step] = append(r.recent[step], keys...)
	return nil
}
