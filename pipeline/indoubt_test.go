package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// begin leaves a key of the tickets as a killed run does.
func (b *bench) begin(key, externalID string) {
	b.t.Helper()
	b.withLedger(func(l *ledger.Ledger) {
		err := l.Begin(b.t.Context(), ledger.Intent{
			Step: "ticket", Key: key, Object: "ticket", ExternalID: externalID, Attempt: 1, RunID: "killed", At: time.Now(),
		})
		if err != nil {
			b.t.Fatal(err)
		}
	})
}

// TestRejectionsHideNoDoubt: a row in doubt that cannot be loaded any more stays begun.
func TestRejectionsHideNoDoubt(t *testing.T) {
	for _, c := range []struct{ name, lines, row, want string }{
		{"it does not fit", "", "0," + tooLong, "rejected 1"},
		{"it is skipped", "when: '{{ ne .subject \"skip\" }}'", "0,skip", "skipped 1"},
		{"its external id is taken", "", "0,same\n1,same", "created 1, rejected 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				yaml := strings.Replace(tickets, "sink:", c.lines+"\n    sink:", 1)
				yaml = strings.Replace(yaml, "mapping: {", `mapping: { externalId: '{{ if eq .subject "same" }}same{{ else }}{{ key }}{{ end }}',`, 1)
				b := newBench(t, yaml, map[string]string{"tickets.csv": "id,subject\n" + c.row + "\n"})
				b.begin("t0", "t0")
				if strings.Contains(c.row, "same") { // row 1 has the external id that row 0 wants now
					b.file("tickets.csv", "id,subject\n1,same\n")
					want(t, b.mustRun(), "created 1")
					b.file("tickets.csv", "id,subject\n0,same\n")
					want(t, b.mustRun(), "rejected 1")
				} else {
					want(t, b.mustRun(), c.want)
				}
				if diff := cmp.Diff([]string{"ticket t0"}, b.doubts()); diff != "" {
					t.Errorf("in doubt: %s", diff)
				}
			})
		})
	}
}

func TestSecondRowBehindOneInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, map[string]string{"tickets.csv": "id,subject\n0,first\n0,second\n0,first\n"})
		b.service.fault = func(string, string, int) fault { return lostBefore }
		want(t, b.mustRun(), "in_doubt 1, not_attempted 2")
		b.service.fault = nil
		want(t, b.mustRun(), "created 1, unchanged 1, rejected 1")
		if diff := cmp.Diff([]string{"ticket t0 first"}, b.service.held()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestChildrenOfParentsInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml := strings.Replace(withTickets, "workers: 4", "workers: 4, retries: 0", 1)
		b := newBench(t, yaml, map[string]string{"people.csv": "id,name,email\n1,Ann,\n", "tickets.csv": "id,subject,person\n1,a,1\n"})
		b.service.blind = true
		b.service.fault = func(kind, _ string, _ int) fault { return map[string]fault{"person": lostBefore}[kind] }
		want(t, b.mustRun(), "in_doubt 1, not_attempted 1")
		b.wantSaid(`person "1" is not settled yet`)
		want(t, b.mustRun(func(o *Options) { o.Step = "ticket" }), "not_attempted 1")
		b.service.fault, b.service.blind = nil, false
		want(t, b.mustRun(), "created 2")
	})
}

var fourPeople = map[string]string{"people.csv": "id,name,email\n0,a,\n1,b,\n2,c,\n3,d,\n"}

// TestLookUpsLagBehind: an object that does not show yet is neither missing nor refused.
func TestLookUpsLagBehind(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		files      map[string]string
	}{
		{"kept unique", onePerson, fourPeople},
		{"kept unique, after others that do not show yet", strings.Replace(onePerson, "sink:", "ordering_key: one\n    sink:", 1), fourPeople},
		{"not unique", tickets, ticketRows(4)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.yaml, c.files)
				b.service.lag = 20 * time.Second
				b.service.fault = func(_, key string, try int) fault {
					if try == 1 && (strings.HasSuffix(key, "2") || strings.HasSuffix(key, "3")) {
						return lostAfter
					}
					return fine
				}
				start := time.Now()
				want(t, b.mustRun(), "created 4")
				if n := len(b.service.objects); n != 4 {
					t.Errorf("%d objects, want 4", n)
				}
				if took := time.Since(start); took > 65*time.Second && !strings.Contains(c.yaml, "ordering_key") {
					t.Errorf("the run took %v, more than one quiet time", took)
				}
				if got := b.doubts(); len(got) != 0 {
					t.Errorf("in doubt: %v", got)
				}
			})
		})
	}
}

