package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

var tooLong = strings.Repeat("x", 65)

// people returns a pipeline of one step with further lines in it, and a file of people.
func people(lines string, rows ...string) (string, map[string]string) {
	yaml := strings.Replace(onePerson, "sink:", lines+"\n    sink:", 1)
	return yaml, map[string]string{"people.csv": "id,name,email\n" + strings.Join(rows, "\n") + "\n"}
}

func (b *bench) wantEntries(want ...string) {
	b.t.Helper()
	var got []string
	for _, e := range b.entries() {
		got = append(got, strings.Join(strings.Fields(e)[:3], " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("the ledger: %s", diff)
	}
}

func TestARejectedRowClaimsNothing(t *testing.T) {
	for _, c := range []struct {
		name, first string // what was loaded before, if anything
		rows        []string
		refused     int // the attempt that is refused
		want, held  string
	}{
		{"refused by Kustomer", "", []string{"1,Ann,", "1,Anna,"}, 1, "created 1, rejected 1", "person 1 Anna"},
		{"refused, loaded before", "1,Ann,", []string{"1,Anna,", "1,Ada,"}, 2, "updated 1, rejected 1", "person 1 Ada"},
		{"refused, then as it was", "1,Ann,", []string{"1,Anna,", "1,Ann,"}, 2, "unchanged 1, rejected 1", "person 1 Ann"},
		{"does not fit", "", []string{"1," + tooLong + ",", "1,Anna,", "1,Anna,"}, 0, "created 1, unchanged 1, rejected 1", "person 1 Anna"},
		{"the second does not fit", "", []string{"1,Ann,", "1," + tooLong + ",", "1,Ann,"}, 0, "created 1, unchanged 1, rejected 1", "person 1 Ann"},
		{"skipped", "", []string{"1,skip,", "1,Anna,"}, 0, "created 1, skipped 1", "person 1 Anna"},
	} {
		t.Run(c.name, func(t *testing.T) {
			yaml, files := people("if_exists: update\n    when: '{{ ne .name \"skip\" }}'", c.first)
			b := newBench(t, yaml, files)
			if c.first != "" {
				want(t, b.mustRun(), "created 1")
			}
			_, files = people("", c.rows...)
			b.file("people.csv", files["people.csv"])
			b.service.fault = func(_, _ string, try int) fault {
				if try == c.refused {
					return refuse
				}
				return fine
			}
			want(t, b.mustRun(), c.want)
			if diff := cmp.Diff([]string{c.held}, b.service.held()); diff != "" {
				t.Error(diff)
			}
			outcome := strings.Fields(c.want)[0]
			if outcome == "unchanged" {
				outcome = "existed" // the rejection is over
			}
			b.wantEntries("person 1 " + outcome)
		})
	}
}

func TestUnchangedRowsLeaveTheirEntry(t *testing.T) {
	yaml, files := people("", "1,Ann,", "2,Bob,")
	b := newBench(t, yaml, files)
	want(t, b.mustRun(), "created 2")
	before := b.entries()
	want(t, b.mustRun(), "unchanged 2")
	if diff := cmp.Diff(before, b.entries()); diff != "" {
		t.Error(diff)
	}
}

func TestRowsOfOneKeyInOrder(t *testing.T) {
	// The first row of each key is refused, the second is taken, the third is another content.
	var rows []string
	for i := range 600 {
		rows = append(rows, fmt.Sprintf("%d,bad,", i%200), fmt.Sprintf("%d,good,", i%200), fmt.Sprintf("%d,late,", i%200))
	}
	yaml, files := people("", rows...)
	b := newBench(t, yaml, files)
	b.service.fault = func(_, _ string, try int) fault { return map[int]fault{1: refuse}[try] }
	want(t, b.mustRun(func(o *Options) { o.MaxErrors = &all }), "created 200, unchanged 400, rejected 1200")
	for _, held := range b.service.held() {
		if !strings.HasSuffix(held, "good") {
			t.Errorf("Kustomer holds %s", held)
		}
	}
}

func TestOneExternalIDForTwoKeys(t *testing.T) {
	yaml := strings.Replace(tickets, "mapping: {", `mapping: { externalId: "x{{ .subject }}",`, 1)
	var rows strings.Builder
	rows.WriteString("id,subject\n")
	for i := range 500 {
		fmt.Fprintf(&rows, "%d,s%d\n", i, i%250)
	}
	files := map[string]string{"tickets.csv": rows.String()}
	unlimited := func(o *Options) { o.MaxErrors = &all }
	t.Run("the second is rejected and names the first", func(t *testing.T) {
		b := newBench(t, yaml, files)
		for range 2 {
			sum := b.mustRun(unlimited)
			if sum.Of(ledger.Rejected) != 250 || len(b.service.objects) != 250 {
				t.Errorf("%d rejected, %d objects", sum.Of(ledger.Rejected), len(b.service.objects))
			}
			for _, s := range b.settled {
				var first, second int
				fmt.Sscanf(s.Key, "t%d", &second)
				if (s.Outcome == ledger.Rejected) != (second >= 250) {
					t.Fatalf("%s is %s", s.Key, s.Outcome)
				}
				if s.Outcome != ledger.Rejected {
					continue
				}
				if first = second - 250; s.Stage != decide.StageLedger || !strings.Contains(s.Message, fmt.Sprintf(`key "t%d"`, first)) {
					t.Fatalf("%s: %s %s", s.Key, s.Stage, s.Message)
				}
			}
		}
		if n := len(b.entries()); n != 500 {
			t.Errorf("the ledger has %d entries, want those of the rejected rows too", n)
		}
	})
	t.Run("a dry run says the same", func(t *testing.T) {
		b := newBench(t, yaml, files)
		dry := func(o *Options) { o.DryRun = true }
		want(t, b.mustRun(dry), "rejected 250, planned 250")
		b.mustRun(unlimited)
		want(t, b.mustRun(dry), "unchanged 250, rejected 250")
	})
	t.Run("adopted", func(t *testing.T) {
		b := newBench(t, yaml, files)
		for i := range 250 {
			b.service.seed("ticket", map[string]any{"externalId": fmt.Sprintf("xs%d", i)})
		}
		want(t, b.mustRun(unlimited, func(o *Options) { o.Adopt = true }), "existed 250, rejected 250")
		want(t, b.mustRun(unlimited), "unchanged 250, rejected 250")
	})
}

func TestOrderingKeyByRef(t *testing.T) {
	yaml := strings.Replace(withTickets, "make_ticket", "make_ticket\n    ordering_key: '{{ ref \"person\" .person }}'", 1)
	b := newBench(t, yaml, map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n2,Bob,\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,2\n3,c,1\n4,d,9\n",
	})
	want(t, b.mustRun(), "created 5, rejected 1")
	b.wantSaid(`person "9" was never loaded`)
	// The first row of a key owns it, also when its lane is not known yet.
	b.file("tickets.csv", "id,subject,person\n9,first,8\n9,second,1\n")
	want(t, b.mustRun(func(o *Options) { o.Step = "ticket" }), "not_attempted 2")
}

func TestConstantsOfTheHashAreUsable(t *testing.T) {
	yaml := strings.Replace(onePerson, `name: "{{ .name }}"`, `name: "{{ .name }}", note: '{{ required "no run" run_id }}'`, 1)
	b := newBench(t, yaml, map[string]string{"people.csv": "id,name,email\n1,Ann,\n"})
	want(t, b.mustRun(), "created 1")
	if note := fmt.Sprint(b.service.objects[0].payload["note"]); !strings.HasPrefix(note, "run-") {
		t.Errorf("the note is %v", note)
	}
	want(t, b.mustRun(), "unchanged 1")
}

func TestLookFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml := strings.Replace(tickets, "sink:", "look_first: true\n    sink:", 1)
		b := newBench(t, yaml, ticketRows(4))
		id := b.service.seed("ticket", map[string]any{"externalId": "t2", "subject": "old"})
		want(t, b.mustRun(), "created 3, existed 1")
		if n := len(b.service.requests("find")); n != 4 {
			t.Errorf("%d look-ups, want one for each row", n)
		}
		if got := b.entries()[2]; got != "ticket t2 existed "+id {
			t.Errorf("the ledger says %s", got)
		}
		want(t, b.mustRun(), "unchanged 4")
	})
}

