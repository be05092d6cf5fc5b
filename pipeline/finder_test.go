package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// forms are two things that templates may find: agents, which no run changes, and people.
func forms() []sinks.Form {
	return []sinks.Form{
		{Kind: "agent", By: "email", Args: []string{"email"}, Paths: []string{"/agents?email={email}"}, Pick: sinks.PickEqual, Attr: "email", Fixed: true},
		{Kind: "agents", Paths: []string{"/agents"}, Pick: sinks.PickAll, Fixed: true},
		{Kind: "person", By: "id", Args: []string{"id"}, Paths: []string{"/people/{id}"}},
	}
}

// oracle is a service that templates may ask.
type oracle struct {
	*service
	mu    sync.Mutex
	asks  []string
	delay time.Duration
	err   error // of every question
}

// Ask knows the agents a and b, twice the agent c, and every person save 9.
func (o *oracle) Ask(ctx context.Context, q sinks.Question) (sinks.Answer, error) {
	o.mu.Lock()
	o.asks = append(o.asks, q.Paths[0])
	o.mu.Unlock()
	select {
	case <-time.After(o.delay):
	case <-ctx.Done():
		return sinks.Answer{}, &sinks.Error{Class: sinks.Unreached, Message: "stopped", Err: context.Cause(ctx)}
	}
	if o.err != nil {
		return sinks.Answer{}, o.err
	}
	var items []any
	for i, email := range []string{"a", "b", "c", "c"} {
		items = append(items, map[string]any{"id": fmt.Sprintf("%024x", 0xa0+i), "email": email, "name": "Agent " + email})
	}
	if id, ok := strings.CutPrefix(q.Paths[0], "/people/"); ok {
		if items = nil; id != "9" {
			items = []any{map[string]any{"id": id}}
		}
	}
	return sinks.Answer{Items: items, Bytes: 100 * len(items)}, nil
}

// taken returns what was asked since the last time, sorted.
func (o *oracle) taken() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	asks := o.asks
	o.asks = nil
	slices.Sort(asks)
	return asks
}

// withAgents loads tickets of agents; %s is the mapping.
const withAgents = `
version: 1
run: { workers: 4, max_errors: 100%% }
steps:
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    mapping: { %s }
`

// byAgent is the mapping of most tests: an id, a text and a list that hang on a find.
const byAgent = `person: '{{ (find "agent" "email" .agent).id }}', subject: 'for {{ (find "agent" "email" .agent).name }}'`

func newOracle(t *testing.T, mapping string, rows ...string) (*bench, *oracle) {
	b := newBench(t, fmt.Sprintf(withAgents, mapping), map[string]string{"tickets.csv": "id,agent\n" + strings.Join(rows, "\n") + "\n"})
	o := &oracle{service: b.service}
	b.sink = o
	return b, o
}

func TestFinds(t *testing.T) {
	b, o := newOracle(t, byAgent, "1,a", "2,b", "3,a", "4,nobody", "5,", "6,c", "7,B")
	want(t, b.mustRun(), "created 3, rejected 4")
	if diff := cmp.Diff([]string{"/agents?email=B", "/agents?email=a", "/agents?email=b", "/agents?email=c", "/agents?email=nobody"}, o.taken()); diff != "" {
		t.Errorf("each question is asked once: %s", diff)
	}
	for _, made := range b.service.objects {
		agent := strings.TrimPrefix(fmt.Sprint(made.payload["subject"]), "for Agent ")
		if id := map[string]int{"a": 0xa0, "b": 0xa1}[agent]; made.payload["person"] != fmt.Sprintf("%024x", id) {
			t.Errorf("loaded %v", made.payload)
		}
	}
	b.wantSaid(`find "agent" "email": Kustomer has none; correct the row, or give a default with findOr`)
	b.wantSaid(`ticket t5: person: find "agent" "email": the email is empty`)
	b.wantSaid(`2 objects of Kustomer answer find "agent" "email": 0000000000000000000000a2, 0000000000000000000000a3; name one of them by its id`)
	for _, s := range b.settled {
		if s.Key == "t4" && (s.Value != "nobody" || s.Stage != decide.StageMap || s.Field != "person" || strings.Contains(s.Message, "nobody")) {
			t.Errorf("the miss was settled as %+v", s)
		}
	}
	want(t, b.mustRun(), "unchanged 3, rejected 4")
	if n := len(o.taken()); n != 5 {
		t.Errorf("the second run asked %d questions", n)
	}
}

func TestFindOr(t *testing.T) {
	b, o := newOracle(t, `person: '{{ (findOr "" "agent" "email" .agent).id }}', subject: '{{ len (find "agents") }}'`, "1,a", "2,nobody", "3,")
	want(t, b.mustRun(), "created 3")
	if asks := o.taken(); len(asks) != 3 {
		t.Errorf("asked %q; an empty value is not asked for", asks)
	}
	var people []string
	for _, made := range b.service.objects {
		people = append(people, fmt.Sprint(made.payload["person"], " ", made.payload["subject"]))
	}
	slices.Sort(people)
	if diff := cmp.Diff([]string{fmt.Sprintf("%024x 4", 0xa0), "<nil> 4", "<nil> 4"}, people); diff != "" {
		t.Error(diff)
	}
}

// Rows that ask the same at the same time wait for one request.
func TestFindsCoalesce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := make([]string, 60)
		for i := range rows {
			rows[i] = fmt.Sprintf("%d,a", i)
		}
		b, o := newOracle(t, byAgent+`, externalId: '{{ .id }} {{ run_id }}'`, rows...)
		o.delay = time.Second
		want(t, b.mustRun(), "created 60")
		if asks := o.taken(); len(asks) != 1 {
			t.Errorf("asked %q", asks)
		}
	})
}

func TestFindFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    *sinks.Error
		want   string
		stop   bool
		says   string
		status int
	}{
		{"refused", &sinks.Error{Class: sinks.Refused, Status: 400, Message: "no such thing", Hint: "mend it"}, "rejected 2", false, "no such thing; mend it", 400},
		{"unknown", &sinks.Error{Class: sinks.Unknown, Message: "it answers 500"}, "not_attempted 2", false, "what it needs could not be found out: it answers 500", 0},
		{"unreached", &sinks.Error{Class: sinks.Unreached, Message: "no way there"}, "not_attempted 2", false, "no way there", 0},
		{"fatal", &sinks.Error{Class: sinks.Fatal, Status: 401, Message: "the key was refused"}, "not_attempted 2", true, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, o := newOracle(t, byAgent, "1,a", "2,a")
			o.err = c.err
			sum, err := b.run()
			if !c.stop || sum.Of(ledger.NotAttempted) != 1 { // 1: the run ended before the second row was read
				want(t, sum, c.want)
			}
			b.wantSaid(c.says)
			if c.stop {
				wantStop(t, err, StopSink)
			} else if err != nil {
				t.Fatal(err)
			}
			if got := b.settled[0].Status; got != c.status {
				t.Errorf("status %d", got)
			}
			o.err = nil
			want(t, b.mustRun(), "created 2")
		})
	}
}

func TestFindStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, o := newOracle(t, byAgent, "1,a", "2,b")
		o.delay = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		sum, err := b.runContext(ctx)
		wantStop(t, err, StopInterrupted)
		want(t, sum, "not_attempted 2")
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("the run stopped after %s", took)
		}
	})
}

// A step may find what the step before it has loaded, though it was not there before; what no run changes
// is asked once.
func TestFindsOfTheNextStep(t *testing.T) {
	yaml := fmt.Sprintf(withAgents, `subject: '{{ (findOr "" "person" "id" "9").id }}{{ (find "agent" "email" "a").name }}'`) + `
  later:
    from: tickets.csv
    sink: make_ticket
    key: "l{{ .id }}"
    mapping: { subject: '{{ (findOr "" "person" "id" "9").id }}{{ (find "agent" "email" "a").name }}' }
`
	b, o := newOracle(t, "", "1,a", "2,a")
	b.yaml = yaml
	want(t, b.mustRun(), "created 4")
	if diff := cmp.Diff([]string{"/agents?email=a", "/people/9", "/people/9"}, o.taken()); diff != "" {
		t.Error(diff)
	}
}

func TestDryRunFindsNothing(t *testing.T) {
	b, o := newOracle(t, byAgent, "1,a", "2,b", "3,a", "4,")
	dry := func(o *Options) { o.DryRun = true }
	sum := b.mustRun(dry)
	want(t, sum, "rejected 1, planned 3")
	if sum.Finds != 2 {
		t.Errorf("%d look-ups are forecast, want 2", sum.Finds)
	}
	wantPreview := []string{
		`ticket t1 tickets.csv:2 planned POST /tickets {"externalId":"t1","person":"<found at run time>","subject":"<found at run time>"}`,
		`ticket t2 tickets.csv:3 planned POST /tickets {"externalId":"t2","person":"<found at run time>","subject":"<found at run time>"}`,
	}
	if diff := cmp.Diff(wantPreview, shown(t, b.mustPlan(), PreviewOptions{Limit: 2})); diff != "" {
		t.Error(diff)
	}
	if asks := o.taken(); len(asks) > 0 {
		t.Errorf("a dry run asked %q", asks)
	}
	want(t, b.mustRun(), "created 3, rejected 1")
	want(t, b.mustRun(dry), "unchanged 3, rejected 1")
	for _, s := range b.settled {
		if s.Changed {
			t.Errorf("row %s is said to differ, which a dry run cannot know", s.Key)
		}
	}
}

func TestFindNeedsAKnownRow(t *testing.T) {
	for _, line := range []string{`key: '{{ (find "agent" "email" .agent).id }}'`, `when: '{{ (find "agent" "email" .agent).id }}'`, `ordering_key: '{{ (find "agent" "email" .agent).id }}'`} {
		yaml := fmt.Sprintf(withAgents, "subject: x")
		if name, _, _ := strings.Cut(line, ":"); name == "key" {
			yaml = strings.Replace(yaml, `key: "t{{ .id }}"`, line, 1)
		} else {
			yaml += "    " + line + "\n"
		}
		b := newBench(t, yaml, map[string]string{"tickets.csv": "id,agent\n1,a\n"})
		if _, err := b.plan(); err == nil || !strings.Contains(err.Error(), "this must be known before Kustomer is asked") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// An external id that is found cannot be known before, so nothing is looked up by it ahead.
func TestFoundExternalID(t *testing.T) {
	b, o := newOracle(t, `externalId: '{{ .id }}-{{ (find "agent" "email" .agent).id }}'`, "1,a", "2,a")
	want(t, b.mustRun(), "created 2")
	if asks := o.taken(); len(asks) != 1 {
		t.Errorf("asked %q", asks)
	}
}

func TestSinkThatFindsNothing(t *testing.T) {
	b, o := newOracle(t, byAgent, "1,a")
	b.sink = o.service
	sum, err := b.run()
	if err != nil {
		t.Fatal(err)
	}
	want(t, sum, "not_attempted 1")
}
