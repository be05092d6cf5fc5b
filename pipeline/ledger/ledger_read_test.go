package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEntriesAndCounts(t *testing.T) {
	l := newLedger(t)
	for _, key := range []string{"b", "d"} {
		mustSettle(t, l, created(key, "id-"+key))
	}
	mustSettle(t, l, with(created("f", ""), func(e *Entry) { e.Outcome = Rejected }))
	for _, key := range []string{"a", "d", "g"} {
		mustBegin(t, l, intent(key, 2))
	}
	mustBegin(t, l, Intent{Step: "alpha", Key: "z", Object: "note"})
	reader, err := OpenReadOnly(l.path, binding)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	for name, r := range map[string]*Reader{"writer": l.Reader, "reader": reader} {
		var got []string
		for _, e := range allEntries(t, r, Filter{}) {
			got = append(got, fmt.Sprint(e.Step, " ", e.Key, " ", e.Outcome, " ", e.KustomerID))
		}
		want := []string{"alpha z in_doubt ", "customer a in_doubt ", "customer b created id-b", "customer d in_doubt id-d", "customer f rejected ", "customer g in_doubt "}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(name, d)
		}
		counts, err := r.Counts(t.Context())
		if err != nil {
			t.Error(name, err)
		}
		if d := cmp.Diff(map[string]map[Outcome]int{"alpha": {InDoubt: 1}, "customer": {Created: 1, InDoubt: 3, Rejected: 1}}, counts); d != "" {
			t.Error(name, d)
		}
		for f, want := range map[Filter]int{
			{Step: "customer"}: 5, {Step: "none"}: 0, {Key: "d"}: 1, {Outcome: InDoubt}: 4, {Step: "customer", Outcome: Created}: 1,
			{Step: "customer", Key: "d"}: 1, {Step: "customer", Key: "d", Outcome: Created}: 0,
		} {
			if got := allEntries(t, r, f); len(got) != want {
				t.Error(name, f, got)
			}
		}
		for range r.Entries(t.Context(), Filter{}) {
			break // an iterator may be left early
		}
	}
}

func TestKnown(t *testing.T) {
	l := newLedger(t)
	mustSettle(t, l, created("b", "id1"))
	mustSettle(t, l, with(created("a", ""), func(e *Entry) { e.Outcome = Rejected }))
	mustSettle(t, l, with(created("b", ""), func(e *Entry) { e.Outcome = Rejected }))
	mustSettle(t, l, with(created("c", "id2"), func(e *Entry) { e.Step = "other" }))
	var got []Known
	for k, err := range l.Known(t.Context(), "customer") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, k)
	}
	if d := cmp.Diff([]Known{{"a", Rejected, false, Hash{}, false, false}, {"b", Rejected, true, Hash{1, 1}, false, false}}, got); d != "" {
		t.Fatal(d)
	}
	for k, err := range l.Known(t.Context(), "no such step") {
		t.Fatal(k, err)
	}
}

func TestSample(t *testing.T) {
	l := newLedger(t)
	sample := func(except string) string {
		t.Helper()
		e, found, err := l.Sample(t.Context(), "customer", except)
		if err != nil || found != (e.Key != "") {
			t.Fatal(e, found, err)
		}
		return e.Key
	}
	if got := sample(""); got != "" {
		t.Fatal(got)
	}
	for i, key := range []string{"c", "b", "a"} {
		mustSettle(t, l, with(created(key, "id-"+key), func(e *Entry) { e.UpdatedAt = day.Add(time.Duration(i) * time.Second) }))
	}
	mustSettle(t, l, with(created("n", "id-n"), func(e *Entry) { e.ExternalID = "" }))
	mustSettle(t, l, with(created("e", "id-e"), func(e *Entry) { e.Outcome = Existed }))
	for range 2 {
		if got := sample("") + sample("a"); got != "ab" {
			t.Fatal(got)
		}
		l = reopen(t, l)
	}
}

func TestRunsMarksAndBinding(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Binding{Pipeline: "p", Target: binding.Target})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := l.Bind(t.Context(), "org1"); err != nil {
		t.Fatal(err)
	}
	if err := l.Bind(t.Context(), "org2"); !errors.As(err, new(*RefusedError)) {
		t.Fatal(err)
	}
	one := Run{ID: "one", StartedAt: day}
	two := Run{ID: "two", StartedAt: day.Add(time.Minute), EndedAt: day.Add(time.Hour), Exit: 1, Summary: []byte(`{"rows":3}`)}
	for _, err := range []error{
		l.StartRun(t.Context(), one), l.StartRun(t.Context(), Run{ID: "two", StartedAt: two.StartedAt}), l.EndRun(t.Context(), two),
		l.Mark(t.Context(), "checked:message"), l.Mark(t.Context(), "checked:message"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l = reopen(t, l)
	runs, err := l.Runs(t.Context(), 10)
	if d := cmp.Diff([]Run{two, one}, runs); d != "" || err != nil {
		t.Fatal(d, err)
	}
	if runs, err := l.Runs(t.Context(), 1); len(runs) != 1 || err != nil {
		t.Fatal(runs, err)
	}
	if !l.Marked("checked:message") || l.Marked("checked:customer") {
		t.Fatal(l.marks)
	}
}

// TestStepsWithEntries: every step with an entry is listed once, also one that no run noted; a step that only begun
// something has none.
func TestStepsWithEntries(t *testing.T) {
	l := newLedger(t)
	for range 2 {
		got, err := StepsWithEntries(t.Context(), l.Reader)
		if err != nil || len(got) != 0 {
			t.Errorf("an empty ledger: %q, %v", got, err)
		}
	}
	for i, step := range []string{"zulu", "alpha", "zulu", "mike", "alpha"} {
		mustSettle(t, l, with(created(fmt.Sprint(i), fmt.Sprint("id", i)), func(e *Entry) { e.Step = step }))
	}
	mustBegin(t, l, Intent{Step: "begun", Key: "z", Object: "note"})
	reader, err := OpenReadOnly(l.path, binding)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	for name, r := range map[string]*Reader{"writer": l.Reader, "reader": reader} {
		got, err := StepsWithEntries(t.Context(), r)
		if d := cmp.Diff([]string{"alpha", "mike", "zulu"}, got); d != "" || err != nil {
			t.Error(name, err, d)
		}
	}
}
