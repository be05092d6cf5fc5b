package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

func TestRunLoadsEveryRowOnce(t *testing.T) {
	b := newBench(t, onePerson, map[string]string{"people.csv": "id,name,email\n1,Ann,a@x.co\n2,Bob,\n3,Cy,c@x.co\n"})
	want(t, b.mustRun(), "created 3")
	wantHeld := []string{"person 1 Ann", "person 2 Bob", "person 3 Cy"}
	if diff := cmp.Diff(wantHeld, b.service.held()); diff != "" {
		t.Error(diff)
	}
	before := len(b.service.log)
	want(t, b.mustRun(), "unchanged 3")
	if got := len(b.service.log); got != before {
		t.Errorf("the second run made %d requests", got-before)
	}
}

func TestRejectedRowsAreTriedAgain(t *testing.T) {
	b := newBench(t, onePerson, map[string]string{"people.csv": "id,name,email\n1,Ann,a@x.co\n2,Bob\n,Nobody,n@x.co\n4," + strings.Repeat("x", 65) + ",d@x.co\n"})
	want(t, b.mustRun(), "created 1, rejected 3")
	stages := map[decide.Stage]int{}
	for _, s := range b.settled {
		if s.Outcome == ledger.Rejected {
			stages[s.Stage]++
		}
	}
	if diff := cmp.Diff(map[decide.Stage]int{decide.StageSource: 1, decide.StageMap: 2}, stages); diff != "" {
		t.Error(diff)
	}
	b.file("people.csv", "id,name,email\n1,Ann,a@x.co\n2,Bob,b@x.co\n3,Cy,n@x.co\n4,Di,d@x.co\n")
	want(t, b.mustRun(), "created 3, unchanged 1")
	if n := len(b.service.requests("create")); n != 4 {
		t.Errorf("%d creates, want 4", n)
	}
}

func TestRowsOfOneKey(t *testing.T) {
	const same = "id,name,email\n1,Ann,a@x.co\n1,Ann,a@x.co\n1,Anna,a@x.co\n"
	for _, c := range []struct{ name, policy, rows, want, message string }{
		{"reject", "reject", same, "created 1, unchanged 1, rejected 1", "people.csv:2"},
		{"first", "first", same, "created 1, unchanged 2", ""},
		{"a rejected row claims nothing", "reject", "id,name,email\n1," + strings.Repeat("x", 65) + ",\n1,Ann,\n", "created 1, rejected 1", "at most 64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			yaml := strings.Replace(onePerson, "sink:", "on_duplicate: "+c.policy+"\n    sink:", 1)
			b := newBench(t, yaml, map[string]string{"people.csv": c.rows})
			want(t, b.mustRun(), c.want)
			if got := strings.Join(b.messages(), "\n"); !strings.Contains(got, c.message) {
				t.Errorf("messages %q do not say %q", got, c.message)
			}
			again := b.mustRun()
			if again.Of(ledger.Created) != 0 || len(b.service.requests("create")) != 1 {
				t.Errorf("the second run sent something: %v", b.service.log)
			}
		})
	}
}

const withTickets = onePerson + `
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    mapping: { subject: "{{ .subject }}", person: '{{ ref "person" .person }}' }
`

func TestChildrenFollowTheirParents(t *testing.T) {
	b := newBench(t, withTickets, map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2," + strings.Repeat("x", 65) + ",\n",
		"tickets.csv": "id,subject,person\n1,good,1\n2,parent rejected,2\n3,parent unknown,9\n4,no parent,\n",
	})
	want(t, b.mustRun(), "created 2, rejected 4")
	joined := strings.Join(b.messages(), "\n")
	for _, part := range []string{`person "2" was rejected`, `person "9" was never loaded`, "the key is empty"} {
		if !strings.Contains(joined, part) {
			t.Errorf("no row says %q:\n%s", part, joined)
		}
	}
	for _, o := range b.service.objects {
		if o.kind == "ticket" && o.payload["person"] != b.service.objects[0].id {
			t.Errorf("the ticket belongs to %v", o.payload["person"])
		}
	}
	b.file("people.csv", "id,name,email\n1,Ann,\n2,Bob,\n")
	want(t, b.mustRun(), "created 2, unchanged 2, rejected 2")
}

