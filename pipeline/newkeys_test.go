package pipeline

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sources"
)

// withKey is a pipeline with another template of the key.
func withKey(yaml, key string) string {
	return strings.Replace(yaml, `key: "t{{ .id }}"`, `key: "`+key+`"`, 1)
}

// withExternalID is a pipeline with a template of the externalId.
func withExternalID(yaml, template string) string {
	return strings.Replace(yaml, "mapping: {", `mapping: { externalId: "`+template+`",`, 1)
}

// chats is the pipeline tickets with its step renamed.
var chats = strings.Replace(tickets, "  ticket:", "  chat:", 1)

// persons is a pipeline that makes a person of each ticket, with the ticket's key.
var persons = strings.NewReplacer("  ticket:", "  person:", "make_ticket", "make_person", "subject:", "name:").Replace(tickets)

// ticketsFrom are rows with the ids from first on.
func ticketsFrom(first, n int) string {
	var rows strings.Builder
	rows.WriteString("id,subject\n")
	for i := first; i < first+n; i++ {
		fmt.Fprintf(&rows, "%d,s%d\n", i, i)
	}
	return rows.String()
}

// noted is what the ledger notes of a step, as "key externalId".
func (b *bench) noted(step string) (text string) {
	b.withLedger(func(l *ledger.Ledger) {
		s, _ := l.Step(step)
		text = strings.TrimSpace(s.Key + " " + s.ExternalID)
	})
	return text
}

