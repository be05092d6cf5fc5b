package pipeline

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
)

// lastPerson is onePerson with on_duplicate: last; %s are more lines of the step.
const lastPerson = `
version: 1
run: { workers: 4, max_errors: 100%% }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    on_duplicate: last
    %s
    mapping: { name: "{{ .name }}", email: "{{ .email }}" }
`

func newLastBench(t *testing.T, more string, rows ...string) *bench {
	b := newBench(t, fmt.Sprintf(lastPerson, more), nil)
	b.people(rows...)
	return b
}

func (b *bench) people(rows ...string) {
	b.file("people.csv", "id,name,email\n"+strings.Join(rows, "\n")+"\n")
}

// fates lists what became of each row, in the order of the source, as "line outcome".
func (b *bench) fates() string {
	lines := map[int]ledger.Outcome{}
	most := 0
	for _, s := range b.settled {
		lines[s.Row.Pos.Line] = s.Outcome
		most = max(most, s.Row.Pos.Line)
	}
	var out []string
	for line := range most + 1 {
		if outcome, ok := lines[line]; ok {
			out = append(out, fmt.Sprintf("%d %s", line, outcome))
		}
	}
	return strings.Join(out, ", ")
}

func TestLastRowThatCanBeSentDecides(t *testing.T) {
	for _, c := range []struct {
		name, more string
		rows       []string
		fates      string
		held       []string
	}{
		{"the last", "", []string{"1,Ann,", "2,Bob,", "1,Anna,", "1,Anne,"},
			"2 unchanged, 3 created, 4 unchanged, 5 created", []string{"person 1 Anne", "person 2 Bob"}},
		{"the same content", "", []string{"1,Ann,", "1,Ann,"}, "2 unchanged, 3 created", []string{"person 1 Ann"}},
		{"the last is skipped", `when: '{{ ne .name "skip" }}'`, []string{"1,Ann,", "1,Anna,", "1,skip,"},
			"2 unchanged, 3 created, 4 skipped", []string{"person 1 Anna"}},
		{"the last is damaged", "", []string{"1,Ann,", "1,Anna,", "1,Anne"},
			"2 unchanged, 3 created, 4 rejected", []string{"person 1 Anna"}},
		{"the last does not fit", "", []string{"1,Ann,", "1,Anna,", "1," + tooLong + ","},
			"2 unchanged, 3 created, 4 rejected", []string{"person 1 Anna"}},
		{"the last has a bad ordering key", `ordering_key: '{{ required "none" .email }}'`, []string{"1,Ann,x", "1,Anna,x", "1,Anne,"},
			"2 unchanged, 3 created, 4 rejected", []string{"person 1 Anna"}},
		{"one in the middle does not fit", "", []string{"1,Ann,", "1," + tooLong + ",", "1,Anna,"},
			"2 unchanged, 3 rejected, 4 created", []string{"person 1 Anna"}},
		{"none can be sent", "", []string{"1," + tooLong + ",", "1," + tooLong + ","}, "2 rejected, 3 rejected", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newLastBench(t, c.more, c.rows...)
			planned := strings.ReplaceAll(c.fates, "created", "planned")
			b.mustRun(func(o *Options) { o.DryRun = true })
			if got := b.fates(); got != planned {
				t.Errorf("the dry run tells %q, want %q", got, planned)
			}
			b.mustRun(func(o *Options) { o.Survey = true })
			if got := b.fates(); got != planned {
				t.Errorf("the survey tells %q, want %q", got, planned)
			}
			b.mustRun()
			if got := b.fates(); got != c.fates {
				t.Errorf("the run tells %q, want %q", got, c.fates)
			}
			if diff := cmp.Diff(c.held, b.service.held()); diff != "" {
				t.Error(diff)
			}
			requests := len(b.service.log)
			b.mustRun()
			if got, again := b.fates(), strings.ReplaceAll(c.fates, "created", "unchanged"); got != again || len(b.service.log) != requests {
				t.Errorf("the second run tells %q, want %q, and sent %v", got, again, b.service.log[requests:])
			}
		})
	}
}

// The rows that do not decide are unchanged, whatever becomes of the one that does; rows that cannot be sent take the
// place of neither in the ledger.
func TestLastRowIsRefused(t *testing.T) {
	b := newLastBench(t, "", "1,Ann,", "1,Anna,", "1,"+tooLong+",")
	b.service.fault = func(string, string, int) fault { return refuse }
	b.mustRun()
	if got, want := b.fates(), "2 unchanged, 3 rejected, 4 rejected"; got != want {
		t.Errorf("the run tells %q, want %q", got, want)
	}
	b.withLedger(func(l *ledger.Ledger) {
		if e, ok, err := l.Get(t.Context(), "person", "1"); err != nil || !ok || e.Place.Line != 3 || e.Error != "not like this" {
			t.Errorf("the ledger has %+v, %v", e, err)
		}
	})
	b.service.fault = nil
	b.mustRun()
	if diff := cmp.Diff([]string{"person 1 Anna"}, b.service.held()); diff != "" {
		t.Error(diff)
	}
}

