package pipeline

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSurveyFinds: a survey really asks, each question once, so that it knows the payload of the run.
func TestSurveyFinds(t *testing.T) {
	b, o := newOracle(t, byAgent, "1,a", "2,b", "3,a", "4,")
	survey := func(o *Options) { o.Survey = true }
	sum := b.mustRun(survey)
	want(t, sum, "rejected 1, planned 3")
	if diff := cmp.Diff([]string{"/agents?email=a", "/agents?email=b"}, o.taken()); diff != "" || sum.Finds != 2 {
		t.Errorf("%d finds, %s", sum.Finds, diff)
	}
	for _, s := range b.settled {
		if s.Key == "t1" && bodyOf(s)["subject"] == "<found at run time>" {
			t.Errorf("t1 is to be sent as %v", s.Verdict.Body)
		}
	}
	want(t, b.mustRun(), "created 3, rejected 1")
	b.wantSurvey("ticket t1 unchanged", "ticket t2 unchanged", "ticket t3 unchanged", "ticket t4 rejected")
}

// TestSurveyFindsLater: what a step before is to create cannot be found yet, and rejects no row; nor is
// anybody asked for the object behind a placeholder.
func TestSurveyFindsLater(t *testing.T) {
	for name, tt := range map[string]struct {
		arg   string
		asked []string
	}{
		"a miss":        {`"9"`, []string{"/people/9"}},
		"a placeholder": {`(ref "ticket")`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b, o := newOracle(t, "", "1,a")
			b.yaml = fmt.Sprintf(withAgents, "subject: x") + fmt.Sprintf(`
  later:
    from: tickets.csv
    sink: make_ticket
    key: "l{{ .id }}"
    mapping: { subject: '{{ (find "person" "id" %s).id }}', person: '{{ ref "ticket" }}' }
`, tt.arg)
			b.wantSurvey("later l1 create", "ticket t1 create")
			if diff := cmp.Diff(tt.asked, o.taken()); diff != "" {
				t.Error(diff)
			}
			for _, s := range b.settled {
				if s.Key == "l1" && bodyOf(s)["subject"] != "<found at run time>" {
					t.Errorf("the row shows %v", s.Verdict.Body)
				}
			}
		})
	}
}

// TestSurveyOfDeliveries: what would be delivered is told as sent, with the number of people; the guards of a
// run hold, and no draft is made.
func TestSurveyOfDeliveries(t *testing.T) {
	b, m := newWordBench(t, "id,to,text\n1,ann@ok.example,hello\n2,bob@x.example,hello\n3,ann@ok.example,again\n")
	b.yaml += "    recipient_allow: [\"*@ok.example\"]\n"
	sum := b.mustRun(func(o *Options) { o.Survey = true })
	if n := sum.Steps[0].Recipients; n != 1 {
		t.Errorf("%d people, want ann", n)
	}
	if sum.Loads[0].Asks != 2 || len(m.log) > 0 {
		t.Errorf("loads %+v, asked %v", sum.Loads, m.log)
	}
	b.wantSurvey("word 1 send", "word 2 rejected", "word 3 send")
}