func TestNewKeys(t *testing.T) {
	const thirty = 30
	onlyChat := func(o *Options) { o.Step = "chat" }
	also := func(yaml string) string {
		return yaml + "  other: { from: people.csv, sink: make_person, key: \"{{ .id }}\", mapping: { name: x } }\n"
	}
	for _, c := range []struct {
		name   string
		after  string // the pipeline of the second run; that of the first is tickets
		loaded int    // rows of the first run
		rows   string // of the second run; "" is those of the first
		opts   func(*Options)
		bound  func(*program.Program)
		stops  string // what the error says; "" for a run that goes on
		noted  string // of the step of the second run, after it
	}{
		{name: "another key", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, stops: `step "ticket": the template of its key is "zd-{{ .id }}", and was "t{{ .id }}" in its last run, and its source has none of the 30 keys`, noted: "t{{ .id }}"},
		{name: "the same template", after: tickets, loaded: thirty, noted: "t{{ .id }}"},
		{name: "a delta file with new keys alone", after: tickets, loaded: thirty, rows: ticketsFrom(100, 9), noted: "t{{ .id }}"},
		{name: "another text gives the same keys", after: withKey(tickets, "t{{ .id | trim }}"), loaded: thirty, noted: "t{{ .id | trim }}"},
		{name: "one known key is left, in the last row", after: withKey(tickets, "{{ .subject }}"), loaded: thirty, rows: ticketsFrom(100, 40) + "7,t7\n", noted: "{{ .subject }}"},
		{name: "too few were loaded", after: withKey(tickets, "zd-{{ .id }}"), loaded: minLoadedKeys - 1, noted: "zd-{{ .id }}"},
		{name: "just enough were loaded", after: withKey(tickets, "zd-{{ .id }}"), loaded: minLoadedKeys, stops: "none of the 20 keys", noted: "t{{ .id }}"},
		{name: "no rows", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, rows: "id,subject\n", noted: "t{{ .id }}"},
		{name: "all are skipped", after: strings.Replace(withKey(tickets, "zd-{{ .id }}"), "sink:", "when: 'false'\n    sink:", 1), loaded: thirty, noted: "t{{ .id }}"},
		{name: "another externalId of the same keys", after: withExternalID(tickets, "x{{ .id }}"), loaded: thirty, noted: "t{{ .id }} x{{ .id }}"},
		{name: "another externalId, and none of the keys", after: withExternalID(tickets, "x{{ .id }}"), loaded: thirty, rows: ticketsFrom(100, 9), stops: `the template of its externalId is "x{{ .id }}", and was "" in its last run`, noted: "t{{ .id }}"},
		{name: "accepted", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, opts: func(o *Options) { o.Accept = Accept{"new_keys"} }, noted: "zd-{{ .id }}"},
		{name: "accepted for the step", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, opts: func(o *Options) { o.Accept = Accept{"new_keys:ticket"} }, noted: "zd-{{ .id }}"},
		{name: "accepted for another step", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, opts: func(o *Options) { o.Accept = Accept{"new_keys:person", "no_lookup"} }, stops: "none of the 30 keys", noted: "t{{ .id }}"},
		{name: "--adopt", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, opts: func(o *Options) { o.Adopt = true }, stops: "none of the 30 keys", noted: "t{{ .id }}"},
		{name: "--limit", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, opts: func(o *Options) { o.Limit = 2 }, stops: "none of the 30 keys", noted: "t{{ .id }}"},
		{name: "a known key beyond --limit", after: withKey(tickets, "{{ .subject }}"), loaded: thirty, rows: ticketsFrom(100, 9) + "7,t7\n", opts: func(o *Options) { o.Limit = 2 }, noted: "{{ .subject }}"},
		{name: "a dry run", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, opts: func(o *Options) { o.DryRun = true }, stops: "none of the 30 keys", noted: "t{{ .id }}"},
		{name: "an accepted dry run notes nothing", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, opts: func(o *Options) { o.DryRun, o.Accept = true, Accept{"new_keys"} }, noted: "t{{ .id }}"},
		{name: "--step of another step", after: also(withKey(tickets, "zd-{{ .id }}")), loaded: thirty, opts: func(o *Options) { o.Step = "other" }, noted: "t{{ .id }}"},
		{name: "--source", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, bound: func(p *program.Program) { p.Steps[0].Source.Given = true }, noted: "t{{ .id }}"},
		{name: "standard input", after: withKey(tickets, "zd-{{ .id }}"), loaded: thirty, bound: func(p *program.Program) { p.Steps[0].Source.Once = true }, noted: "t{{ .id }}"},

		{name: "renamed", after: chats, loaded: thirty, stops: `the ledger does not know step "chat", and step "ticket", which the pipeline file no longer has, loaded 30 of its 30 keys`},
		{name: "renamed, few rows", after: chats, loaded: 1, stops: "loaded 1 of its 1 keys"},
		{name: "renamed, half of the keys", after: chats, loaded: 30, rows: ticketsFrom(0, 60), stops: "loaded 30 of its 60 keys"},
		{name: "renamed, less than half of the keys", after: chats, loaded: 30, rows: ticketsFrom(0, 61), noted: "t{{ .id }}"},
		{name: "renamed, keys that repeat", after: chats, loaded: 3, rows: ticketsFrom(0, 3) + "9,s9\n8,s8\n8,s8\n8,s8\n8,s8\n8,s8\n", stops: "loaded 3 of its 5 keys"},
		{name: "renamed, a known key that repeats", after: chats, loaded: 3, rows: ticketsFrom(2, 5) + "2,s2\n2,s2\n2,s2\n", noted: "t{{ .id }}"},
		{name: "renamed, other rows", after: chats, loaded: thirty, rows: ticketsFrom(100, 30), noted: "t{{ .id }}"},
		{name: "renamed, no rows", after: chats, loaded: thirty, rows: "id,subject\n"},
		{name: "renamed, in a run of that step", after: also(chats), loaded: thirty, opts: onlyChat, stops: "loaded 30 of its 30 keys"},
		{name: "renamed, in a run of another step", after: also(chats), loaded: thirty, opts: func(o *Options) { o.Step = "other" }, noted: ""},
		{name: "a second step with the same keys", after: tickets + strings.Replace(chats[strings.Index(chats, "  chat:"):], "mapping: {", "when: 'true'\n    mapping: {", 1), loaded: thirty, opts: onlyChat, noted: "t{{ .id }}"},
		{name: "renamed, --limit", after: chats, loaded: thirty, rows: ticketsFrom(0, 61), opts: func(o *Options) { o.Limit = 2 }, noted: "t{{ .id }}"},
		{name: "renamed, accepted", after: chats, loaded: thirty, opts: func(o *Options) { o.Accept = Accept{"new_keys:chat"} }, noted: "t{{ .id }}"},
		{name: "renamed, --source", after: chats, loaded: thirty, bound: func(p *program.Program) { p.Steps[0].Source.Given = true }},
		{name: "another kind of object with the same keys", after: persons, loaded: thirty, noted: "t{{ .id }}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, tickets, map[string]string{"tickets.csv": ticketsFrom(0, c.loaded), "people.csv": "id\n1\n"})
			b.opts.MaxErrors = &all
			want(t, b.mustRun(), fmt.Sprintf("created %d", c.loaded))
			made := len(b.service.requests("create"))
			b.yaml, b.bound = c.after, c.bound
			if c.rows != "" {
				b.file("tickets.csv", c.rows)
			}
			if c.opts == nil {
				c.opts = func(*Options) {}
			}
			sum, err := b.run(c.opts)
			if c.stops == "" && err != nil {
				t.Fatal(err)
			}
			step := "ticket"
			if strings.Contains(c.after, "  chat:") {
				step = "chat"
			}
			if strings.Contains(c.after, "  person:") {
				step = "person"
			}
			if c.stops != "" {
				stop := wantStop(t, err, StopGuard)
				if !strings.Contains(stop.Err.Error(), c.stops) || !strings.Contains(stop.Hint, "--accept new_keys:"+step) {
					t.Errorf("the error is %v", stop)
				}
				if len(sum.Guards) != 1 || sum.Guards[0].Accepted || sum.Rows() != 0 {
					t.Errorf("the summary is %+v", sum)
				}
				if n := len(b.service.requests("create")) - made; n != 0 {
					t.Errorf("%d creates", n)
				}
			}
			if got := b.noted(step); got != c.noted {
				t.Errorf("the ledger notes %q, want %q", got, c.noted)
			}
		})
	}
}

