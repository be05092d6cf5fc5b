package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func mustRekey(t testing.TB, l *Ledger, changes []KeyChange, also ...string) {
	t.Helper()
	if err := l.Rekey(t.Context(), "customer", changes, also...); err != nil {
		t.Fatal(err)
	}
}

func ownerOf(t testing.TB, l *Ledger, externalID string) string {
	t.Helper()
	_, key, _, err := l.Owner(t.Context(), "customer", externalID)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestRekeyKeepsExternalID: an object keeps the external id that was its key, which no other key can have then; its id
// belongs to the new key; what answered the old key's intents still does.
func TestRekeyKeepsExternalID(t *testing.T) {
	l := newLedger(t)
	if _, _, err := l.BeginBatch(t.Context(), []Intent{intent("a", 1), intent("b", 1)}); err != nil {
		t.Fatal(err)
	}
	want := with(created("a", "id-a"), func(e *Entry) { e.Fields = "f" })
	mustSettle(t, l, want)
	mustRekey(t, l, []KeyChange{{"a", "new"}})
	want.Key, want.Fields = "new", ""
	for range 2 {
		if d := gocmp.Diff(want, mustGet(t, l.Reader, "customer", "new")); d != "" {
			t.Error(d)
		}
		if f, err := l.Fields(t.Context(), "customer", "new"); f != "f" || err != nil {
			t.Errorf("fields %q, %v", f, err)
		}
		if _, found, err := l.Get(t.Context(), "customer", "a"); found || err != nil {
			t.Error("the old key has an entry still", err)
		}
		if step, key, _, err := l.OwnerOfID(t.Context(), "customer", "id-a"); step != "customer" || key != "new" || err != nil {
			t.Errorf("the id belongs to %s %q, %v", step, key, err)
		}
		if key := ownerOf(t, l, "a"); key != "new" {
			t.Errorf("the external id belongs to %q", key)
		}
		if err := l.Begin(t.Context(), intent("a", 1)); !errors.As(err, new(*ClaimedError)) {
			t.Error("a row with the old key took the object's external id:", err)
		}
		if doubts := l.Doubts(); len(doubts) != 1 || doubts[0].Key != "b" {
			t.Error("in doubt:", doubts)
		}
		l = reopen(t, l)
	}
	if err := l.Withdraw(t.Context(), "customer", "b"); err != nil {
		t.Fatal(err)
	}
	mustRekey(t, l, []KeyChange{{"new", "a"}})
	want.Key = "a"
	if d := gocmp.Diff(want, mustGet(t, reopen(t, l).Reader, "customer", "a")); d != "" {
		t.Error("and back again:", d)
	}
}

func TestRekeyRefuses(t *testing.T) {
	l := newLedger(t)
	for _, key := range []string{"a", "b", "c", "doubtful"} {
		mustSettle(t, l, created(key, "id-"+key))
	}
	mustBegin(t, l, intent("doubtful", 2))
	mustBegin(t, l, intent("begun", 1))
	for _, c := range []struct {
		name    string
		changes []KeyChange
		want    string // parts of the faults
	}{
		{"an unknown key", []KeyChange{{"a", "x"}, {"nobody", "y"}}, `1: the ledger has no key "nobody"`},
		{"a key that is taken", []KeyChange{{"a", "b"}}, `0: the ledger has the key "b" already`},
		{"a key that is taken by one that stays", []KeyChange{{"a", "b"}, {"b", "c"}}, `1: the ledger has the key "c" already`},
		{"an old key twice", []KeyChange{{"a", "x"}, {"a", "y"}}, `1: the old key "a" stands twice`},
		{"a new key twice", []KeyChange{{"a", "x"}, {"b", "x"}}, `1: the new key "x" stands twice`},
		{"a key in doubt", []KeyChange{{"doubtful", "x"}}, `0: a request for key "doubtful" is in doubt`},
		{"a new key in doubt", []KeyChange{{"a", "begun"}}, `0: a request for key "begun" is in doubt`},
		{"an empty key", []KeyChange{{"a", ""}, {"", "x"}}, "0: a key is empty; 1: a key is empty"},
		{"all faults", []KeyChange{{"nobody", "x"}, {"a", "y"}, {"b", "c"}}, `0: the ledger has no key "nobody"; 2: the ledger has the key "c" already`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := allEntries(t, l.Reader, Filter{})
			for _, err := range []error{l.CheckRekey(t.Context(), "customer", c.changes), l.Rekey(t.Context(), "customer", c.changes)} {
				refused, ok := errors.AsType[*RekeyError](err)
				if !ok {
					t.Fatal(err)
				}
				var got []string
				for _, f := range refused.Faults {
					got = append(got, fmt.Sprintf("%d: %s", f.Index, f.Reason))
				}
				if d := gocmp.Diff(c.want, strings.Join(got, "; ")); d != "" {
					t.Error(d)
				}
			}
			if d := gocmp.Diff(before, allEntries(t, l.Reader, Filter{})); d != "" {
				t.Error("something has changed:", d)
			}
		})
	}
	if err := l.CheckRekey(t.Context(), "customer", []KeyChange{{"a", "x"}, {"b", "a"}}); err != nil {
		t.Error(err)
	}
	if _, found, _ := l.Get(t.Context(), "customer", "a"); !found {
		t.Error("CheckRekey changed something")
	}
}

