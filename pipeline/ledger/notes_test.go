package ledger

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotes(t *testing.T) {
	l := newLedger(t)
	step := Step{"customer", "customer", Owns, "zd-{{ .id }}", "{{ key }}", "run1"}
	later := Step{"customer", "customer", Owns, "{{ .id }}", "", "run2"}
	source := SourceRead{"people", 41, "run1", day}
	if err := errors.Join(l.PutSteps(t.Context(), []Step{step, {Name: "tags", Role: OwnsNothing}}), l.PutSteps(t.Context(), []Step{later}),
		l.PutSource(t.Context(), SourceRead{Name: "people", Rows: 7}), l.PutSource(t.Context(), source),
		l.AddMembers(t.Context(), "people", []string{"a", "", "b"}), l.AddMembers(t.Context(), "people", []string{"b", "c"})); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, _ := l.Step("customer")
		read, _ := l.Source("people")
		if d := cmp.Diff(later, got) + cmp.Diff(source, read) + cmp.Diff([]string{"customer", "tags"}, l.Steps()); d != "" {
			t.Error(d)
		}
		if _, ok := l.Source("tickets"); ok || !l.SawMember("people", "a") || !l.SawMember("people", "c") || l.SawMember("people", "d") || l.SawMember("x", "a") {
			t.Error("members or sources")
		}
		l = reopen(t, l)
	}
}

// TestDrop: a dropped key gives up its id and external id, keeps a mark until it is loaded again, and its old intents do
// not come back.
func TestDrop(t *testing.T) {
	l := newLedger(t)
	mark := func(key string) KeyMark {
		t.Helper()
		m, err := l.KeyMark(t.Context(), "customer", key)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if _, _, err := l.BeginBatch(t.Context(), []Intent{intent("a", 1), intent("b", 1)}); err != nil {
		t.Fatal(err)
	}
	mustSettle(t, l, with(created("a", "id1"), func(e *Entry) { e.ExternalID = "a" }))
	if err := l.Drop(t.Context(), "customer", "b", Forgotten, "run2"); !errors.As(err, new(*EntryError)) {
		t.Error("a key in doubt:", err)
	}
	if err := l.Settle(with(created("c", "id1"), func(e *Entry) { e.Outcome = Existed })); !errors.As(err, new(*OwnedError)) {
		t.Error(err)
	}
	for _, err := range []error{l.Drop(t.Context(), "customer", "a", Forgotten, "run2"), l.Drop(t.Context(), "customer", "new", Undone, "run2")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, found, err := l.Get(t.Context(), "customer", "a"); found || err != nil || mark("a") != Forgotten || mark("new") != Undone || mark("b") != "" {
			t.Error(found, err, mark("a"), mark("new"))
		}
		if _, begun := l.Begun("customer", "a"); begun {
			t.Error("an answered intent came back")
		}
		if _, begun := l.Begun("customer", "b"); !begun {
			t.Error("an open intent is lost")
		}
		l = reopen(t, l)
	}
	mustSettle(t, l, created("c", "id1"))
	mustSettle(t, l, created("a", "id2"))
	if l = reopen(t, l); mark("a") != "" || mark("new") != Undone {
		t.Error(mark("a"))
	}
	if _, err := l.writer.txn.conn.ExecContext(t.Context(), `UPDATE key_marks SET mark = 'forgotten'`); err != nil {
		t.Fatal(err)
	}
	if _, err := l.KeyMark(t.Context(), "customer", "new"); !isDamage(err) {
		t.Error("a changed mark:", err)
	}
}

func TestMarkGone(t *testing.T) {
	l := newLedger(t)
	want := created("k", "id1")
	mustSettle(t, l, want)
	if err := l.MarkGone(t.Context(), "customer", "nobody"); !errors.As(err, new(*EntryError)) {
		t.Error(err)
	}
	if err := l.MarkGone(t.Context(), "customer", "k"); err != nil {
		t.Fatal(err)
	}
	want.Gone = true
	for range 2 {
		if got := mustGet(t, l.Reader, "customer", "k"); got != want {
			t.Error(cmp.Diff(want, got))
		}
		for k, err := range l.Known(t.Context(), "customer") {
			if !k.Gone || err != nil {
				t.Error(k, err)
			}
		}
		l = reopen(t, l)
	}
	again := with(created("k", "id2"), func(e *Entry) { e.Moves, e.RunID = true, "run9" })
	mustSettle(t, l, again)
	if got := mustGet(t, l.Reader, "customer", "k"); got.Gone || got.CreatedIn != "run9" || got.KustomerID != "id2" {
		t.Error(got)
	}
}

// TestCreatedIn: the creating run survives updates and rejections, and goes with the id.
func TestCreatedIn(t *testing.T) {
	l := newLedger(t)
	for _, c := range []struct {
		outcome Outcome
		run     string
	}{{Created, "run1"}, {Updated, "run2"}, {Rejected, "run3"}, {Existed, "run4"}, {Created, "run5"}} {
		e := with(created("k", "id1"), func(e *Entry) { e.Outcome, e.RunID, e.CreatedIn = c.outcome, c.run, "nonsense" })
		mustSettle(t, l, e)
		if got := mustGet(t, l.Reader, "customer", "k"); got.CreatedIn != "run1" || got.RunID != c.run {
			t.Error(c, got)
		}
	}
	mustSettle(t, l, with(created("found", "id2"), func(e *Entry) { e.Outcome = Existed }))
	mustSettle(t, l, with(created("found", "id2"), func(e *Entry) { e.Outcome = Updated }))
	if got := mustGet(t, l.Reader, "customer", "found"); got.CreatedIn != "" {
		t.Error(got)
	}
}