// A row that cannot be sent does not hide in the ledger what became of the row that counts.
func TestLastRowsEntryStays(t *testing.T) {
	b := newLastBench(t, "", "1,"+tooLong+",", "1,Anna,")
	one := func(o *Options) { o.Workers = 1 }
	want(t, b.mustRun(one), "created 1, rejected 1")
	want(t, b.mustRun(one), "unchanged 1, rejected 1")
	if diff := cmp.Diff([]string{"person 1 created " + b.idOf("name", "Anna")}, b.entries()); diff != "" {
		t.Error(diff)
	}
}

// A dated export that a newer one is put behind costs one update where the step updates, and none where it does not.
func TestLastRowIsNew(t *testing.T) {
	for policy, c := range map[string]struct{ counts, held string }{
		"update": {"updated 1, unchanged 2", "person 1 Anne"},
		"skip":   {"unchanged 3", "person 1 Anna"},
	} {
		b := newLastBench(t, "if_exists: "+policy, "1,Ann,", "1,Anna,")
		want(t, b.mustRun(), "created 1, unchanged 1")
		b.people("1,Ann,", "1,Anna,", "1,Anne,")
		want(t, b.mustRun(), c.counts)
		if got := b.service.held()[0]; got != c.held {
			t.Errorf("%s: Kustomer has %s, want %s", policy, got, c.held)
		}
		requests := len(b.service.log)
		want(t, b.mustRun(), "unchanged 3")
		if len(b.service.log) != requests {
			t.Errorf("%s: the third run sent %v", policy, b.service.log[requests:])
		}
	}
}

func TestLastRowWithinLimit(t *testing.T) {
	b := newLastBench(t, "if_exists: update", "1,Ann,", "1,Anna,", "1,Anne,")
	limit := func(o *Options) { o.Limit = 2 }
	want(t, b.mustRun(limit, func(o *Options) { o.DryRun = true }), "unchanged 1, planned 1")
	want(t, b.mustRun(limit), "created 1, unchanged 1")
	if diff := cmp.Diff([]string{"person 1 Anna"}, b.service.held()); diff != "" {
		t.Error(diff)
	}
	want(t, b.mustRun(), "updated 1, unchanged 2")
}

// lastTickets are tickets of which the last counts; %s is a line of the step.
const lastTickets = onePerson + `
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    on_duplicate: last
    %s
    mapping: { subject: "{{ .subject }}", person: '{{ ref "person" .person }}' }
`

// A row whose parent is not there cannot be sent. One whose parent is not settled can, by the next run: sending an
// earlier row of its key would load what is out of date.
func TestLastRowAndItsParent(t *testing.T) {
	files := map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2," + tooLong + ",\n",
		"tickets.csv": "id,subject,person\n1,old,1\n1,new,2\n1,newer,9\n",
	}
	b := newBench(t, fmt.Sprintf(lastTickets, ""), files)
	want(t, b.mustRun(), "created 2, rejected 3")
	if diff := cmp.Diff([]string{"person 1 Ann", "ticket t1 old"}, b.service.held()); diff != "" {
		t.Error(diff)
	}

	b = newBench(t, fmt.Sprintf(lastTickets, ""), files)
	b.file("people.csv", "id,name,email\n1,Ann,\n2,Bob,\n")
	b.file("tickets.csv", "id,subject,person\n1,old,1\n1,older,2\n1,new,2\n")
	limit := func(o *Options) { o.Step = "person"; o.Limit = 1 }
	want(t, b.mustRun(limit), "created 1")
	want(t, b.mustRun(func(o *Options) { o.Step = "ticket" }), "unchanged 2, not_attempted 1")
	want(t, b.mustRun(), "created 2, unchanged 3")
	if diff := cmp.Diff([]string{"person 1 Ann", "person 2 Bob", "ticket t1 new"}, b.service.held()); diff != "" {
		t.Error(diff)
	}
}