// TestRekeyFollows: the entries of a finalizer get the keys of its step; marks of keys without an object go along, and
// those of keys that get one go away.
func TestRekeyFollows(t *testing.T) {
	l := newLedger(t)
	final := func(key string) Entry {
		return with(created(key, "id-"+key), func(e *Entry) {
			e.Step, e.ExternalID, e.Outcome, e.Role, e.CreatedIn = "customer (finalize)", "", Updated, OwnsNothing, ""
		})
	}
	for _, key := range []string{"a", "b", "c"} {
		mustSettle(t, l, created(key, "id-"+key))
	}
	mustSettle(t, l, final("a"))
	mustSettle(t, l, final("left"))
	if err := l.Drop(t.Context(), "customer", "lost", Forgotten, ""); err != nil {
		t.Fatal(err)
	}
	mustSettle(t, l, Entry{Step: "customer", Key: "lost", Object: "customer", ExternalID: "lost", Outcome: Rejected, Error: "bad", UpdatedAt: day})
	if err := l.Drop(t.Context(), "customer", "d", Absent, ""); err != nil {
		t.Fatal(err)
	}
	mustRekey(t, l, []KeyChange{{"a", "b"}, {"b", "left"}, {"c", "d"}, {"lost", "found"}}, "customer (finalize)")
	for range 2 {
		var got []string
		for _, e := range allEntries(t, l.Reader, Filter{}) {
			got = append(got, fmt.Sprintf("%s %s=%s/%s", e.Step, e.Key, e.KustomerID, e.ExternalID))
		}
		want := []string{"customer b=id-a/a", "customer d=id-c/c", "customer found=/found", "customer left=id-b/b", "customer (finalize) b=id-a/"}
		if d := gocmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		for key, want := range map[string]KeyMark{"found": Forgotten, "lost": "", "d": ""} {
			if m, err := l.KeyMark(t.Context(), "customer", key); m != want || err != nil {
				t.Errorf("%s has the mark %q, want %q; %v", key, m, want, err)
			}
		}
		l = reopen(t, l)
	}
}

