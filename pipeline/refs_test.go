package pipeline

import (
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// wideFile makes a person and a ticket of each row.
const wideFile = `
version: 1
run: { workers: 4 }
steps:
  person:
    from: wide.csv
    sink: make_person
    key: '{{ required "no id" .id }}'
    when: '{{ ne .name "" }}'
    mapping: { name: "{{ .name }}" }
  ticket:
    from: wide.csv
    sink: make_ticket
    key: "t{{ .ticket }}"
    mapping: { subject: "{{ .subject }}", person: '{{ ref "person" }}' }
`

func TestRefsToTheSameRow(t *testing.T) {
	for _, c := range []struct{ name, rows, want, say string }{
		{"parent and child", "1,Ann,1,a", "created 2", ""},
		{"one parent for two rows", "1,Ann,1,a\n1,Ann,2,b", "created 3, unchanged 1", ""},
		{"the parent is skipped", "1,,1,a", "skipped 2", ""},
		{"the parent is skipped on this row, not on another", "1,Ann,1,a\n1,,2,b", "created 3, skipped 1", ""},
		{"the parent is rejected", "1," + tooLong + ",1,a", "rejected 2", `person "1" was rejected`},
		{"the parent has no key", ",Ann,1,a", "rejected 2", `ref "person": the row has no key in that step: no id`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dry := range []bool{true, false} {
				b := newBench(t, wideFile, map[string]string{"wide.csv": "id,name,ticket,subject\n" + c.rows + "\n"})
				wanted := c.want
				if dry {
					wanted = planned(wanted)
				}
				want(t, b.mustRun(func(o *Options) { o.DryRun = dry }), wanted)
				b.wantSaid(c.say)
			}
		})
	}
}

// planned is what a dry run says where a run says created: at the end, since planned comes last.
func planned(text string) string {
	rest, created := "", ""
	for part := range strings.SplitSeq(text, ", ") {
		if n, ok := strings.CutPrefix(part, "created "); ok {
			created = "planned " + n
		} else {
			rest += part + ", "
		}
	}
	return strings.TrimSuffix(rest+created, ", ")
}

// TestRefsOverRuns: a parent of an earlier run is found, whatever became of its row since.
func TestRefsOverRuns(t *testing.T) {
	for _, c := range []struct{ name, people, want, say string }{
		{"unchanged", "1,Ann,", "created 1, unchanged 1", ""},
		{"no longer in the source", "2,Bob,", "created 2", ""},
		{"no longer fits", "1," + tooLong + ",", "created 1, rejected 1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, withTickets, map[string]string{"people.csv": "id,name,email\n1,Ann,\n", "tickets.csv": "id,subject,person\n"})
			want(t, b.mustRun(), "created 1")
			b.file("people.csv", "id,name,email\n"+c.people+"\n")
			b.file("tickets.csv", "id,subject,person\n1,a,1\n")
			want(t, b.mustRun(func(o *Options) { o.DryRun = true }), planned(c.want))
			want(t, b.mustRun(), c.want)
			for _, o := range b.service.objects {
				if o.kind == "ticket" && o.payload["person"] != b.service.objects[0].id {
					t.Errorf("the ticket belongs to %v", o.payload["person"])
				}
			}
		})
	}
}

func TestParentsThatAreNotThere(t *testing.T) {
	files := map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2," + tooLong + ",\n3,Cy,\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,2\n3,c,3\n4,d,4\n",
	}
	limit := func(n int) func(*Options) { return func(o *Options) { o.Limit = n } }
	step := func(o *Options) { o.Step = "ticket" }
	for _, c := range []struct {
		name   string
		before []func(*Options) // runs before
		change func(*Options)
		want   string
	}{
		{"all", nil, func(*Options) {}, "created 4, rejected 3"},
		{"two rows of each", nil, limit(2), "created 2, rejected 2"},
		{"children alone", nil, step, "not_attempted 4"},
		{"children alone, after two parents", []func(*Options){limit(2)}, step, "unchanged 1, not_attempted 3"},
		{"children alone, after all", []func(*Options){func(*Options) {}}, step, "unchanged 2, not_attempted 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, dry := range []bool{true, false} {
				b := newBench(t, withTickets, files)
				for _, run := range c.before {
					b.mustRun(run)
				}
				wanted := c.want
				if dry {
					wanted = planned(wanted)
				}
				sum := b.mustRun(c.change, func(o *Options) { o.DryRun = dry })
				if got := strings.Join(sorted(sum), ", "); got != strings.Join(sortedText(wanted), ", ") {
					t.Errorf("dry %v: the run ended with %s, want %s", dry, got, wanted)
				}
			}
		})
	}
}

// TestChildrenOfParentsNotAttempted: a parent that was not sent, or waits behind such a one, is loaded by
// the next run, and so are its children.
func TestChildrenOfParentsNotAttempted(t *testing.T) {
	yaml := strings.Replace(withTickets, "sink: make_person", "ordering_key: one\n    sink: make_person", 1)
	b := newBench(t, yaml, map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2,Bob,\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,2\n",
	})
	b.service.fault = func(kind, _ string, _ int) fault { return map[string]fault{"person": unreachable}[kind] }
	want(t, b.mustRun(), "not_attempted 4")
	b.wantSaid(`person "2" is not settled yet`)
	b.service.fault = nil
	want(t, b.mustRun(), "created 4")
}

func sorted(sum Summary) []string { return sortedText(strings.Join(outcomes(sum), ", ")) }

func sortedText(text string) []string {
	var list []string
	for _, o := range ledger.Outcomes {
		for part := range strings.SplitSeq(text, ", ") {
			if strings.HasPrefix(part, string(o)+" ") {
				list = append(list, part)
			}
		}
	}
	return list
}