// With an ordering key the row that decides keeps its own place; the others take none, so that no row waits for them.
func TestLastRowKeepsItsPlace(t *testing.T) {
	b := newBench(t, fmt.Sprintf(lastTickets, "ordering_key: '{{ .person }}'"), map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2,Bob,\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,1\n3,c,1\n1,d,1\n2,e,2\n4,f,1\n1,g,2\n",
	})
	want(t, b.mustRun(), "created 6, unchanged 3")
	var ann, bob []string
	for _, o := range b.service.objects {
		switch o.payload["person"] {
		case b.idOf("name", "Ann"):
			ann = append(ann, fmt.Sprint(o.payload["subject"]))
		case b.idOf("name", "Bob"):
			bob = append(bob, fmt.Sprint(o.payload["subject"]))
		}
	}
	if diff := cmp.Diff([][]string{{"c", "f"}, {"e", "g"}}, [][]string{ann, bob}); diff != "" {
		t.Error(diff)
	}

	// The first lane is broken: only rows that decide, and stand in it, are left behind.
	b = newBench(t, fmt.Sprintf(lastTickets, "ordering_key: '{{ .person }}'"), map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2,Bob,\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,1\n3,c,1\n2,d,2\n",
	})
	b.service.fault = func(_, key string, _ int) fault {
		if key == "t1" {
			return unreachable
		}
		return fine
	}
	want(t, b.mustRun(), "created 3, unchanged 1, not_attempted 2")
	if got := b.fates(); !strings.HasSuffix(got, "5 created") {
		t.Errorf("the run tells %q: the last row of t2 waits for a row of another lane", got)
	}
}

// A row that finds something counts as one that can be sent: the pass asks nobody, and neither do rows that do not decide.
func TestLastRowThatFinds(t *testing.T) {
	b, o := newOracle(t, byAgent, "1,B", "1,b", "2,b", "2,nobody", "1,", "3,a")
	b.yaml = strings.Replace(b.yaml, "sink:", "on_duplicate: last\n    sink:", 1)
	dry := b.mustRun(func(o *Options) { o.DryRun = true })
	if want(t, dry, "unchanged 2, rejected 1, planned 3"); dry.Finds != 3 || len(o.taken()) != 0 {
		t.Errorf("the dry run counts %d questions, want 3", dry.Finds)
	}
	want(t, b.mustRun(), "created 2, unchanged 2, rejected 2")
	if diff := cmp.Diff([]string{"/agents?email=a", "/agents?email=b", "/agents?email=nobody"}, o.taken()); diff != "" {
		t.Errorf("what is asked: %s", diff)
	}
	if diff := cmp.Diff([]string{"ticket t1 for Agent b", "ticket t3 for Agent a"}, b.service.held()); diff != "" {
		t.Error(diff)
	}
}

func TestLastElementDecides(t *testing.T) {
	yaml := strings.Replace(nested, "each: tickets", "each: tickets\n    on_duplicate: last", 1)
	b := newBench(t, yaml, map[string]string{"people.json": `[
		{"id": 1, "name": "Ann", "tickets": [{"n": 1, "subject": "a"}, {"n": 1, "subject": "b"}, {"n": 2, "subject": "c"}]},
		{"id": 1, "name": "Ann", "tickets": [{"n": 2, "subject": "d"}, {"n": 2, "subject": "e"}, {"n": 3, "subject": "f"}]}]`})
	b.mustRun(func(o *Options) { o.Step = "person" })
	want(t, b.mustRun(func(o *Options) { o.Step = "ticket" }), "created 3, unchanged 3")
	if diff := cmp.Diff([]string{"person 1 Ann", "ticket 1-1 b 1", "ticket 1-2 e 2", "ticket 1-3 f 2"}, b.service.held()); diff != "" {
		t.Error(diff)
	}
}

// Which row is the last is not known where the source breaks off: nothing of the step is sent.
func TestLastRowOfSourceThatBreaksOff(t *testing.T) {
	b := newBench(t, strings.Replace(fmt.Sprintf(lastPerson, ""), "people.csv", "people.ndjson", 1), map[string]string{
		"people.ndjson": `{"id": 1, "name": "Ann"}` + "\n" + `{"id": 1, "name": "Anna"}` + "\n\x00\xff\n",
	})
	_, err := b.run()
	stop := wantStop(t, err, StopSource)
	if len(b.service.log) != 0 || len(b.settled) != 0 {
		t.Errorf("sent %v", b.service.log)
	}
	if !strings.Contains(stop.Error(), `step "person" sent nothing`) {
		t.Errorf("the run ended with %v", err)
	}
}