// TestNewObjectsDoNotSpoilTheControl: while rows are created all the time, a miss is checked with an
// object that has been there long enough to be found.
func TestNewObjectsDoNotSpoilTheControl(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		yaml := strings.Replace(tickets, "workers: 4", "workers: 1", 1)
		b := newBench(t, yaml, ticketRows(600))
		b.service.delay, b.service.lag = time.Second, 5*time.Second
		b.service.fault = func(_, key string, try int) fault {
			if try == 1 && key == "t3" {
				return lostBefore
			}
			return fine
		}
		want(t, b.mustRun(), "created 600")
	})
}

func TestLookUpsOfRowsInDoubt(t *testing.T) {
	own, other := "t1", "t0"
	for _, c := range []struct {
		name  string
		of    string // the look-up that fails
		class sinks.Class
		want  string
		say   string
		stop  bool
	}{
		{"there twice", own, sinks.Ambiguous, "unchanged 1, in_doubt 1", "2 objects; look in Kustomer, then use kustsync resolve", false},
		{"lost", own, sinks.Unknown, "unchanged 1, in_doubt 1", "could not be looked up: 2 objects", false},
		{"refused key", own, sinks.Fatal, "unchanged 1, in_doubt 1", "", true},
		{"the control was deleted", other, sinks.Deleted, "unchanged 1, in_doubt 1", "its answer is not believed", false},
		{"the control is lost", other, sinks.Unknown, "unchanged 1, in_doubt 1", "its answer is not believed", false},
		{"refused key for the control", other, sinks.Fatal, "unchanged 1, in_doubt 1", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tickets, ticketRows(1))
				want(t, b.mustRun(), "created 1")
				time.Sleep(time.Hour)
				b.file("tickets.csv", ticketRows(2)["tickets.csv"])
				b.begin("t1", "t1")
				b.service.seek = func(q sinks.Query) error {
					if q.Value != c.of {
						return nil
					}
					return &sinks.Error{Class: c.class, Status: 200, Message: "2 objects"}
				}
				sum, err := b.run()
				if (err != nil) != c.stop {
					t.Fatalf("the run ended with %v", err)
				}
				want(t, sum, c.want)
				b.wantSaid(c.say)
				if diff := cmp.Diff([]string{"ticket t1"}, b.doubts()); diff != "" {
					t.Errorf("in doubt: %s", diff)
				}
				if n := len(b.service.requests("create")); n != 1 {
					t.Errorf("%d creates; a row in doubt was sent without an answer", n-1)
				}
				b.service.seek = nil
				want(t, b.mustRun(), "created 1, unchanged 1")
			})
		})
	}
}

// TestControlOfALostObject: one object that somebody deleted does not make all look-ups unbelievable.
func TestControlOfALostObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, strings.Replace(tickets, "sink:", "ordering_key: one\n    sink:", 1), nil)
		b.service.fault = once(lostBefore, 2) // t2
		b.service.seek = func(q sinks.Query) error {
			if q.Value == "t1" && len(b.service.objects) > 0 {
				return &sinks.Error{Class: sinks.Deleted, Status: 200, Message: "it was deleted"}
			}
			return nil
		}
		b.file("tickets.csv", "id,subject\n1,deleted\n3,kept\n2,doubt\n")
		want(t, b.mustRun(), "created 3")
	})
}

func TestDoubtWithAnotherExternalID(t *testing.T) {
	for _, policy := range []string{"skip", "update"} {
		for _, made := range []bool{true, false} {
			t.Run(fmt.Sprint(policy, made), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					yaml := strings.Replace(tickets, "sink:", "if_exists: "+policy+"\n    sink:", 1)
					yaml = strings.Replace(yaml, "mapping: {", `mapping: { externalId: "new-{{ key }}",`, 1)
					b := newBench(t, yaml, ticketRows(1))
					b.begin("t0", "old-t0")
					outcome, external := "created", "new-t0"
					if made {
						b.service.seed("ticket", map[string]any{"externalId": "old-t0", "subject": "old"})
						if external = "old-t0"; policy == "update" {
							outcome, external = "updated", "new-t0"
						}
					}
					want(t, b.mustRun(), outcome+" 1")
					if n := len(b.service.objects); n != 1 {
						t.Errorf("%d objects", n)
					}
					b.withLedger(func(l *ledger.Ledger) {
						e, _, err := l.Get(t.Context(), "ticket", "t0")
						if err != nil || e.ExternalID != external || e.KustomerID != b.service.objects[0].id {
							t.Errorf("the ledger says %+v, %v", e, err)
						}
					})
				})
			})
		}
	}
}