// TestRekeyIsItsModel gives random keys to random entries, swaps and circles among them, and compares all entries.
func TestRekeyIsItsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := newLedger(t)
		unsynced(t, l)
		keys := []string{"a", "b", "c", "d", "e", "f"}
		for i, key := range keys {
			e := created(key, fmt.Sprint("id", i))
			if rapid.Bool().Draw(rt, "explicit") {
				e.ExternalID = "own-" + rapid.SampledFrom(keys).Draw(rt, "own") + key
			}
			mustSettle(t, l, e)
		}
		want := map[string]Entry{}
		for _, e := range allEntries(t, l.Reader, Filter{}) {
			want[e.Key] = e
		}
		for range rapid.IntRange(1, 3).Draw(rt, "times") {
			old := rapid.SliceOfNDistinct(rapid.SampledFrom(sortedKeys(want)), 1, len(want), rapid.ID[string]).Draw(rt, "old")
			renamed := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}), len(old), len(old), rapid.ID[string]).Draw(rt, "new")
			next, changes, wrong := map[string]Entry{}, []KeyChange{}, false
			for key, e := range want {
				if !slices.Contains(old, key) {
					next[key] = e
				}
			}
			for i, key := range old {
				_, taken := next[renamed[i]]
				wrong = wrong || taken
				changes = append(changes, KeyChange{key, renamed[i]})
				next[renamed[i]] = with(want[key], func(e *Entry) { e.Key = renamed[i] })
			}
			err := l.Rekey(t.Context(), "customer", changes)
			if wrong != (err != nil) {
				rt.Fatalf("%v: %v", changes, err)
			}
			if !wrong {
				want = next
			}
		}
		all := make([]Entry, 0, len(want))
		for _, e := range want {
			all = append(all, e)
		}
		slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
		l = reopen(t, l)
		if d := gocmp.Diff(all, allEntries(rt, l.Reader, Filter{})); d != "" {
			rt.Fatal(d)
		}
		for _, e := range all {
			if key := ownerOf(t, l, e.ExternalID); key != e.Key {
				rt.Fatalf("the external id %q belongs to %q, want %q", e.ExternalID, key, e.Key)
			}
		}
	})
}

// TestFailedRekeyChangesNothing: a disk that is full in the middle of the transaction leaves every key as it was, whether a
// step or keys get other names.
func TestFailedRekeyChangesNothing(t *testing.T) {
	const n = 3000
	key := func(i int) string { return fmt.Sprintf("k%05d", i) }
	changes := make([]KeyChange, n)
	for i := range changes {
		changes[i] = KeyChange{key(i), fmt.Sprintf("%s-%s", strings.Repeat("x", 40), key((i+1)%n))}
	}
	for name, do := range map[string]func(l *Ledger) error{
		"rekey":  func(l *Ledger) error { return l.Rekey(t.Context(), "customer", changes) },
		"rename": func(l *Ledger) error { _, err := l.RenameStep(t.Context(), "customer", "people"); return err },
	} {
		l := newLedger(t)
		unsynced(t, l)
		fill(t, l, n, key)
		if err := l.Drop(t.Context(), "customer", "gone", Forgotten, ""); err != nil {
			t.Fatal(err)
		}
		want := allEntries(t, l.Reader, Filter{})
		l = reopen(t, l)
		breakWriter(t, l)
		if err := do(l); !errors.As(err, new(*BrokenError)) {
			t.Errorf("%s on a full disk: %v", name, err)
		}
		_ = l.Close()
		l = open1(t, l.path)
		if d := gocmp.Diff(want, allEntries(t, l.Reader, Filter{})); d != "" {
			t.Errorf("%s has changed something: %s", name, d)
		}
		if m, err := l.KeyMark(t.Context(), "customer", "gone"); m != Forgotten || err != nil {
			t.Error("the mark:", m, err)
		}
	}
}

func sortedKeys(m map[string]Entry) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// BenchmarkRekey: 100,000 keys, half of which swap with each other, in less than 10 s.
func BenchmarkRekey(b *testing.B) {
	const n = 100_000
	l := newLedger(b)
	fill(b, l, n, func(i int) string { return fmt.Sprintf("key-%06d", i) })
	changes := make([]KeyChange, n)
	for i := range n {
		changes[i] = KeyChange{fmt.Sprintf("key-%06d", i), fmt.Sprintf("key-%06d", i+n/2)}
	}
	for b.Loop() {
		mustRekey(b, l, changes)
		for i, c := range changes {
			changes[i] = KeyChange{c.New, c.Old}
		}
	}
}
