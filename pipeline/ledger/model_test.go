package ledger

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// model is the ledger in its simplest form: what is settled, and what was begun and not answered.
type model struct {
	entries map[rowID]Entry
	begun   map[rowID][]Intent
}

// owner returns the key that an external id belongs to.
func (m *model) owner(c claim) (rowID, bool) {
	for k, all := range m.begun {
		for _, in := range all {
			if (claim{in.Object, in.ExternalID}) == c {
				return k, true
			}
		}
	}
	for k, e := range m.entries {
		if e.Loaded() && e.Role.claims() && (claim{e.Object, e.ExternalID}) == c {
			return k, true
		}
	}
	return rowID{}, false
}

func (m *model) claimed(object, externalID string, k rowID) bool {
	owner, found := m.owner(claim{object, externalID})
	return externalID != "" && found && owner != k
}

// owned reports whether another key owns the object of an entry.
func (m *model) owned(e Entry, k rowID) bool {
	for other, o := range m.entries {
		if other != k && o.Role == Owns && o.Object == e.Object && o.KustomerID == e.KustomerID {
			return true
		}
	}
	return false
}

// settle applies an outcome, or reports that it is refused.
func (m *model) settle(e Entry) bool {
	k := rowID{e.Step, e.Key}
	old := m.entries[k]
	keep := e.Outcome == Rejected
	switch {
	case e.Outcome == InDoubt:
		return false
	case keep && old.Loaded():
		e.Object, e.ExternalID, e.KustomerID, e.Hash = old.Object, old.ExternalID, old.KustomerID, old.Hash
		e.Role, e.CreatedIn = old.Role, old.CreatedIn
	case keep:
		e.KustomerID, e.Hash = "", Hash{}
	case e.KustomerID == "", old.Loaded() && old.KustomerID != e.KustomerID, e.Role.claims() && m.claimed(e.Object, e.ExternalID, k):
		return false
	case e.Role == Owns && m.owned(e, k):
		return false
	default:
		if e.CreatedIn = old.CreatedIn; e.CreatedIn == "" && e.Outcome == Created {
			e.CreatedIn = e.RunID
		}
	}
	m.entries[k] = e
	delete(m.begun, k)
	return true
}