// TestDoubtOfTwoContents: two creates of different content are under way, and either may have come
// first; the object is brought up to date.
func TestDoubtOfTwoContents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml, files := people("if_exists: update", "1,Ann,")
		b := newBench(t, yaml, files)
		b.service.blind, b.service.lateBy = true, 10*time.Millisecond
		b.service.fault = func(string, string, int) fault { return lostBefore }
		want(t, b.mustRun(), "in_doubt 1")
		_, files = people("", "1,Anna,")
		b.file("people.csv", files["people.csv"])
		b.service.fault = func(_, _ string, try int) fault {
			b.service.blind = false
			if len(b.service.objects) == 0 { // the first one comes while the second is sent
				b.service.objects = append(b.service.objects, &object{id: strings.Repeat("a", 24), kind: "person", payload: map[string]any{"externalId": "1", "name": "Ann"}})
				return lostBefore
			}
			return fine
		}
		want(t, b.mustRun(), "updated 1")
		if diff := cmp.Diff([]string{"person 1 Anna"}, b.service.held()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestConflictAfterDoubt: the object shows after a while only, and it holds what was sent before.
func TestConflictAfterDoubt(t *testing.T) {
	for _, policy := range []string{"skip", "update"} {
		t.Run(policy, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				yaml, files := people("if_exists: "+policy, "1,Ann,")
				yaml = strings.Replace(yaml, "workers: 4", "workers: 4, retries: 0", 1)
				b := newBench(t, yaml, files)
				b.service.fault, b.service.blind = func(string, string, int) fault { return lostAfter }, true
				want(t, b.mustRun(), "in_doubt 1")
				b.service.fault, b.service.blind = nil, false
				b.service.objects[0].visible = time.Now().Add(30 * time.Second)
				_, files = people("", "1,Anna,")
				b.file("people.csv", files["people.csv"])
				outcome, held := "created 1", "person 1 Ann"
				if policy == "update" {
					outcome, held = "updated 1", "person 1 Anna"
				}
				want(t, b.mustRun(), outcome)
				if diff := cmp.Diff([]string{held}, b.service.held()); diff != "" {
					t.Error(diff)
				}
				sum := b.mustRun()
				want(t, sum, "unchanged 1")
				if b.settled[0].Changed != (policy == "skip") {
					t.Errorf("Changed is %v", b.settled[0].Changed)
				}
			})
		})
	}
}

// TestRefusalAfterDoubt: the first of two requests made the object, which does not show yet when the
// second is refused.
func TestRefusalAfterDoubt(t *testing.T) {
	for _, c := range []struct {
		name  string
		first fault
		want  string
	}{{"it is there", lostAfter, "created 1"}, {"it comes late", late, "created 1"}, {"it is not there", lostBefore, "rejected 1"}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				yaml, files := people("", "1,Ann,")
				b := newBench(t, yaml, files)
				b.service.lag, b.service.lateBy = 20*time.Second, 30*time.Second
				b.service.fault = func(_, _ string, try int) fault {
					if try == 1 {
						return c.first
					}
					return refuse
				}
				start := time.Now()
				want(t, b.mustRun(), c.want)
				if took := time.Since(start); took > 65*time.Second {
					t.Errorf("the run took %v, more than one quiet time", took)
				}
			})
		})
	}
}

// TestManyDoubts: more rows are in doubt than may wait in memory, and more than the window holds.
func TestManyDoubts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(maxWaitingRows+2*windowBeyondWorkers))
		b.service.fault = once(lostBefore, 1)
		want(t, b.mustRun(), fmt.Sprintf("created %d", maxWaitingRows+2*windowBeyondWorkers))
	})
}