// TestNewKeysAfterwards: what was let pass once is noted, so that the next run is not stopped; and each stop says what to
// type.
func TestNewKeysAfterwards(t *testing.T) {
	for _, c := range []struct{ name, yaml, accept, command, loads string }{
		{"another key", withKey(tickets, "zd-{{ .id }}"), "new_keys:ticket", "kustsync ledger rekey %s --step ticket --map old,new.csv", "created 25"},
		{"renamed", chats, "new_keys:chat", "kustsync ledger mv %s --step ticket chat", "existed 25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, tickets, map[string]string{"tickets.csv": ticketsFrom(0, 25)})
			b.opts.MaxErrors = &all
			want(t, b.mustRun(), "created 25")
			b.yaml = c.yaml
			for range 2 { // a run that was stopped notes nothing
				_, err := b.run()
				stop := wantStop(t, err, StopGuard)
				if command := fmt.Sprintf(c.command, filepath.Join(b.dir, "p.yaml")); !strings.Contains(stop.Hint, command) {
					t.Errorf("the hint %q has no %q", stop.Hint, command)
				}
			}
			sum := b.mustRun(func(o *Options) { o.Accept = Accept{c.accept} })
			want(t, sum, c.loads)
			if len(sum.Guards) != 1 || !sum.Guards[0].Accepted {
				t.Errorf("the summary has the guards %+v", sum.Guards)
			}
			if said := strings.Join(b.said, "\n"); !strings.Contains(said, "--accept new_keys lets this pass") {
				t.Errorf("said %q", said)
			}
			want(t, b.mustRun(), "unchanged 25")
		})
	}
}

// TestNewKeysOfSeveralSteps: all steps are checked before the first one sends anything, and all that was found is told.
func TestNewKeysOfSeveralSteps(t *testing.T) {
	people := "id,name,email\n"
	rows := "id,subject,person\n"
	for i := range 20 {
		people += fmt.Sprintf("%d,p,\n", i)
		rows += fmt.Sprintf("%d,s,%d\n", i, i)
	}
	b := newBench(t, withTickets, map[string]string{"people.csv": people, "tickets.csv": rows})
	want(t, b.mustRun(), "created 40")
	b.yaml = strings.NewReplacer(`key: "{{ .id }}"`, `key: "p{{ .id }}"`, `key: "t{{ .id }}"`, `key: "x{{ .id }}"`,
		`ref "person" .person`, `ref "person" (printf "p%s" .person)`).Replace(withTickets)
	sum, err := b.run()
	stop := wantStop(t, err, StopGuard)
	for _, part := range []string{`step "person"`, `step "ticket"`, "--accept new_keys:person", "--accept new_keys:ticket"} {
		if !strings.Contains(stop.Error(), part) {
			t.Errorf("the error %v does not say %s", stop, part)
		}
	}
	if len(sum.Guards) != 2 {
		t.Errorf("%d results, want 2", len(sum.Guards))
	}
}

// TestNewKeysInASurvey: plan stops for the same reason, and asks Kustomer nothing before.
func TestNewKeysInASurvey(t *testing.T) {
	b := newBench(t, tickets, ticketRows(25))
	want(t, b.mustRun(), "created 25")
	b.yaml = withKey(tickets, "zd-{{ .id }}")
	before := len(b.service.requests("find"))
	_, err := b.run(func(o *Options) { o.Survey = true })
	wantStop(t, err, StopGuard)
	if n := len(b.service.requests("find")) - before; n != 0 {
		t.Errorf("%d look-ups", n)
	}
}

