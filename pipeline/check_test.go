package pipeline

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

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
	}{
		{"few keys", nil, 3, "", nil, 3},
		{"many keys", nil, 1000, "", nil, 29}, // ten first, nine spread, the last, and one of each hundred, the last among them
		{"very many keys", nil, 30_000, "", nil, 120},
		{"no keys", nil, 0, "", nil, 0},
		{"all skipped", lines("when: 'false'"), 30, "", nil, 0},
		{"a few of many, by --limit", nil, 1000, "", limit(5), 5},
		{"a hit", nil, 3, "t1", nil, -1},
		{"a hit among the first ten of many", nil, 1000, "t9", nil, -1},
		{"a hit at the end of many", nil, 1000, "t999", nil, -1},
		{"a hit in a batch of a killed load", nil, 30_000, "t4299", nil, -1},
		{"a hit beyond --limit", nil, 10, "t9", limit(5), 5},
		{"a hit by a mapped external id", extern("x-{{ .subject }}"), 3, "x-s1", nil, -1},
		{"an external id of a number", extern("{{ 7 }}"), 1, "7", nil, -1},
		{"the key is not the external id", extern("x-{{ .subject }}"), 3, "t1", nil, 3},
		{"an external id that comes out empty is the key", extern(`{{ if eq .id "1" }}{{ else }}x{{ .id }}{{ end }}`), 3, "t1", nil, -1},
		{"one that cannot be rendered", extern(`{{ required "none" "" }}`), 3, "t1", nil, 0},
		{"--adopt looks every key up", nil, 3, "t1", func(o *Options) { o.Adopt = true }, 3},
		{"look_first does too", lines("look_first: true"), 3, "t1", nil, 3},
		{"a dry run asks nobody", nil, 3, "t1", func(o *Options) { o.DryRun = true }, 0},
		{"--step of another", func(yaml string) string {
			return yaml + "  other: { from: tickets.csv, sink: make_person, key: \"{{ .id }}\", mapping: { name: x } }\n"
		}, 3, "t1", func(o *Options) { o.Step = "other" }, 0},
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
	limited := func(o *Options) { o.Limit = 1 }
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
		{"an object was deleted", fails(sinks.Deleted, 200), func(v string) bool { return v == "t1" }, -1},
		{"an object is there twice", fails(sinks.Ambiguous, 200), func(v string) bool { return v == "t1" }, StopLostLedger},
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

// TestCheckOfASourceThatBreaksOff: the step itself tells of the damage.
func TestCheckOfASourceThatBreaksOff(t *testing.T) {
	b := newBench(t, tickets, map[string]string{"tickets.csv": "id,subject\n1,a\n2,\"open\n"})
	sum, err := b.run()
	wantStop(t, err, StopSource)
	want(t, sum, "created 1")
}

// TestCheckInEveryRun: a ledger that knows some rows of a step is no reason to believe that it knows all: it may be a
// backup, or that of another machine.
func TestCheckInEveryRun(t *testing.T) {
	for name, external := range map[string]string{"one of the first new keys": "t50", "the last key": "t999"} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, tickets, ticketRows(40))
			want(t, b.mustRun(), "created 40")
			want(t, b.mustRun(), "unchanged 40")
			looked, made := len(b.service.requests("find")), len(b.service.requests("create"))
			b.service.seed("ticket", map[string]any{"externalId": external})
			b.file("tickets.csv", ticketRows(1000)["tickets.csv"])
			if external == "t50" { // the ledger of a machine that loaded another part
				b.file("tickets.csv", "id,subject\n50,s50\n51,s51\n")
			}
			_, err := b.run()
			if stop := wantStop(t, err, StopLostLedger); !strings.Contains(stop.Error(), external) || !strings.Contains(stop.Error(), "--adopt") {
				t.Errorf("the error is %v", stop)
			}
			if n := len(b.service.requests("create")) - made; n != 0 {
				t.Errorf("%d creates, want none", n)
			}
			if n := len(b.service.requests("find")) - looked; n == 0 || n > sampleFirst+sampleSpread+1 {
				t.Errorf("%d look-ups, want at most %d", n, sampleFirst+sampleSpread+1)
			}
		})
	}
}