func TestLookUpsThatFail(t *testing.T) {
	row := "1,Ann,a@x.co"
	for _, c := range []struct {
		name      string
		class     sinks.Class
		want, say string
		stop      bool
	}{
		{"refused", sinks.Refused, "rejected 1", "no such look-up", false},
		{"lost", sinks.Unknown, "not_attempted 1", "could not be looked up: no such look-up", false},
		{"not reached", sinks.Unreached, "not_attempted 1", "could not be looked up", false},
		{"fatal", sinks.Fatal, "not_attempted 1", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			yaml, files := people("", row)
			b := newBench(t, yaml, files)
			b.service.seed("person", map[string]any{"email": "a@x.co"})
			b.service.seek = func(sinks.Query) error { return &sinks.Error{Class: c.class, Message: "no such look-up"} }
			sum, err := b.run()
			if (err != nil) != c.stop {
				t.Fatalf("the run ended with %v", err)
			}
			want(t, sum, c.want)
			b.wantSaid(c.say)
			if got := b.doubts(); len(got) != 0 {
				t.Errorf("in doubt: %v, but the create was refused", got)
			}
			b.service.seek = nil
			want(t, b.mustRun(), "existed 1")
		})
	}
}

func TestUnreachedRowsSayWhy(t *testing.T) {
	yaml, files := people("", "1,Ann,")
	b := newBench(t, yaml, files)
	b.service.fault = func(string, string, int) fault { return unreachable }
	want(t, b.mustRun(), "not_attempted 1")
	b.wantSaid("it could not be sent: no way there")
}

