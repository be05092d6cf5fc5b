package pipeline

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
)

// seen is an object of the first step of a pipeline that a person saw for a key.
func (b *bench) seen(key, id, externalID string) Seen {
	b.t.Helper()
	p := b.mustPlan()
	return Seen{Step: p.Steps[0], Key: key, ID: id, ExternalID: externalID}
}

// resolve settles a key by the id of the object that a person saw; "": it is not there.
func (b *bench) resolve(l *ledger.Ledger, step, key, id string) error {
	b.t.Helper()
	s, ok := b.mustPlan().Step(step)
	if !ok {
		b.t.Fatal("there is no step", step)
	}
	if id == "" {
		_, err := ResolveGone(b.t.Context(), l, step, key, ledger.Absent)
		return err
	}
	_, err := ResolveCreated(b.t.Context(), l, Seen{Step: s, Key: key, ID: id})
	return err
}

func objectID(digit string) string { return strings.Repeat(digit, 24) }

// TestResolve: a person says of a row in doubt whether the object is there; the next run need not wait, and sends it or not.
func TestResolve(t *testing.T) {
	for _, c := range []struct{ id, want string }{{"", "created 1"}, {objectID("a"), "unchanged 1"}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, tickets, ticketRows(1))
			b.service.fault = func(string, string, int) fault { return lostBefore }
			want(t, b.mustRun(), "in_doubt 1")
			b.withLedger(func(l *ledger.Ledger) {
				if err := b.resolve(l, "ticket", "t0", c.id); err != nil {
					t.Error(err)
				}
			})
			b.service.fault = nil
			start := time.Now()
			want(t, b.mustRun(), c.want)
			if took := time.Since(start); took > time.Second {
				t.Errorf("the run waited %v for a row that was resolved", took)
			}
		})
	}
}

// TestResolveAnyKey: what a person says holds for keys in every state.
func TestResolveAnyKey(t *testing.T) {
	a, other := objectID("a"), objectID("b")
	loaded := ledger.Entry{Step: "ticket", Key: "t0", Object: "ticket", ExternalID: "t0", Outcome: ledger.Created, KustomerID: a,
		Hash: ledger.Hash{7}, Place: ledger.Place{Source: "old.csv", Line: 3}, RunID: "r1"}
	rejected := loaded
	rejected.Outcome, rejected.KustomerID, rejected.Hash, rejected.ExternalID = ledger.Rejected, "", ledger.Hash{}, "own"
	alias := loaded
	alias.Outcome, alias.Role = ledger.Existed, ledger.Alias
	begun := ledger.Intent{Step: "ticket", Key: "t0", Object: "ticket", ExternalID: "begun", Hash: ledger.Hash{9}, RunID: "r2", Attempt: 2}
	update := begun
	update.KustomerID = a
	type result struct {
		Known              bool
		Outcome            ledger.Outcome
		ID, ExternalID     string
		Hash               byte
		CreatedIn, Message string
		Role               ledger.Role
	}
	for _, c := range []struct {
		name   string
		before []ledger.Entry
		begun  []ledger.Intent
		id     string
		shown  string
		want   result
	}{
		{name: "unknown", id: a, shown: "of the object", want: result{Outcome: ledger.Existed, ID: a, ExternalID: "of the object"}},
		{name: "unknown, and the object has no external id", id: a, want: result{Outcome: ledger.Existed, ID: a, ExternalID: "t0"}},
		{name: "rejected", before: []ledger.Entry{rejected}, id: a, shown: "x", want: result{Known: true, Outcome: ledger.Existed, ID: a, ExternalID: "own"}},
		{name: "loaded, the same object", before: []ledger.Entry{loaded}, id: a, want: result{Known: true, Outcome: ledger.Existed, ID: a, ExternalID: "t0", CreatedIn: "r1"}},
		{name: "loaded, another object", before: []ledger.Entry{loaded}, id: other, want: result{Known: true, Outcome: ledger.Existed, ID: other, ExternalID: "t0"}},
		{name: "begun", begun: []ledger.Intent{begun, begun}, id: a, want: result{Known: true, Outcome: ledger.Created, ID: a, ExternalID: "begun", Hash: 9, CreatedIn: "r2"}},
		{name: "an update in doubt", before: []ledger.Entry{loaded}, begun: []ledger.Intent{update}, id: a, want: result{Known: true, Outcome: ledger.Updated, ID: a, ExternalID: "begun", Hash: 9, CreatedIn: "r1"}},
		{name: "an update in doubt, another object", before: []ledger.Entry{loaded}, begun: []ledger.Intent{update}, id: other, want: result{Known: true, Outcome: ledger.Existed, ID: other, ExternalID: "begun"}},
		{name: "an alias, the same object", before: []ledger.Entry{alias}, id: a, want: result{Known: true, Outcome: ledger.Existed, ID: a, ExternalID: "t0", Role: ledger.Alias}},
		{name: "an alias, another object", before: []ledger.Entry{alias}, id: other, want: result{Known: true, Outcome: ledger.Existed, ID: other, ExternalID: "t0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, tickets, ticketRows(1))
			b.withLedger(func(l *ledger.Ledger) {
				for _, e := range c.before {
					if err := l.Settle(e); err != nil {
						t.Fatal(err)
					}
				}
				for _, in := range c.begun {
					if err := l.Begin(t.Context(), in); err != nil {
						t.Fatal(err)
					}
				}
				r, err := ResolveCreated(t.Context(), l, b.seen("t0", c.id, c.shown))
				if err != nil {
					t.Fatal(err)
				}
				got := result{r.Known, r.After.Outcome, r.After.KustomerID, r.After.ExternalID, r.After.Hash[0], r.After.CreatedIn, "", r.After.Role}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Error(d)
				}
				if _, ok := l.Begun("ticket", "t0"); ok {
					t.Error("it is in doubt still")
				}
			})
		})
	}
}

