package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// survey judges every row and lists the verdicts as "step key action field:old>new".
func (b *bench) survey(change ...func(*Options)) []string {
	b.t.Helper()
	before := len(b.service.requests("create", "update"))
	b.mustRun(append(change, func(o *Options) { o.Survey = true })...)
	if n := len(b.service.requests("create", "update")); n != before {
		b.t.Fatalf("the survey wrote: %v", b.service.requests("create", "update")[before:])
	}
	var out []string
	for _, s := range b.settled {
		line := fmt.Sprintf("%s %s %s", s.Step, s.Key, s.Verdict.Action)
		for _, c := range s.Verdict.Changes {
			line += fmt.Sprintf(" %s:%v>%v", c.Field, c.Old, c.New)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// asked lists what a call asks of the service.
func (b *bench) asked(do func()) []string {
	before := len(b.service.log)
	do()
	log := slices.Clone(b.service.log[before:])
	slices.Sort(log)
	return log
}

func (b *bench) wantSurvey(want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.survey()); diff != "" {
		b.t.Error(diff)
	}
}

const family = `
version: 1
run: { workers: 4, max_errors: 100% }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    when: '{{ ne .name "nobody" }}'
    if_exists: POLICY
    mapping: { name: "{{ .name }}", email: "{{ .email }}", age: "{{ .age }}" }
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    mapping: { subject: "{{ .subject }}", person: '{{ ref "person" .person }}' }
`

func newFamily(t *testing.T, policy string) *bench {
	return newBench(t, strings.Replace(family, "POLICY", policy, 1), map[string]string{
		"people.csv":  "id,name,email,age\n1,Ann,ann@x.com,30\n2,Bob,bob@x.com,40\n",
		"tickets.csv": "id,subject,person\n1,Hello,1\n2,Bye,2\n",
	})
}

// TestSurveyOfAFirstLoad: objects are looked up, and nothing is asked about children of what is not there.
func TestSurveyOfAFirstLoad(t *testing.T) {
	b := newFamily(t, "update")
	asked := b.asked(func() { b.wantSurvey("person 1 create", "person 2 create", "ticket t1 create", "ticket t2 create") })
	want := []string{"find person email=ann@x.com", "find person email=bob@x.com", "find person externalId=1", "find person externalId=2"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
	ticket := b.settled[slices.IndexFunc(b.settled, func(s Settlement) bool { return s.Key == "t1" })]
	if got := bodyOf(ticket)["person"]; got != `<id of person "1">` || ticket.Verdict.Method != "POST" {
		t.Errorf("the ticket is to be sent as %+v", ticket.Verdict)
	}
}

// bodyOf is what the request of a row carries, where that has members.
func bodyOf(s Settlement) map[string]any {
	body, _ := s.Verdict.Body.(map[string]any)
	return body
}

// TestSurveyOfALoadedFile: what the ledger knows takes no request.
func TestSurveyOfALoadedFile(t *testing.T) {
	b := newFamily(t, "update")
	b.mustRun()
	if asked := b.asked(func() {
		b.wantSurvey("person 1 unchanged", "person 2 unchanged", "ticket t1 unchanged", "ticket t2 unchanged")
	}); len(asked) > 0 {
		t.Errorf("it asked %v", asked)
	}
}

// TestSurveyShowsWhatChanges: the object is read, and the fields that differ are shown as they are and as
// they will be.
func TestSurveyShowsWhatChanges(t *testing.T) {
	b := newFamily(t, "update")
	b.mustRun()
	b.file("people.csv", "id,name,email,age\n1,Ann,ann@x.com,31\n2,Bob,bob@x.com,40\n3,Cem,,\n")
	b.file("tickets.csv", "id,subject,person\n1,Hello,1\n2,Good bye,2\n3,New,3\n4,Old,9\n")
	want := []string{
		"person 1 update age:30>31", "person 2 unchanged", "person 3 create",
		"ticket t1 unchanged", "ticket t2 unchanged", "ticket t3 create", "ticket t4 blocked",
	}
	if asked := b.asked(func() { b.wantSurvey(want...) }); len(asked) != 2 {
		t.Errorf("it asked %v, want one read and one look-up", asked)
	}
	for _, s := range b.settled {
		if s.Changed != (s.Key == "t2") {
			t.Errorf("%s: changed %v", s.Key, s.Changed)
		}
	}
}

// TestSurveyAfterAChangeByHand: somebody gave the object the content of the row: nothing is to do, though a
// run sends it.
func TestSurveyAfterAChangeByHand(t *testing.T) {
	b := newFamily(t, "update")
	b.mustRun()
	b.file("people.csv", "id,name,email,age\n1,Anna,ann@x.com,30\n2,Bob,bob@x.com,40\n")
	b.service.objects[slices.IndexFunc(b.service.objects, func(o *object) bool { return o.payload["externalId"] == "1" })].payload["name"] = "Anna"
	b.wantSurvey("person 1 unchanged", "person 2 unchanged", "ticket t1 unchanged", "ticket t2 unchanged")
	b.wantSaid("Kustomer has this content already")
}

// TestSurveyWithoutALedger: what Kustomer has is found, its children are compared, and faults are told apart.
func TestSurveyWithoutALedger(t *testing.T) {
	tests := map[string][]string{
		"update": {"person  skipped", "person 1 update name:Old>Ann", "person 2 ambiguous", "person 3 rejected", "person 4 rejected",
			"ticket t1 exists", "ticket t2 blocked", "ticket t3 create"},
		"skip": {"person  skipped", "person 1 exists", "person 2 ambiguous", "person 3 rejected", "person 4 rejected",
			"ticket t1 exists", "ticket t2 blocked", "ticket t3 create"},
		"fail": {"person  skipped", "person 1 rejected", "person 2 ambiguous", "person 3 rejected", "person 4 rejected",
			"ticket t1 blocked", "ticket t2 blocked", "ticket t3 blocked"},
	}
	for policy, want := range tests {
		t.Run(policy, func(t *testing.T) {
			b := newFamily(t, policy)
			b.file("people.csv", "id,name,email,age\n1,Ann,,\n2,Bob,two@x.com,\n3,Cem,other@x.com,\n4,Dan,,old\n5,nobody,,\n")
			b.file("tickets.csv", "id,subject,person\n1,Hello,1\n2,Bye,2\n3,New,1\n")
			b.service.seed("person", map[string]any{"externalId": "1", "name": "Old"})
			b.service.seed("person", map[string]any{"externalId": "2"})
			b.service.seed("person", map[string]any{"email": "two@x.com"})
			b.service.seed("person", map[string]any{"externalId": "x3", "email": "other@x.com"})
			b.service.seed("ticket", map[string]any{"externalId": "t1"})
			b.wantSurvey(want...)
		})
	}
}

// TestSurveyOfDoubts: a row that an earlier run began is told as such; its children wait for it.
func TestSurveyOfDoubts(t *testing.T) {
	b := newFamily(t, "update")
	b.withLedger(func(l *ledger.Ledger) {
		if err := l.Begin(t.Context(), ledger.Intent{Step: "person", Key: "1", Object: "person", ExternalID: "1", RunID: "r"}); err != nil {
			t.Fatal(err)
		}
	})
	b.wantSurvey("person 1 in_doubt", "person 2 create", "ticket t1 create", "ticket t2 create")
}

// TestSurveyThatCannotAsk: an object that cannot be looked up is told as such, a fatal answer ends it, and an
// object that is gone is a fault of the row.
func TestSurveyThatCannotAsk(t *testing.T) {
	b := newFamily(t, "update")
	b.service.seek = func(q sinks.Query) error {
		if q.Value == "2" {
			return &sinks.Error{Class: sinks.Unknown, Message: "no answer"}
		}
		if q.Value == "1" {
			return &sinks.Error{Class: sinks.Ambiguous, Message: "two of them"}
		}
		return nil
	}
	b.wantSurvey("person 1 ambiguous", "person 2 not_attempted", "ticket t1 blocked", "ticket t2 blocked")
	b.service.seek = func(sinks.Query) error { return &sinks.Error{Class: sinks.Fatal, Message: "refused"} }
	if _, err := b.run(func(o *Options) { o.Survey = true }); err == nil {
		t.Error("a fatal answer did not end the survey")
	}
	b.service.seek = nil
	b.mustRun()
	b.file("people.csv", "id,name,email,age\n1,Anna,ann@x.com,30\n2,Bob,bob@x.com,40\n")
	b.service.objects = nil
	b.wantSurvey("person 1 rejected", "person 2 unchanged", "ticket t1 unchanged", "ticket t2 unchanged")
}

// TestSurveyCountsRequests: the forecast of a survey holds the reads and look-ups that it knows of.
func TestSurveyCountsRequests(t *testing.T) {
	b := newFamily(t, "update")
	b.service.seed("person", map[string]any{"externalId": "1", "name": "Old"})
	sum := b.mustRun(func(o *Options) { o.Survey = true })
	want := []batch.Load{{Step: "person", Rows: 2, Batch: 2, Asks: 3}, {Step: "ticket", Rows: 2, Batch: 2}}
	for i := range sum.Loads {
		sum.Loads[i].Bytes, sum.Loads[i].Limits = 0, nil
	}
	if diff := cmp.Diff(want, sum.Loads); diff != "" {
		t.Error(diff)
	}
}

// TestSurveyTellsTheRun: over random rows, policies and what was loaded before, what a survey says of each
// row is what the run does with it.
func TestSurveyTellsTheRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, fmt.Sprintf(chain, drawStep(rt, "person"), drawStep(rt, "ticket")), nil)
		ext := rapid.SliceOfN(rapid.IntRange(0, 2), 6, 6).Draw(rt, "external ids")
		for range rapid.IntRange(1, 3).Draw(rt, "runs") {
			b.file("people.csv", drawPeople(rt))
			b.file("tickets.csv", drawTickets(rt, ext))

			limit := rapid.SampledFrom([]int{0, 0, 3}).Draw(rt, "limit")

			said := map[string]string{}
			b.mustRun(func(o *Options) { o.Survey, o.Limit = true, limit })
			for _, s := range b.settled {
				said[s.Step+" "+s.Row.Pos.String()] = string(s.Verdict.Action)
			}
			b.mustRun(func(o *Options) { o.Limit = limit })
			for _, s := range b.settled {
				action := said[s.Step+" "+s.Row.Pos.String()]
				if !slices.Contains(foretold[drive.Action(action)], s.Outcome) {
					rt.Fatalf("the survey said %s of %s %v, the run %s %s", action, s.Step, s.Row.Pos, s.Outcome, s.Message)
				}
			}
			again := b.survey(func(o *Options) { o.Limit = limit })
			for _, line := range again {
				if action := drive.Action(strings.Fields(line)[len(strings.Fields(line))-1]); action.IsChange() {
					rt.Fatalf("a survey right after the run says %q", line)
				}
			}
		}
	})
}