func TestUpdatesThatGoWrong(t *testing.T) {
	for _, c := range []struct {
		name        string
		faults      []fault // of the attempts of the second run
		retries     int
		want, again string
		doubt       bool
	}{
		{"lost once", []fault{lostAfter, fine}, 2, "updated 1", "unchanged 1", false},
		{"lost for good", []fault{lostAfter, lostBefore, lostAfter}, 2, "in_doubt 1", "updated 1", true},
		{"refused", []fault{refuse}, 2, "rejected 1", "updated 1", false},
		{"lost, then refused", []fault{lostAfter, refuse}, 2, "rejected 1", "updated 1", true},
		{"lost, then not sent", []fault{lostAfter, unreachable}, 2, "in_doubt 1", "updated 1", true},
		{"not sent", []fault{unreachable}, 2, "not_attempted 1", "updated 1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				yaml, files := people("if_exists: update", "1,Ann,")
				yaml = strings.Replace(yaml, "workers: 4", fmt.Sprintf("workers: 4, retries: %d", c.retries), 1)
				b := newBench(t, yaml, files)
				want(t, b.mustRun(), "created 1")
				_, files = people("", "1,Anna,")
				b.file("people.csv", files["people.csv"])
				b.service.fault = func(_, _ string, try int) fault { return c.faults[try-2] }
				want(t, b.mustRun(), c.want)
				if doubt := len(b.doubts()) == 1; doubt != c.doubt {
					t.Errorf("in doubt: %v", doubt)
				}
				b.service.fault = nil
				want(t, b.mustRun(), c.again)
				want(t, b.mustRun(), "unchanged 1")
				if diff := cmp.Diff([]string{"person 1 Anna"}, b.service.held()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// TestUpdateInDoubtAndTheRowReverts: what the object holds is not known, so the old content is sent
// too, and not before the update in doubt can no longer arrive behind it.
func TestUpdateInDoubtAndTheRowReverts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml, files := people("if_exists: update", "1,Ann,")
		yaml = strings.Replace(yaml, "workers: 4", "workers: 4, retries: 0", 1)
		b := newBench(t, yaml, files)
		want(t, b.mustRun(), "created 1")
		_, other := people("", "1,Anna,")
		b.file("people.csv", other["people.csv"])
		b.service.lateBy = 50 * time.Second
		b.service.fault = func(string, string, int) fault { return late }
		want(t, b.mustRun(), "in_doubt 1")
		b.service.fault = nil
		b.file("people.csv", files["people.csv"])
		want(t, b.mustRun(), "updated 1")
		time.Sleep(time.Hour)
		if diff := cmp.Diff([]string{"person 1 Ann"}, b.service.held()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestResolveAnUpdate: a person has looked whether the object holds the new content, or found that the row's object is
// another one, which the next run then updates, since nobody knows with which content it is there.
func TestResolveAnUpdate(t *testing.T) {
	for _, c := range []struct{ name, id, want, first string }{
		{"it does", "own", "unchanged 1", "person 1 Ann"},
		{"it does not", "", "updated 1", "person 1 Anna"},
		{"another object", "other", "updated 1", "person 1 Ann"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				yaml, files := people("if_exists: update", "1,Ann,")
				b := newBench(t, strings.Replace(yaml, "workers: 4", "workers: 4, retries: 0", 1), files)
				want(t, b.mustRun(), "created 1")
				b.service.seed("person", map[string]any{"name": "Zoe"})
				_, files = people("", "1,Anna,")
				b.file("people.csv", files["people.csv"])
				b.service.fault = func(string, string, int) fault { return lostBefore }
				want(t, b.mustRun(), "in_doubt 1")
				b.service.fault = nil
				ids := map[string]string{"own": b.service.objects[0].id, "other": b.service.objects[1].id}
				b.withLedger(func(l *ledger.Ledger) {
					if err := b.resolve(l, "person", "1", ids[c.id]); err != nil {
						t.Errorf("resolve: %v", err)
					}
				})
				if diff := cmp.Diff([]string(nil), b.doubts()); diff != "" {
					t.Error(diff)
				}
				want(t, b.mustRun(), c.want)
				if held := b.service.held(); held[0] != c.first || c.id == "other" && !strings.Contains(held[1], "Anna") || len(held) != 2 {
					t.Error("Kustomer has", held)
				}
			})
		})
	}
}