func TestPartialRunsLeaveChildrenOfUnreadParents(t *testing.T) {
	files := map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2,Bob,\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,2\n",
	}
	b := newBench(t, withTickets, files)
	want(t, b.mustRun(func(o *Options) { o.Step = "ticket" }), "not_attempted 2")
	b.file("tickets.csv", "id,subject,person\n2,b,2\n")
	want(t, b.mustRun(func(o *Options) { o.Limit = 1 }), "created 1, not_attempted 1")
	b.file("tickets.csv", files["tickets.csv"])
	want(t, b.mustRun(), "created 3, unchanged 1")
}

func TestSkippedParentSkipsTheChild(t *testing.T) {
	const wide = `
version: 1
steps:
  person:
    from: wide.csv
    sink: make_person
    key: "{{ .id }}"
    when: '{{ ne .name "" }}'
    mapping: { name: "{{ .name }}" }
  ticket:
    from: wide.csv
    sink: make_ticket
    key: "t{{ .id }}"
    mapping: { subject: "{{ .subject }}", person: '{{ ref "person" }}' }
`
	b := newBench(t, wide, map[string]string{"wide.csv": "id,name,subject\n1,Ann,hello\n2,,orphan\n"})
	want(t, b.mustRun(), "created 2, skipped 2")
	want(t, b.mustRun(func(o *Options) { o.DryRun = true }), "unchanged 2, skipped 2")
}

func TestUpdatePolicies(t *testing.T) {
	rows := func(name string) string { return "id,name,email\n1," + name + ",\n" }
	for _, c := range []struct{ policy, want, held string }{
		{"skip", "unchanged 1", "person 1 Ann"},
		{"update", "updated 1", "person 1 Anna"},
		{"fail", "unchanged 1", "person 1 Ann"},
	} {
		t.Run(c.policy, func(t *testing.T) {
			yaml := strings.Replace(onePerson, "sink:", "if_exists: "+c.policy+"\n    sink:", 1)
			b := newBench(t, yaml, map[string]string{"people.csv": rows("Ann")})
			want(t, b.mustRun(), "created 1")
			b.file("people.csv", rows("Anna"))
			want(t, b.mustRun(), c.want)
			if diff := cmp.Diff([]string{c.held}, b.service.held()); diff != "" {
				t.Error(diff)
			}
			if changed := b.settled[0].Changed; changed != (c.policy != "update") {
				t.Errorf("Changed = %v", changed)
			}
			if c.policy == "update" {
				want(t, b.mustRun(), "unchanged 1")
			}
		})
	}
}