// foretold are the outcomes in a run that an action foretells.
var foretold = map[drive.Action][]ledger.Outcome{
	drive.ActCreate:    {ledger.Created},
	drive.ActUpdate:    {ledger.Updated},
	drive.ActUnchanged: {ledger.Unchanged, ledger.Updated}, // sent though it is there already
	drive.ActExists:    {ledger.Existed},
	drive.ActSkip:      {ledger.Skipped},
	drive.ActReject:    {ledger.Rejected},
	drive.ActAmbiguous: {ledger.Rejected},
	drive.ActBlocked:   {ledger.Rejected, ledger.NotAttempted},

	drive.ActNotAttempted: {ledger.NotAttempted}, // behind a row of its lane whose parent is missing
}

// TestSurveyOfChanges: a change is compared with the object that it names, an act is only told.
func TestSurveyOfChanges(t *testing.T) {
	b, ids := newChangeBench(t, 3)
	b.file("changes.csv", fmt.Sprintf("key,id,name,note\na,%s,Ann,\nb,%s,p1,\nc,%024x,Cy,\n", ids[0], ids[1], 77))
	b.wantSurvey("person a update name:p0>Ann", "person b unchanged", "person c rejected")
	want(t, b.mustRun(func(o *Options) { o.Limit = 2 }), "updated 1, existed 1")
	b.wantSurvey("person a unchanged", "person b unchanged", "person c rejected")
	b.file("changes.csv", fmt.Sprintf("key,id,name,note\na,%s,Anna,\n", ids[0]))
	b.wantSurvey("person a update name:Ann>Anna")
}
