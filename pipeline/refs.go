package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// ParentError says that the object that a row refers to is not there, and what becomes of the row.
type ParentError struct {
	Step, Key string
	Outcome   ledger.Outcome // of the row that refers to it
	Reason    string
}

func (e *ParentError) Error() string {
	return fmt.Sprintf("%s %q %s", e.Step, e.Key, e.Reason)
}

// unreadError says that the ledger could not be asked, which is no fault of a row.
type unreadError struct{ err error }

func (e *unreadError) Error() string { return "reading the ledger: " + e.err.Error() }
func (e *unreadError) Unwrap() error { return e.err }

// refOf is what ref gives in the templates of a row.
func (r *stepRun) refOf(t *task) func(step string, key *string) (string, error) {
	return func(step string, key *string) (string, error) { return r.refer(t, step, key) }
}

// refer returns the Kustomer id of another step's object; key nil is the key that the row has there.
func (r *stepRun) refer(t *task, name string, key *string) (string, error) {
	parent, ok := r.plan.Step(name)
	if !ok {
		return "", fmt.Errorf("ref: there is no step %q", name)
	}
	id, at, err := r.referTo(t, parent, key)
	if err == nil && r.undoes(parent) {
		t.undoes = append(t.undoes, parentRef{parent, at.key, id})
	}
	return id, err
}

// referTo is refer, once the step is known; it also returns which object that is.
func (r *stepRun) referTo(t *task, parent *program.Step, key *string) (id string, at parentKey, err error) {
	name := parent.Name()
	own, skipped, err := r.inParent(&t.view, parent)
	if key == nil {
		if err != nil {
			return "", at, fmt.Errorf("ref %q: the row has no key in that step: %w", name, err)
		}
		key = &own
	}
	if *key == "" {
		return "", at, fmt.Errorf("ref %q: the key is empty", name)
	}
	at = parentKey{name, *key}
	if id, ok := r.ids.get(at); ok {
		return id, at, nil
	}
	id, err = r.parentID(t, at)
	if r.preview && skipped && own == *key {
		err = &ParentError{Step: name, Key: own}
	}
	var missing *ParentError
	if errors.As(err, &missing) && skipped && own == *key {
		missing.Outcome, missing.Reason = ledger.Skipped, "is skipped on the same row"
	}
	if err == nil && !r.opts.DryRun { // a stand-in is made anew for each row, which shows it as what it stands for
		r.ids.put(at, id)
	}
	return id, at, err
}

// inParent renders the key that a row has in another step of the same source, and reports whether
// that step skips the row. Rows of another source have none.
func (r *stepRun) inParent(v *view, parent *program.Step) (key string, skipped bool, err error) {
	if parent.Source != r.step.Source {
		return "", false, nil
	}
	seen := *v
	if parent.Config.Each.Value == "" {
		seen = v.outer()
	}
	in := seen.input(r, "")
	if key, err = parent.Key.Text(&in); err != nil {
		return "", false, err
	}
	if parent.When != nil {
		wanted, err := parent.When.Bool(&in)
		skipped = err == nil && !wanted
	}
	return key, skipped, nil
}

// parentID finds the id of an object that an earlier step, or an earlier run, loaded.
func (r *stepRun) parentID(t *task, at parentKey) (string, error) {
	var entry ledger.Entry
	var known bool
	if r.read != nil {
		var err error
		if entry, known, err = r.read.Get(r.send, at.step, at.key); err != nil {
			return "", &unreadError{err}
		}
		if entry.Loaded() {
			return entry.KustomerID, nil
		}
	}
	if id, ok := r.seenAs(at); ok {
		return id, nil
	}
	if r.opts.DryRun && r.plannedIn(at) && !r.isUnsettled(at) {
		return t.stand.id(at), nil
	}
	return "", r.missing(at, entry, known)
}

// missing says why an object has no id.
func (r *stepRun) missing(at parentKey, entry ledger.Entry, known bool) error {
	e := &ParentError{Step: at.step, Key: at.key, Outcome: ledger.Rejected}
	r.mu.Lock()
	unsettled, rejected := r.unsettled.Has(at), r.rejects.Has(at)
	r.mu.Unlock()
	inDoubt := false
	if r.read != nil {
		_, inDoubt = r.read.Begun(at.step, at.key)
	}
	switch {
	case unsettled || inDoubt:
		e.Outcome, e.Reason = ledger.NotAttempted, "is not settled yet"
	case rejected || known && entry.RunID == r.opts.RunID:
		e.Reason = "was rejected"
	case r.partial():
		e.Outcome, e.Reason = ledger.NotAttempted, "was not read by this run"
	case known:
		e.Reason = "was rejected"
	default:
		e.Reason = "was never loaded; is its row in the source, and its step before this one?"
	}
	return e
}

// isUnsettled reports whether this run came to the object's row and could not settle it.
func (e *engine) isUnsettled(at parentKey) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.unsettled.Has(at)
}

// plannedIn reports whether this dry run would load the object.
func (e *engine) plannedIn(at parentKey) bool {
	idx := e.indexes[at.step]
	return e.preview || idx != nil && idx.Get(at.key).Has(index.Owned)
}

// idCache keeps the ids that were asked for last: rows that refer to one object stand close together.
type idCache struct {
	mu  sync.Mutex
	ids map[parentKey]string
}

const maxCachedIDs = 8192

func newIDCache() *idCache { return &idCache{ids: map[parentKey]string{}} }

func (c *idCache) get(at parentKey) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.ids[at]
	return id, ok
}

func (c *idCache) put(at parentKey, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ids) >= maxCachedIDs {
		clear(c.ids)
	}
	c.ids[at] = id
}

// standIns gives objects that are not loaded yet an id of the right form, and shows it as what it stands
// for: <id of customer "zd-1">. They are those of one row; nil remembers none.
type standIns map[string]string

// id makes a stand-in.
func (s standIns) id(at parentKey) string {
	sum := sha256.Sum256([]byte(at.step + "\x00" + at.key))
	id := hex.EncodeToString(sum[:12])
	if s != nil {
		s[id] = fmt.Sprintf("<id of %s %q>", at.step, at.key)
	}
	return id
}

// among reports whether one of the texts holds a stand-in.
func (s standIns) among(texts []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return s.showText(text) != text })
}

// show replaces stand-ins in a text or, deeply, in a copy of a payload.
func (s standIns) show(v any) any {
	switch v := v.(type) {
	case string:
		return s.showText(v)
	case sinks.Later:
		return v.String()
	case []any:
		shown := make([]any, len(v))
		for i := range v {
			shown[i] = s.show(v[i])
		}
		return shown
	case map[string]any:
		shown := make(map[string]any, len(v))
		for name := range v {
			shown[name] = s.show(v[name])
		}
		return shown
	}
	return v
}

func (s standIns) showText(text string) string {
	for id, stands := range s {
		text = strings.ReplaceAll(text, id, stands)
	}
	return text
}