func TestConflicts(t *testing.T) {
	const row = "id,name,email\n1,Ann,a@x.co\n"
	type objects []map[string]any
	for _, c := range []struct {
		name, policy, want, message string
		there                       objects
	}{
		{"ours by external id", "skip", "existed 1", "", objects{{"externalId": "1"}}},
		{"ours by external id, updated", "update", "updated 1", "", objects{{"externalId": "1"}}},
		{"ours by external id, fail", "fail", "rejected 1", "if_exists: fail", objects{{"externalId": "1"}}},
		{"e-mail on a record without external id", "skip", "existed 1", "", objects{{"email": "a@x.co"}}},
		{"e-mail of another person", "skip", "rejected 1", "another external id", objects{{"email": "a@x.co", "externalId": "77"}}},
		{"two records", "skip", "rejected 1", "ambiguous", objects{{"externalId": "1"}, {"email": "a@x.co"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			yaml := strings.Replace(onePerson, "sink:", "if_exists: "+c.policy+"\n    sink:", 1)
			b := newBench(t, yaml, map[string]string{"people.csv": row})
			for _, o := range c.there {
				b.service.seed("person", o)
			}
			want(t, b.mustRun(), c.want)
			if got := strings.Join(b.messages(), "\n"); !strings.Contains(got, c.message) {
				t.Errorf("messages %q do not say %q", got, c.message)
			}
			if len(b.service.objects) != len(c.there) {
				t.Errorf("%d objects, want %d", len(b.service.objects), len(c.there))
			}
		})
	}
}

func TestRefusedRowsKeepTheirReason(t *testing.T) {
	b := newBench(t, onePerson, map[string]string{"people.csv": "id,name,email\n1,Ann,\n"})
	b.service.fault = func(_, _ string, try int) fault { return map[int]fault{1: refuse}[try] }
	want(t, b.mustRun(), "rejected 1")
	s := b.settled[0]
	if s.Stage != decide.StageSend || s.Status != 400 || s.Field != "name" {
		t.Errorf("settled as %+v", s)
	}
	want(t, b.mustRun(), "created 1")
}

func TestNowDoesNotMakeARowNew(t *testing.T) {
	yaml := strings.Replace(onePerson, `name: "{{ .name }}"`, `name: "{{ .name }}", note: "{{ now }} {{ run_id }}"`, 1)
	b := newBench(t, yaml, map[string]string{"people.csv": "id,name,email\n1,Ann,\n"})
	want(t, b.mustRun(), "created 1")
	want(t, b.mustRun(), "unchanged 1")
}

func TestMaxErrorsStopsTheRun(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("id,name,email\n")
	for i := range 5000 {
		name := "ok"
		if i%4 == 0 {
			name = strings.Repeat("x", 65)
		}
		fmt.Fprintf(&rows, "%d,%s,\n", i, name)
	}
	for _, limit := range []string{"10%", "20"} {
		t.Run(limit, func(t *testing.T) {
			yaml := strings.Replace(onePerson, "workers: 4", "workers: 4, max_errors: "+limit, 1)
			b := newBench(t, yaml, map[string]string{"people.csv": rows.String()})
			sum, err := b.run()
			var stop *StopError
			if !errors.As(err, &stop) || stop.Reason != StopErrors {
				t.Fatalf("the run ended with %v", err)
			}
			if n := sum.Rows(); n > 1500 {
				t.Errorf("%d rows were read before the run stopped", n)
			}
		})
	}
}

func TestInterruptedRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rows strings.Builder
		rows.WriteString("id,name,email\n")
		for i := range 2000 {
			fmt.Fprintf(&rows, "%d,p%d,\n", i, i)
		}
		b := newBench(t, onePerson, map[string]string{"people.csv": rows.String()})
		b.service.delay = 10 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sum, err := b.runContext(ctx)
		var stop *StopError
		if !errors.As(err, &stop) || stop.Reason != StopInterrupted {
			t.Fatalf("the run ended with %v", err)
		}
		if sum.Of(ledger.InDoubt) != 0 || sum.Of(ledger.Created) != len(b.service.objects) {
			t.Errorf("%d created, %d in doubt, %d objects", sum.Of(ledger.Created), sum.Of(ledger.InDoubt), len(b.service.objects))
		}
		if n := len(b.service.requests("find")); n != 0 {
			t.Errorf("%d look-ups", n)
		}
		b.service.delay = 0
		b.mustRun()
		if n := len(b.service.objects); n != 2000 {
			t.Errorf("%d objects, want 2000", n)
		}
		if n := len(b.service.requests("find")); n != 0 {
			t.Errorf("a graceful stop left %d rows to look up", n)
		}
	})
}

func TestFatalAnswerEndsTheRun(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("id,name,email\n")
	for i := range 1000 {
		fmt.Fprintf(&rows, "%d,p%d,\n", i, i)
	}
	b := newBench(t, onePerson, map[string]string{"people.csv": rows.String()})
	b.service.fault = func(string, string, int) fault {
		if len(b.service.objects) >= 100 {
			return key401
		}
		return fine
	}
	sum, err := b.run()
	var stop *StopError
	if !errors.As(err, &stop) || stop.Reason != StopSink {
		t.Fatalf("the run ended with %v", err)
	}
	if sum.Of(ledger.Created) != 100 || sum.Of(ledger.Rejected) != 0 || sum.Of(ledger.InDoubt) != 0 {
		t.Errorf("%d created, %d rejected, %d in doubt", sum.Of(ledger.Created), sum.Of(ledger.Rejected), sum.Of(ledger.InDoubt))
	}
	if n := len(b.service.requests("create")); n > 100+4 {
		t.Errorf("%d requests after the key was refused", n-100)
	}
	b.service.fault = nil
	sum = b.mustRun()
	if sum.Of(ledger.Created) != 900 || len(b.service.requests("find")) != 0 {
		t.Errorf("the second run: %d created, %d look-ups", sum.Of(ledger.Created), len(b.service.requests("find")))
	}
}

func TestWorkersBoundRequestsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rows strings.Builder
		rows.WriteString("id,name,email\n")
		for i := range 300 {
			fmt.Fprintf(&rows, "%d,p%d,\n", i, i)
		}
		b := newBench(t, onePerson, map[string]string{"people.csv": rows.String()})
		b.service.delay = 10 * time.Millisecond
		want(t, b.mustRun(), "created 300")
		if b.service.most != 4 {
			t.Errorf("%d requests at once, want 4", b.service.most)
		}
	})
}

func TestOrderingKeyKeepsSourceOrder(t *testing.T) {
	yaml := strings.Replace(onePerson, "sink:", "ordering_key: '{{ .email }}'\n    sink:", 1)
	var rows strings.Builder
	rows.WriteString("id,name,email\n")
	for i := range 300 {
		fmt.Fprintf(&rows, "%03d,p,lane%d\n", i, i%3)
	}
	yaml = strings.Replace(yaml, `, email: "{{ .email }}"`, `, note: "{{ .email }}"`, 1)
	b := newBench(t, yaml, map[string]string{"people.csv": rows.String()})
	want(t, b.mustRun(), "created 300")
	var lanes [3][]string
	for _, line := range b.service.requests("create") {
		key := strings.Fields(line)[2]
		var n int
		fmt.Sscanf(key, "%d", &n)
		lanes[n%3] = append(lanes[n%3], key)
	}
	for i, lane := range lanes {
		if !slices.IsSorted(lane) || len(lane) != 100 {
			t.Errorf("lane %d was sent as %v", i, lane)
		}
	}
}

func TestEachExplodesRows(t *testing.T) {
	const nested = `
version: 1
steps:
  person:
    from: people.json
    sink: make_person
    key: "{{ .id }}"
    mapping: { name: "{{ .name }}" }
  ticket:
    from: people.json
    each: tickets
    sink: make_ticket
    key: "{{ parent.id }}-{{ .n }}"
    mapping: { subject: "{{ .subject }} of {{ parent.name }}", person: '{{ ref "person" }}' }
`
	b := newBench(t, nested, map[string]string{"people.json": `[
		{"id": 1, "name": "Ann", "tickets": [{"n": 1, "subject": "a"}, {"n": 2, "subject": "b"}]},
		{"id": 2, "name": "Bob", "tickets": []},
		{"id": 3, "name": "Cy"},
		{"id": 4, "name": "Di", "tickets": ["x"]},
		{"id": 5, "name": "Ed", "tickets": "x"}]`})
	want(t, b.mustRun(), "created 7, rejected 2")
	wantHeld := []string{"person 1 Ann", "person 2 Bob", "person 3 Cy", "person 4 Di", "person 5 Ed",
		"ticket 1-1 a of Ann", "ticket 1-2 b of Ann"}
	if diff := cmp.Diff(wantHeld, b.service.held()); diff != "" {
		t.Error(diff)
	}
}

func TestDryRunSendsNothing(t *testing.T) {
	b := newBench(t, withTickets, map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2," + strings.Repeat("x", 65) + ",\n1,Other,\n",
		"tickets.csv": "id,subject,person\n1,good,1\n2,parent rejected,2\n3,parent unknown,9\n",
	})
	dry := func(o *Options) { o.DryRun = true }
	want(t, b.mustRun(dry), "rejected 4, planned 2")
	if len(b.service.log) != 0 {
		t.Errorf("requests: %v", b.service.log)
	}
	b.mustRun()
	want(t, b.mustRun(dry), "unchanged 2, rejected 4")
}

func asStop(err error, stop **StopError) bool { return errors.As(err, stop) }