// TestResolveRefusesTheObjectOfAnotherKey: neither the id nor the external id of a resolved object belongs to another key.
func TestResolveRefusesTheObjectOfAnotherKey(t *testing.T) {
	b := newBench(t, tickets, ticketRows(1))
	a := objectID("a")
	b.withLedger(func(l *ledger.Ledger) {
		if err := l.Settle(ledger.Entry{Step: "ticket", Key: "t1", Object: "ticket", ExternalID: "t1", Outcome: ledger.Created, KustomerID: a}); err != nil {
			t.Fatal(err)
		}
		if err := l.Begin(t.Context(), ledger.Intent{Step: "ticket", Key: "t2", Object: "ticket", ExternalID: "x"}); err != nil {
			t.Fatal(err)
		}
		_, err := ResolveCreated(t.Context(), l, b.seen("t0", a, ""))
		if owned, ok := errors.AsType[*ledger.OwnedError](err); !ok || owned.Key != "t1" {
			t.Error("an id of another key:", err)
		}
		rejected := ledger.Entry{Step: "ticket", Key: "known", Object: "ticket", ExternalID: "own", Outcome: ledger.Rejected}
		if err := l.Settle(rejected); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"t0", "known"} {
			for shown, owner := range map[string]string{"t1": "t1", "x": "t2"} {
				_, err = ResolveCreated(t.Context(), l, b.seen(key, objectID("b"), shown))
				if claimed, ok := errors.AsType[*ledger.ClaimedError](err); !ok || claimed.Key != owner {
					t.Errorf("%s: the external id %q of another key: %v", key, shown, err)
				}
			}
			if e, _, err := l.Get(t.Context(), "ticket", key); e.Loaded() || err != nil {
				t.Error("something was recorded:", e, err)
			}
		}
	})
}