// TestCheckOfChildren: where parents were found that the ledger did not know, their children are looked up, however few
// they are among the rows.
func TestCheckOfChildren(t *testing.T) {
	var people, rows strings.Builder
	people.WriteString("id,name,email\n")
	rows.WriteString("id,subject,person\n")
	for i := range 500 {
		fmt.Fprintf(&people, "%d,p,\n", i)
		fmt.Fprintf(&rows, "%d,s%d,%d\n", i, i, i)
	}
	b := newBench(t, withTickets, map[string]string{"people.csv": people.String(), "tickets.csv": rows.String()})
	b.service.seed("person", map[string]any{"externalId": "233"})
	b.service.seed("ticket", map[string]any{"externalId": "t233"})
	sum, err := b.run()
	if stop := wantStop(t, err, StopLostLedger); !strings.Contains(stop.Error(), `"t233"`) || !strings.Contains(stop.Error(), "steps before it did") {
		t.Errorf("the error is %v", stop)
	}
	want(t, sum, "created 499, existed 1")
}

// TestCheckOfStepsWithoutLookUps: what cannot be looked up is not sent where its parents were found.
func TestCheckOfStepsWithoutLookUps(t *testing.T) {
	const remarks = `
version: 1
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    mapping: { name: "{{ .name }}" }
  remark:
    from: remarks.csv
    sink: make_remark
    key: "{{ .id }}"
    mapping: { text: x, ticket: '{{ ref "person" .person }}' }
`
	files := map[string]string{"people.csv": "id,name\n1,Ann\n2,Bob\n", "remarks.csv": "id,person\na,1\nb,2\n"}
	for _, c := range []struct {
		name   string
		have   string
		accept Accept
		stops  bool
	}{
		{"a parent was found", "2", nil, true},
		{"no parent was found", "7", nil, false},
		{"it is accepted", "2", Accept{"no_lookup"}, false},
		{"it is accepted for the step", "2", Accept{"no_lookup:remark"}, false},
		{"it is accepted for another step", "2", Accept{"no_lookup:person"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, remarks, files)
			b.service.seed("person", map[string]any{"externalId": c.have})
			sum, err := b.run(func(o *Options) { o.Accept = c.accept })
			if found := c.have == "2"; found != (len(sum.Guards) == 1) || found && (sum.Guards[0].Is != 1 || sum.Guards[0].Accepted == c.stops) {
				t.Errorf("the summary has the guards %+v", sum.Guards)
			}
			if !c.stops {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if stop := wantStop(t, err, StopGuard); !strings.Contains(stop.Error(), "--accept no_lookup:remark") {
				t.Errorf("the error is %v", stop)
			}
			for _, o := range b.service.objects {
				if o.kind == "remark" {
					t.Errorf("remark %v was made", o.payload)
				}
			}
		})
	}
}

func TestThinned(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 19, 1000} {
		sampled := thinned{most: 9}
		for i := range n {
			sampled.add(sampledKey(i))
		}
		keys := sampled.keys()
		if len(keys) != min(n, 9) {
			t.Errorf("%d of %d keys, want %d", len(keys), n, min(n, 9))
		}
		if n == 1000 && (keys[8].externalID < "0500" || keys[4].externalID < "0200") {
			t.Errorf("the keys %v are not spread", keys)
		}
	}
}

func sampledKey(i int) sampled {
	return sampled{key: fmt.Sprint(i), externalID: fmt.Sprintf("%04d", i)}
}

// TestStopWhileTheLedgerIsRead: a run that is told to stop while it reads the ledger was interrupted; nothing is wrong
// with the ledger.
func TestStopWhileTheLedgerIsRead(t *testing.T) {
	b := newBench(t, tickets, ticketRows(3))
	want(t, b.mustRun(), "created 3")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.runContext(ctx)
	wantStop(t, err, StopInterrupted)
}