// shown is what Entries must yield.
func (m *model) shown() []Entry {
	keys := slices.Collect(maps.Keys(m.entries))
	for k := range m.begun {
		if _, ok := m.entries[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compareIDs)
	var all []Entry
	for _, k := range keys {
		e := m.entries[k]
		if open := m.begun[k]; len(open) > 0 {
			e = inDoubt(open[len(open)-1], e)
		}
		all = append(all, e)
	}
	return all
}

var (
	texts    = rapid.OneOf(rapid.SampledFrom([]string{"a", "b", "ä\x00\xff", "%", "a'b"}), rapid.StringN(1, 3, 8))
	moments  = rapid.Map(rapid.Int64Range(0, 4e12), func(ms int64) time.Time { return time.UnixMilli(ms).UTC() })
	steps    = rapid.SampledFrom([]string{"customer", "vip", "message"})
	outcomes = rapid.SampledFrom([]Outcome{Created, Created, Updated, Existed, Rejected, Rejected, InDoubt})
)

func drawIntent(t *rapid.T) Intent {
	in := Intent{
		Step: steps.Draw(t, "step"), Key: texts.Draw(t, "key"), Object: "customer", Hash: Hash{rapid.Byte().Draw(t, "hash")},
		KustomerID: rapid.SampledFrom([]string{"", "id1"}).Draw(t, "id"), Place: Place{texts.Draw(t, "source"), rapid.IntRange(0, 9).Draw(t, "line")},
		Attempt: rapid.IntRange(1, 3).Draw(t, "attempt"), RunID: rapid.SampledFrom([]string{"run", "run2"}).Draw(t, "run"), At: moments.Draw(t, "at"),
	}
	if in.Step == "message" {
		in.Object = "message"
	}
	in.ExternalID = rapid.SampledFrom([]string{in.Key, in.Key, in.Key, "", "a", "x"}).Draw(t, "external id")
	return in
}

func drawEntry(t *rapid.T) Entry {
	in := drawIntent(t)
	return Entry{
		Step: in.Step, Key: in.Key, Object: in.Object, ExternalID: in.ExternalID, Hash: in.Hash, Place: in.Place, Attempts: in.Attempt,
		Outcome: outcomes.Draw(t, "outcome"), KustomerID: rapid.SampledFrom([]string{"id1", "id1", "id1", "id2", ""}).Draw(t, "new id"),
		HTTPStatus: 200, Error: texts.Draw(t, "error"), RunID: in.RunID, UpdatedAt: in.At,
		Role: rapid.SampledFrom([]Role{Owns, Owns, OwnsNothing, Alias, Shares}).Draw(t, "role"),
	}
}

// unsynced makes the ledger of a test faster: it needs no syncs.
func unsynced(t testing.TB, l *Ledger) {
	t.Helper()
	if _, err := l.writer.txn.conn.ExecContext(t.Context(), `PRAGMA synchronous = off`); err != nil {
		t.Fatal(err)
	}
}

// TestLedgerIsItsModel: after any calls a ledger returns what the model returns, before and after it is opened again.
func TestLedgerIsItsModel(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := open1(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	empty := readFiles(t, path)
	rapid.Check(t, func(rt *rapid.T) {
		empty.write(t, path)
		l := open1(t, path)
		defer func() { _ = l.Close() }()
		unsynced(t, l)
		m := model{map[rowID]Entry{}, map[rowID][]Intent{}}
		refusal := func(err error) bool {
			return errors.As(err, new(*ClaimedError)) || errors.As(err, new(*OwnedError)) || errors.As(err, new(*EntryError))
		}
		rt.Repeat(map[string]func(*rapid.T){
			"begin": func(rt *rapid.T) {
				in := drawIntent(rt)
				err := l.Begin(t.Context(), in)
				if refused := m.claimed(in.Object, in.ExternalID, in.id()); refused != refusal(err) || (err != nil && !refused) {
					rt.Fatalf("begin %+v: refused %v, %v", in, refused, err)
				} else if !refused {
					m.begun[in.id()] = append(m.begun[in.id()], in)
				}
			},
			"settle": func(rt *rapid.T) {
				e := drawEntry(rt)
				err := l.Settle(e)
				if taken := m.settle(e); taken == refusal(err) || (err != nil && taken) {
					rt.Fatalf("settle %+v: taken %v, %v", e, taken, err)
				}
			},
			"settle what is begun": func(rt *rapid.T) {
				if len(m.begun) == 0 {
					rt.Skip()
				}
				k := rapid.SampledFrom(slices.SortedFunc(maps.Keys(m.begun), compareIDs)).Draw(rt, "begun")
				e := drawEntry(rt)
				in := m.begun[k][len(m.begun[k])-1]
				e.Step, e.Key, e.Object, e.ExternalID = k.step, k.key, in.Object, in.ExternalID
				err := l.Settle(e)
				if taken := m.settle(e); taken == refusal(err) || (err != nil && taken) {
					rt.Fatalf("settle %+v: taken %v, %v", e, taken, err)
				}
			},
			"withdraw": func(rt *rapid.T) {
				k := rowID{steps.Draw(rt, "step"), texts.Draw(rt, "key")}
				if err := l.Withdraw(t.Context(), k.step, k.key); err != nil {
					rt.Fatal(err)
				}
				if open := m.begun[k]; len(open) > 1 {
					m.begun[k] = open[:len(open)-1]
				} else {
					delete(m.begun, k)
				}
			},
			"compare": func(rt *rapid.T) { compare(rt, l.Reader, &m) },
			"reopen": func(rt *rapid.T) {
				if rapid.IntRange(0, 4).Draw(rt, "seldom") != 0 {
					return // it takes long
				}
				l = reopen(t, l)
				unsynced(t, l)
				compare(rt, l.Reader, &m)
			},
		})
		compare(rt, l.Reader, &m)
	})
}

// compare compares all that the model knows with what the ledger returns.
func compare(rt *rapid.T, r *Reader, m *model) {
	if d := cmp.Diff(m.shown(), allEntries(rt, r, Filter{})); d != "" {
		rt.Fatal(d)
	}
	for k, want := range m.entries {
		if got, _, err := r.Get(context.Background(), k.step, k.key); got != want || err != nil {
			rt.Fatal(cmp.Diff(want, got), err)
		}
	}
	for k, e := range m.entries {
		step, key, found, err := r.OwnerOfID(context.Background(), e.Object, e.KustomerID)
		if owns := e.Loaded() && e.Role == Owns; err != nil || owns && (!found || (rowID{step, key}) != k) || !owns && (rowID{step, key}) == k {
			rt.Fatal("owner of id", e, step, key, found, err)
		}
	}
	for _, c := range []claim{{"customer", "a"}, {"message", "x"}} {
		step, key, found, err := r.Owner(context.Background(), c.object, c.externalID)
		if owner, ok := m.owner(c); err != nil || found != ok || (rowID{step, key}) != owner {
			rt.Fatal("owner", c, step, key, owner, err)
		}
	}
}
