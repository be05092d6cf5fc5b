package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// marked reports whether the tickets need no look any more.
func (b *bench) marked() (marked bool) {
	b.withLedger(func(l *ledger.Ledger) { marked = l.Marked("checked:ticket") })
	return marked
}

func TestCheckForALostLedger(t *testing.T) {
	extern := func(template string) func(string) string {
		return func(yaml string) string {
			return strings.Replace(yaml, "mapping: {", "mapping: { externalId: '"+template+"',", 1)
		}
	}
	lines := func(lines string) func(string) string {
		return func(yaml string) string { return strings.Replace(yaml, "sink:", lines+"\n    sink:", 1) }
	}
	limit := func(n int) func(*Options) { return func(o *Options) { o.Limit = n } }
	for _, c := range []struct {
		name   string
		change func(yaml string) string
		rows   int
		have   string // external id that Kustomer has
		opts   func(*Options)
		looked int // keys; -1: a hit ends the run
		marked bool
	}{
		{"few keys", nil, 3, "", nil, 3, true},
		{"many keys", nil, 1000, "", nil, samples, true},
		{"no keys", nil, 0, "", nil, 0, false},
		{"all skipped", lines("when: 'false'"), 30, "", nil, 0, false},
		{"a few of many, by --limit", nil, 1000, "", limit(5), 5, false},
		{"enough of many, by --limit", nil, 1000, "", limit(20), samples, true},
		{"a hit", nil, 3, "t1", nil, -1, false},
		{"a hit at the end of many", nil, 1000, "t991", nil, -1, false},
		{"a hit beyond --limit", nil, 10, "t9", limit(5), 5, false},
		{"a hit by a mapped external id", extern("x-{{ .subject }}"), 3, "x-s1", nil, -1, false},
		{"an external id of a number", extern("{{ 7 }}"), 1, "7", nil, -1, false},
		{"the key is not the external id", extern("x-{{ .subject }}"), 3, "t1", nil, 3, true},
		{"an external id that comes out empty is the key", extern(`{{ if eq .id "1" }}{{ else }}x{{ .id }}{{ end }}`), 3, "t1", nil, -1, false},
		{"one that cannot be rendered", extern(`{{ required "none" "" }}`), 3, "t1", nil, 0, false},
		{"--adopt looks every key up", nil, 3, "t1", func(o *Options) { o.Adopt = true }, 3, true},
		{"look_first does too", lines("look_first: true"), 3, "t1", nil, 3, false},
		{"a dry run asks nobody", nil, 3, "t1", func(o *Options) { o.DryRun = true }, 0, false},
		{"--step of another", func(yaml string) string {
			return yaml + "  other: { from: tickets.csv, sink: make_person, key: \"{{ .id }}\", mapping: { name: x } }\n"
		}, 3, "t1", func(o *Options) { o.Step = "other" }, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			yaml := tickets
			if c.change != nil {
				yaml = c.change(yaml)
			}
			b := newBench(t, yaml, ticketRows(c.rows))
			if c.have != "" {
				b.service.seed("ticket", map[string]any{"externalId": c.have})
			}
			opts := func(o *Options) { o.MaxErrors = &all }
			if c.opts == nil {
				c.opts = func(*Options) {}
			}
			_, err := b.run(opts, c.opts)
			if c.looked < 0 {
				stop := wantStop(t, err, StopLostLedger)
				if !strings.Contains(stop.Error(), "--adopt") || !strings.Contains(stop.Error(), b.service.objects[0].id) {
					t.Errorf("the error is %v", stop)
				}
				if n := len(b.service.requests("create")); n != 0 {
					t.Errorf("%d creates", n)
				}
			} else if err != nil {
				t.Fatal(err)
			} else if n := len(b.service.requests("find")); n != c.looked {
				t.Errorf("%d look-ups, want %d", n, c.looked)
			}
			if got := b.marked(); got != c.marked {
				t.Errorf("the step is marked: %v", got)
			}
		})
	}
}

func TestCheckOfEach(t *testing.T) {
	b := newBench(t, nested, map[string]string{"people.json": `[{"id":1,"name":"Ann","tickets":[{"n":1,"subject":"a","noted":true},{"n":2,"subject":"b","noted":true}]}]`})
	b.service.seed("ticket", map[string]any{"externalId": "note 1-2"})
	_, err := b.run()
	if stop := wantStop(t, err, StopLostLedger); !strings.Contains(stop.Error(), `step "note" has never loaded key "note 1-2"`) {
		t.Error(stop)
	}
	if n := len(b.service.requests("create")); n != 0 {
		t.Errorf("%d creates before the check of the last step", n)
	}
}

