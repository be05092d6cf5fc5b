package ledger

import (
	"errors"
	"testing"
)

func TestClaims(t *testing.T) {
	other := func(key string) Intent { return Intent{Step: "vip", Key: key, Object: "customer", ExternalID: "x"} }
	third := Intent{Step: "conversation", Key: "x", Object: "conversation", ExternalID: "x"}
	claimed := new(ClaimedError)
	want := ClaimedError{"customer", "x", "customer", "x"}

	l := newLedger(t)
	mustBegin(t, l, intent("x", 1))
	if err := l.Begin(t.Context(), other("v")); !errors.As(err, &claimed) || *claimed != want {
		t.Fatal("begun by another key:", err)
	}
	if err := l.Begin(t.Context(), third); err != nil {
		t.Fatal("another kind of object:", err)
	}
	l = reopen(t, l)
	if err := l.Begin(t.Context(), other("v")); !errors.As(err, &claimed) {
		t.Fatal("begun by an earlier run:", err)
	}
	mustSettle(t, l, created("x", "id1"))
	for range 2 {
		if err := l.Begin(t.Context(), other("x")); !errors.As(err, &claimed) || *claimed != want {
			t.Fatal("loaded by another step:", err)
		}
		e := with(created("v", "id2"), func(e *Entry) { e.ExternalID = "x" })
		if err := l.Settle(e); !errors.As(err, &claimed) || *claimed != want {
			t.Fatal("loaded without an intent:", err)
		}
		if _, ok := l.Begun("vip", "x"); ok {
			t.Fatal("a refused intent was recorded")
		}
		step, key, found, err := l.Owner(t.Context(), "customer", "x")
		if step != "customer" || key != "x" || !found || err != nil {
			t.Fatal(step, key, found, err)
		}
		l = reopen(t, l)
	}
	mustBegin(t, l, intent("x", 2)) // the owner itself
	if len(l.claims.held) != 2 {
		t.Error(l.claims.held)
	}
}

func TestExplicitExternalIDs(t *testing.T) {
	l := newLedger(t)
	mustSettle(t, l, with(created("a", "id1"), func(e *Entry) { e.ExternalID = "b" }))
	for range 2 {
		if err := l.Begin(t.Context(), intent("b", 1)); !errors.As(err, new(*ClaimedError)) {
			t.Fatal(err)
		}
		l = reopen(t, l)
	}
	none := with(created("c", "id2"), func(e *Entry) { e.ExternalID = "" })
	mustSettle(t, l, none)
	if got := mustGet(t, l.Reader, "customer", "c"); got != none {
		t.Error(got)
	}
	mustBegin(t, l, intent("a", 2)) // gives b up
	mustSettle(t, l, with(created("a", "id1"), func(e *Entry) { e.Outcome = Updated }))
	mustBegin(t, l, intent("b", 1))
}

func TestRejectedClaimsNothing(t *testing.T) {
	l := newLedger(t)
	mustSettle(t, l, with(created("a", ""), func(e *Entry) { e.Outcome, e.ExternalID = Rejected, "x" }))
	mustBegin(t, l, with1(intent("b", 1), "x"))
	if err := l.Withdraw(t.Context(), "customer", "b"); err != nil {
		t.Fatal(err)
	}
	mustBegin(t, l, with1(intent("c", 1), "x"))
}

func with1(in Intent, externalID string) Intent { in.ExternalID = externalID; return in }