// TestResolveSharesWithTheSameKey: the same key with the same external id in two steps names one object.
func TestResolveSharesWithTheSameKey(t *testing.T) {
	b := newBench(t, tickets, ticketRows(1))
	a := objectID("a")
	b.withLedger(func(l *ledger.Ledger) {
		if err := l.Settle(ledger.Entry{Step: "authors", Key: "t0", Object: "ticket", ExternalID: "t0", Outcome: ledger.Created, KustomerID: a}); err != nil {
			t.Fatal(err)
		}
		r, err := ResolveCreated(t.Context(), l, b.seen("t0", a, "t0"))
		if err != nil || r.After.Role != ledger.Shares {
			t.Errorf("the role is %v, %v", r.After.Role, err)
		}
	})
}

// TestResolveGone: a key that is not there gives up what the ledger knew, and its finalizer's entry goes with it.
func TestResolveGone(t *testing.T) {
	for _, mark := range []ledger.KeyMark{ledger.Absent, ledger.Forgotten} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, tickets, ticketRows(1))
			want(t, b.mustRun(), "created 1")
			b.withLedger(func(l *ledger.Ledger) {
				if err := l.Settle(ledger.Entry{Step: program.FinalizerName("ticket"), Key: "t0", Object: "ticket", Outcome: ledger.Updated,
					KustomerID: objectID("a"), Role: ledger.OwnsNothing}); err != nil {
					t.Fatal(err)
				}
				r, err := ResolveGone(t.Context(), l, "ticket", "t0", mark)
				if err != nil || !r.Known || !r.Before.Loaded() {
					t.Error(r, err)
				}
				for e, err := range l.Entries(t.Context(), ledger.Filter{}) {
					t.Error("left:", e, err)
				}
				if m, err := l.KeyMark(t.Context(), "ticket", "t0"); m != mark || err != nil {
					t.Errorf("the mark is %q, %v", m, err)
				}
				if r, err := ResolveGone(t.Context(), l, "ticket", "nobody", mark); r.Known || err != nil {
					t.Error("a key that the ledger does not know:", r, err)
				}
			})
		})
	}
}

// TestResolveAnUpdateAsAbsent: where an update of an object is in doubt, absent says that the update did not happen, and the
// object stays known: it would be made twice otherwise. To say that the object is gone, a person says absent once more;
// forget takes all away.
func TestResolveAnUpdateAsAbsent(t *testing.T) {
	b := newBench(t, tickets, ticketRows(1))
	loaded := ledger.Entry{Step: "ticket", Key: "t0", Object: "ticket", ExternalID: "t0", Outcome: ledger.Created, KustomerID: objectID("a")}
	update := ledger.Intent{Step: "ticket", Key: "t0", Object: "ticket", ExternalID: "t0", KustomerID: objectID("a"), Attempt: 2}
	b.withLedger(func(l *ledger.Ledger) {
		for _, c := range []struct {
			mark  ledger.KeyMark
			begun bool
			kept  bool
		}{{ledger.Absent, true, true}, {ledger.Absent, false, false}, {ledger.Forgotten, true, false}} {
			if err := l.Settle(loaded); err != nil {
				t.Fatal(err)
			}
			if c.begun {
				if err := errors.Join(l.Begin(t.Context(), update), l.Begin(t.Context(), update)); err != nil {
					t.Fatal(err)
				}
			}
			r, err := ResolveGone(t.Context(), l, "ticket", "t0", c.mark)
			if r.After.Loaded() != c.kept || err != nil {
				t.Errorf("%s: kept %v, %v", c.mark, r.After.Loaded(), err)
			}
			e, _, err := l.Get(t.Context(), "ticket", "t0")
			if _, begun := l.Begun("ticket", "t0"); begun || e.Loaded() != c.kept || err != nil {
				t.Errorf("%s: in doubt %v, the ledger has %v, %v", c.mark, begun, e, err)
			}
		}
	})
}