// TestCheckOfAnExternalIDOfParents: an external id made of a parent's id is not known before; nothing is
// looked up, and the source is not read for it.
func TestCheckOfAnExternalIDOfParents(t *testing.T) {
	yaml := strings.Replace(withTickets, "subject:", `externalId: '{{ ref "person" .person }}-{{ .id }}', subject:`, 1)
	b := newBench(t, yaml, map[string]string{"people.csv": "id,name,email\n1,Ann,\n", "tickets.csv": "id,subject,person\n1,a,1\n"})
	want(t, b.mustRun(), "created 2")
	want(t, b.mustRun(), "unchanged 2")
	if n := len(b.service.requests("find")); n != 0 {
		t.Errorf("%d look-ups", n)
	}
}

// TestCheckKnowsTheLedger: what the ledger knows, by key or by external id, is no sign of a loss.
func TestCheckKnowsTheLedger(t *testing.T) {
	yaml := strings.Replace(tickets, "mapping: {", `mapping: { externalId: "{{ .subject }}",`, 1)
	b := newBench(t, yaml, map[string]string{"tickets.csv": "id,subject\n1,a\n"})
	limited := func(o *Options) { o.Limit = 1 } // which leaves the step unmarked
	want(t, b.mustRun(limited), "created 1")
	b.begin("t2", "b")
	b.service.seed("ticket", map[string]any{"externalId": "b"})
	for _, row := range []string{"1,a", "2,b", "3,a"} { // loaded, begun, owned by t1
		b.file("tickets.csv", "id,subject\n"+row+"\n")
		before := len(b.service.requests("find"))
		if _, err := b.run(limited, func(o *Options) { o.Locked = o.Locked.Add(-1e12) }); err != nil {
			t.Fatalf("row %s: %v", row, err)
		}
		if n := len(b.service.requests("find")) - before; row != "2,b" && n != 0 {
			t.Errorf("row %s: %d look-ups", row, n)
		}
	}
}

func TestCheckWithOddAnswers(t *testing.T) {
	fails := func(class sinks.Class, status int) error {
		return &sinks.Error{Class: class, Status: status, Message: "it was deleted"}
	}
	for _, c := range []struct {
		name   string
		err    error
		of     func(value string) bool
		reason StopReason // -1: the run goes on
	}{
		{"one key cannot be looked up", fails(sinks.Refused, 0), func(v string) bool { return v == "t1" }, -1},
		{"no key can", fails(sinks.Refused, 400), func(string) bool { return true }, StopSink},
		{"an object was deleted", fails(sinks.Deleted, 200), func(v string) bool { return v == "t1" }, StopLostLedger},
		{"no answer", fails(sinks.Unknown, 500), func(v string) bool { return v == "t1" }, StopSink},
		{"the key is refused", fails(sinks.Fatal, 401), func(v string) bool { return v == "t1" }, StopSink},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, tickets, ticketRows(3))
			b.service.seek = func(q sinks.Query) error {
				if c.of(q.Value) {
					return c.err
				}
				return nil
			}
			sum, err := b.run()
			if c.reason < 0 {
				if err != nil {
					t.Fatal(err)
				}
				want(t, sum, "created 3")
				return
			}
			wantStop(t, err, c.reason)
			if n := len(b.service.requests("create")); n != 0 {
				t.Errorf("%d creates", n)
			}
		})
	}
}

// TestCheckOfASourceThatBreaksOff: the step itself tells of the damage, and is not marked.
func TestCheckOfASourceThatBreaksOff(t *testing.T) {
	b := newBench(t, tickets, map[string]string{"tickets.csv": "id,subject\n1,a\n2,\"open\n"})
	sum, err := b.run()
	wantStop(t, err, StopSource)
	want(t, sum, "created 1")
	if b.marked() {
		t.Error("the step is marked")
	}
}

func TestSpread(t *testing.T) {
	var all []sampled
	for i := range 100 {
		all = append(all, sampled{key: fmt.Sprint(i)})
	}
	for _, c := range []struct{ of, n, want int }{{0, 20, 0}, {5, 20, 5}, {20, 20, 20}, {21, 20, 20}, {100, 20, 20}} {
		got := spread(all[:c.of], c.n)
		if len(got) != c.want || c.of > 0 && got[len(got)-1] != all[c.of-1] {
			t.Errorf("%d of %d: %v", c.n, c.of, got)
		}
		for i := 1; i < len(got); i++ {
			if got[i] == got[i-1] {
				t.Errorf("%d of %d: %v twice", c.n, c.of, got[i])
			}
		}
	}
}