// TestNewKeysWithoutNotes: a ledger of an earlier kustsync notes no templates. There is nothing to compare then, and the
// template is noted; but what it has entries of it knows.
func TestNewKeysWithoutNotes(t *testing.T) {
	settle := func(b *bench, rejected bool) {
		b.withLedger(func(l *ledger.Ledger) {
			for i := range 30 {
				e := ledger.Entry{Step: "ticket", Key: fmt.Sprintf("t%d", i), Object: "ticket", Outcome: ledger.Created, KustomerID: fmt.Sprintf("id%d", i), UpdatedAt: time.Now()}
				e.ExternalID = e.Key
				if rejected {
					e.Outcome, e.KustomerID = ledger.Rejected, ""
				}
				if err := l.Settle(e); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	for _, c := range []struct {
		name, yaml string
		rejected   bool
		stops      bool
	}{
		{"another key", withKey(tickets, "zd-{{ .id }}"), false, false},
		{"renamed", chats, false, true},
		{"renamed, and nothing was loaded", chats, true, false},
		{"renamed, another kind", persons, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.yaml, map[string]string{"tickets.csv": ticketsFrom(0, 30)})
			b.opts.MaxErrors = &all
			settle(b, c.rejected)
			_, err := b.run()
			if c.stops {
				wantStop(t, err, StopGuard)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if plan := b.mustPlan(); b.noted(plan.Steps[0].Name()) != plan.Steps[0].Config.Key.Value {
				t.Errorf("the ledger notes %q", b.noted(plan.Steps[0].Name()))
			}
		})
	}
}

// TestNewKeysKnowsAStepThatOnlyRejected: an older kustsync rejected all rows of a renamed step. That step is still
// unknown: none of its rows was loaded.
func TestNewKeysKnowsAStepThatOnlyRejected(t *testing.T) {
	b := newBench(t, tickets, ticketRows(25))
	want(t, b.mustRun(), "created 25")
	b.withLedger(func(l *ledger.Ledger) {
		if err := l.Settle(ledger.Entry{Step: "chat", Key: "t1", Object: "ticket", Outcome: ledger.Rejected, UpdatedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
	})
	b.yaml = chats
	_, err := b.run()
	wantStop(t, err, StopGuard)
}

// TestNewKeysNotedOnlyWhenLoaded: a run that ends before a step sends anything notes nothing of the step.
func TestNewKeysNotedOnlyWhenLoaded(t *testing.T) {
	b := newBench(t, tickets, ticketRows(3))
	b.service.seed("ticket", map[string]any{"externalId": "t1"})
	_, err := b.run()
	wantStop(t, err, StopLostLedger)
	if got := b.noted("ticket"); got != "" {
		t.Errorf("the ledger notes %q", got)
	}
	want(t, b.mustRun(func(o *Options) { o.Adopt = true }), "created 2, existed 1")
	if got := b.noted("ticket"); got != "t{{ .id }}" {
		t.Errorf("the ledger notes %q", got)
	}
}

// TestNewKeysOfEach: rows below rows have keys, too.
func TestNewKeysOfEach(t *testing.T) {
	tickets := ""
	for i := range 25 {
		tickets += fmt.Sprintf(`,{"n":%d,"subject":"a","noted":true}`, i)
	}
	b := newBench(t, nested, map[string]string{"people.json": `[{"id":1,"name":"Ann","tickets":[` + tickets[1:] + `]}]`})
	b.mustRun()
	b.yaml = strings.Replace(nested, `key: "{{ parent.id }}-{{ .n }}"`, `key: "{{ parent.id }}/{{ .n }}"`, 1)
	_, err := b.run()
	if stop := wantStop(t, err, StopGuard); !strings.Contains(stop.Error(), `step "ticket"`) {
		t.Error(stop)
	}
}

// counted is a source that counts the rows that were read.
type counted struct {
	sources.Source
	rows *int
}

func (c counted) Rows(ctx context.Context) iter.Seq2[sources.Row, error] {
	return func(yield func(sources.Row, error) bool) {
		for row, err := range c.Source.Rows(ctx) {
			*c.rows++
			if !yield(row, err) {
				return
			}
		}
	}
}

// TestNewKeysReadsLittle: a usual run reads no row for the guard, and others no more than they need.
func TestNewKeysReadsLittle(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		rows, read int
	}{
		{"the same template", tickets, 1000, 0},
		{"another text", withKey(tickets, "t{{ .id | trim }}"), 1000, 1},
		{"another key", withKey(tickets, "zd-{{ .id }}"), 1000, 1000},
		{"another step, few keys of the old one", chats, 1000, 2*30 + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, tickets, map[string]string{"tickets.csv": ticketsFrom(0, 30)})
			b.mustRun()
			b.yaml = c.yaml
			b.file("tickets.csv", ticketsFrom(0, c.rows))
			read, atStart := 0, -1
			b.bound = func(p *program.Program) {
				p.Steps[0].Source.Source = counted{p.Steps[0].Source.Source, &read}
			}
			b.started = func(*program.Step) { atStart = read }
			_, _ = b.run(func(o *Options) { o.DryRun = true })
			if atStart < 0 {
				atStart = read
			}
			if atStart != c.read {
				t.Errorf("%d rows were read, want %d", atStart, c.read)
			}
		})
	}
}