// A ledger that cannot be read in the pass ends the run: whether a parent is there is not known.
func TestLastRowsWithoutLedger(t *testing.T) {
	b := newBench(t, fmt.Sprintf(lastTickets, ""), map[string]string{
		"people.csv": "id,name,email\n1,Ann,\n", "tickets.csv": "id,subject,person\n1,old,1\n1,new,1\n",
	})
	p, l := b.mustPlan(), b.openLedger()
	defer p.Close()
	b.started = func(s *program.Step) {
		if s.Name() == "ticket" {
			l.Close()
		}
	}
	sum, err := Run(t.Context(), p, Deps{Ledger: l, Sink: b.service, Observer: b}, Options{RunID: "run-1", Adopt: true})
	wantStop(t, err, StopLedger)
	want(t, sum, "created 1")
}

func TestPreviewOfLastRows(t *testing.T) {
	b := newLastBench(t, "", "1,Ann,", "2,Bob,", "1,Anna,", "1,"+tooLong+",")
	lines := []string{
		`person 1 people.csv:2 unchanged`,
		`person 2 people.csv:3 planned POST /people {"externalId":"2","name":"Bob"}`,
		`person 1 people.csv:4 planned POST /people {"externalId":"1","name":"Anna"}`,
		`person 1 people.csv:5 rejected map name: name: 65 characters, and at most 64 are taken (UTF-16 units); shorten it, with trunc 64 say`,
	}
	for n, wanted := range map[int][]string{0: lines, 2: lines[:2]} {
		got := shown(t, b.mustPlan(), PreviewOptions{Limit: n})
		if len(got) != len(wanted) {
			t.Errorf("limit %d shows %d lines, want %d", n, len(got), len(wanted))
		}
		for i := range min(len(got), len(wanted)) {
			if !matches(wanted[i], got[i]) {
				t.Errorf("limit %d, line %d:\n got %v\nwant %s", n, i, got[i], wanted[i])
			}
		}
	}
}

// TestLastRowWins: over random rows, what Kustomer has of a key is the content of the last row of it that can be sent,
// through runs that are killed, whatever else the rows are.
func TestLastRowWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newLastBench(t, "if_exists: update\n    when: '{{ ne .name \"skip\" }}'")
		for range rapid.IntRange(1, 3).Draw(rt, "runs") {
			wanted, rows := map[string]string{}, []string{}
			for range rapid.IntRange(1, 12).Draw(rt, "rows") {
				id := rapid.SampledFrom([]string{"1", "2", "3"}).Draw(rt, "id")
				name := rapid.SampledFrom([]string{"Ann", "Bob", "Cy", "Di", "skip", tooLong, "torn"}).Draw(rt, "name")
				switch name {
				case "torn":
					rows = append(rows, id+","+name)
					continue
				case "skip", tooLong:
				default:
					wanted[id] = name
				}
				rows = append(rows, id+","+name+",")
			}
			b.people(rows...)
			stopAfter := rapid.IntRange(0, 3).Draw(rt, "stop after")
			ctx, cancel := context.WithCancel(t.Context())
			b.service.fault = func(string, string, int) fault {
				if stopAfter--; stopAfter < 0 {
					cancel()
				}
				return fine
			}
			if sum, err := b.runContext(ctx); err == nil && sum.Rows() != len(rows) {
				rt.Fatalf("%d rows are counted, want %d", sum.Rows(), len(rows))
			}
			cancel()
			b.service.fault = nil
			if sum := b.mustRun(); sum.Rows() != len(rows) {
				rt.Fatalf("%d rows are counted, want %d", sum.Rows(), len(rows))
			}
			held := map[string]string{}
			for _, o := range b.service.objects {
				id := fmt.Sprint(o.payload["externalId"])
				if held[id] != "" {
					rt.Fatalf("Kustomer has %s twice", id)
				}
				held[id] = fmt.Sprint(o.payload["name"])
			}
			for id, name := range wanted {
				if held[id] != name {
					rt.Fatalf("Kustomer has %q of %s, want %q, of the rows\n%s", held[id], id, name, strings.Join(rows, "\n"))
				}
			}
		}
	})
}

// A request for an older content that may have happened is settled first; then the last row's content is sent.
func TestLastRowOfKeyInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLastBench(t, "if_exists: update", "1,Ann,", "1,Anna,")
		b.yaml = strings.Replace(b.yaml, "run: {", "run: { retries: 0,", 1)
		b.service.fault = func(string, string, int) fault { return lostAfter }
		b.service.blind = true
		b.mustRun()
		b.service.fault, b.service.blind = nil, false
		time.Sleep(time.Hour)
		b.people("1,Ann,", "1,Anna,", "1,Anne,")
		want(t, b.mustRun(), "updated 1, unchanged 2")
		if diff := cmp.Diff([]string{"person 1 Anne"}, b.service.held()); diff != "" {
			t.Error(diff)
		}
	})
}
