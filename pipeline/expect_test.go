package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const completePeople = `
version: 1
sources:
  people: { path: people.csv, expect: { EXPECT } }
steps:
  person:
    from: people
    sink: make_person
    if_exists: update
    key: "{{ .id }}"
    mapping: { externalId: "{{ .id }}", name: "{{ .name }}" }
`

func peopleRows(from, n int, name string) string {
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%s\n", from+i, name)
	}
	return b.String()
}

// TestExpect: what a source must be like is checked at its limit and one beyond, before anything is sent.
func TestExpect(t *testing.T) {
	for _, c := range []struct {
		name, expect, rows string
		guard              string // "": it passes
	}{
		{"enough rows", "min_rows: 40", peopleRows(1, 40, "Ann"), ""},
		{"a row too few", "min_rows: 40", peopleRows(1, 39, "Ann"), GuardMinRows},
		{"a drop as allowed", "max_drop: 25%", peopleRows(1, 30, "Ann"), ""},
		{"a drop of a row more", "max_drop: 25%", peopleRows(1, 29, "Ann"), GuardMaxDrop},
		{"no drop", "max_drop: 0%", peopleRows(1, 40, "Ann"), ""},
		{"a drop of a row where none is allowed", "max_drop: 0%", peopleRows(1, 39, "Ann"), GuardMaxDrop},
		{"changes as allowed", "max_change: 50%", peopleRows(1, 20, "Ann") + strings.TrimPrefix(peopleRows(21, 20, "Bob"), "id,name\n"), ""},
		{"a change more", "max_change: 50%", peopleRows(1, 19, "Ann") + strings.TrimPrefix(peopleRows(20, 21, "Bob"), "id,name\n"), GuardMaxChange},
		{"new rows are no changes", "max_change: 0%", peopleRows(1, 60, "Ann"), ""},
		{"a line that does not end", "complete: true", peopleRows(1, 40, "Ann") + "41,An", GuardComplete},
		{"none of the keys", "complete: true", peopleRows(1000, 40, "Ann"), GuardNewKeys},
		{"one of the keys", "complete: true", peopleRows(40, 40, "Ann"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, strings.Replace(completePeople, "EXPECT", c.expect, 1), map[string]string{"people.csv": peopleRows(1, 40, "Ann")})
			b.mustRun()
			b.file("people.csv", c.rows)
			sent := len(b.service.log)
			for _, change := range []func(*Options){func(*Options) {}, func(o *Options) { o.DryRun = true }} {
				sum, err := b.run(change)
				stop, _ := errors.AsType[*StopError](err)
				switch {
				case c.guard == "" && err != nil:
					t.Errorf("it stops: %v", err)
				case c.guard != "" && (stop == nil || stop.Reason != StopGuard || len(sum.Guards) != 1 || sum.Guards[0].Guard != c.guard || len(b.service.log) != sent):
					t.Errorf("it does not stop as it should: %v, %+v, %d requests", err, sum.Guards, len(b.service.log)-sent)
				}
			}
			if _, err := b.run(func(o *Options) { o.Accept = Accept{c.guard} }); err != nil {
				t.Errorf("what is accepted stops: %v", err)
			}
		})
	}
}

// TestMaxAge: the time of the file counts.
func TestMaxAge(t *testing.T) {
	b := newBench(t, strings.Replace(completePeople, "EXPECT", "max_age: 1h", 1), map[string]string{"people.csv": peopleRows(1, 3, "Ann")})
	if _, err := b.run(func(o *Options) { o.Start = time.Now().Add(2 * time.Hour) }); err == nil {
		t.Error("a file of two hours passes")
	}
	b.mustRun()
}

// TestGoneKeys: keys that the ledger has loaded and that stand in no row are counted; rows that are rejected or doubled are there.
func TestGoneKeys(t *testing.T) {
	b := newBench(t, strings.Replace(completePeople, "EXPECT", "complete: true", 1), map[string]string{"people.csv": peopleRows(1, 6, "Ann")})
	gone := func(sum Summary) int { return sum.Steps[0].Gone }
	if n := gone(b.mustRun()); n != 0 {
		t.Errorf("%d keys are gone in the first run", n)
	}
	b.file("people.csv", "id,name\n1,Ann\n2,"+tooLong+"\n3,Ann\n3,Bob\n4,Ann\n")
	if n := gone(b.mustRun()); n != 2 {
		t.Errorf("%d keys are gone, want 5 and 6", n)
	}
	if n := gone(b.mustRun(func(o *Options) { o.Limit = 2 })); n != 0 {
		t.Errorf("%d keys are gone with --limit", n)
	}
	if n := gone(b.mustRun(func(o *Options) { o.DryRun = true })); n != 2 {
		t.Errorf("a dry run counts %d keys that are gone, want 2", n)
	}
	b.file("people.csv", peopleRows(1, 6, "Ann"))
	if n := gone(b.mustRun()); n != 0 {
		t.Errorf("%d keys are gone when all are back", n)
	}
}
