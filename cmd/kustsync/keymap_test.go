package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

func TestParseKeyMap(t *testing.T) {
	for _, c := range []struct {
		text, wrong string
		want        []ledger.KeyChange
		lines       []int
		faults      []keyMapFault
	}{
		{text: "old,new\n1,c-1\n", want: []ledger.KeyChange{{Old: "1", New: "c-1"}}, lines: []int{2}},
		{text: "\ufeffold,new\r\n\"a\nb\",x\r\n'=1,'+49\r\n", want: []ledger.KeyChange{{Old: "a\nb", New: "x"}, {Old: "=1", New: "+49"}}, lines: []int{2, 4}},
		{text: "old,new\n1\n2,b,c\n3,\xff\n4,d", want: []ledger.KeyChange{{Old: "4", New: "d"}}, lines: []int{5}, faults: []keyMapFault{
			{2, "it has 1 columns, not old and new"}, {3, "it has 3 columns, not old and new"}, {4, "it is not in UTF-8"},
		}},
		{text: "old,new\n"},
		{text: "", wrong: "it is empty"},
		{text: "1,2\n", wrong: "its first line is not old,new"},
		{text: "old;new\n1;2\n", wrong: "its first line is not old,new"},
		{text: "old,new\n\"1,2\n", wrong: `extraneous or missing " in quoted-field`},
	} {
		m, err := parseKeyMap(strings.NewReader(c.text))
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q: %v", c.text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if d := cmp.Diff(c.want, m.changes) + cmp.Diff(c.lines, m.lines) + cmp.Diff(c.faults, m.faults, cmp.AllowUnexported(keyMapFault{})); d != "" {
			t.Errorf("%q: %s", c.text, d)
		}
	}
}

// FuzzKeyMap: whatever a file holds, each line ends as a change with its line or as a fault.
func FuzzKeyMap(f *testing.F) {
	f.Add("old,new\n1,c-1\n\"a\nb\",x\n2\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseKeyMap(strings.NewReader(text))
		if err != nil {
			return
		}
		if len(m.changes) != len(m.lines) || len(m.changes)+len(m.faults) > strings.Count(text, "\n") {
			t.Fatalf("%d changes, %d lines, %d faults of %q", len(m.changes), len(m.lines), len(m.faults), text)
		}
		last := 1
		for _, line := range m.lines {
			if line <= last {
				t.Fatalf("the lines are %v", m.lines)
			}
			last = line
		}
	})
}
