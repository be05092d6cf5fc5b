package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

const tickets = `
version: 1
run: { workers: 4, in_doubt_wait: 60s, retries: 2 }
steps:
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    mapping: { subject: "{{ .subject }}" }
`

func ticketRows(n int) map[string]string {
	var rows strings.Builder
	rows.WriteString("id,subject\n")
	for i := range n {
		fmt.Fprintf(&rows, "%d,s%d\n", i, i)
	}
	return map[string]string{"tickets.csv": rows.String()}
}

// once makes the first attempt on some keys go wrong.
func once(f fault, every int) func(string, string, int) fault {
	return func(_, key string, try int) fault {
		var n int
		fmt.Sscanf(key, "t%d", &n)
		if try == 1 && n%every == 0 {
			return f
		}
		return fine
	}
}

func TestLostAnswersAreLookedUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fault
		lag   time.Duration
	}{
		{"it did not happen", lostBefore, 0},
		{"it did happen", lostAfter, 0},
		{"it happens later", late, 0},
		{"look-ups lag behind", lostAfter, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tickets, ticketRows(40))
				b.service.fault, b.service.lag = once(c.fault, 3), c.lag
				start := time.Now()
				want(t, b.mustRun(), "created 40")
				if n := len(b.service.objects); n != 40 {
					t.Errorf("%d objects, want 40", n)
				}
				if took := time.Since(start); took < time.Minute || took > 65*time.Second {
					t.Errorf("the run took %v; it should wait for one quiet time", took)
				}
				want(t, b.mustRun(), "unchanged 40")
			})
		})
	}
}

func TestUniqueObjectsNeedNoQuietTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, onePerson, map[string]string{"people.csv": "id,name,email\n1,Ann,\n2,Bob,\n"})
		b.service.fault = func(_, _ string, try int) fault { return map[int]fault{1: lostAfter}[try] }
		start := time.Now()
		want(t, b.mustRun(), "created 2")
		if took := time.Since(start); took > time.Second {
			t.Errorf("the run took %v", took)
		}
		if n := len(b.service.objects); n != 2 {
			t.Errorf("%d objects, want 2", n)
		}
	})
}

func TestAMissIsNotBelievedWhenLookUpsAreBlind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(10))
		want(t, b.mustRun(), "created 10")
		b.file("tickets.csv", ticketRows(12)["tickets.csv"])
		b.service.blind = true
		b.service.fault = func(_, _ string, try int) fault { return map[int]fault{1: lostAfter}[try] }
		want(t, b.mustRun(), "unchanged 10, in_doubt 2")
		if n := len(b.service.objects); n != 12 {
			t.Errorf("%d objects, want 12", n)
		}
		b.service.blind = false
		want(t, b.mustRun(), "created 2, unchanged 10")
		if n := len(b.service.objects); n != 12 {
			t.Errorf("%d objects, want 12", n)
		}
	})
}

func TestRetriesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(1))
		b.service.fault = func(string, string, int) fault { return lostBefore }
		want(t, b.mustRun(), "in_doubt 1")
		if n := len(b.service.requests("create")); n != 3 {
			t.Errorf("%d attempts, want 1 and 2 retries", n)
		}
		b.service.fault = nil
		want(t, b.mustRun(), "created 1")
		if n := len(b.service.objects); n != 1 {
			t.Errorf("%d objects, want 1", n)
		}
	})
}

// TestKilledRunIsTakenUp leaves the ledger as a killed run does: begun, with and without an object.
func TestKilledRunIsTakenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(4))
		want(t, b.mustRun(func(o *Options) { o.Limit = 1 }), "created 1")
		l := b.openLedger()
		for _, key := range []string{"t1", "t2"} {
			if err := l.Begin(t.Context(), ledger.Intent{
				Step: "ticket", Key: key, Object: "ticket", ExternalID: key, Attempt: 1, RunID: "killed", At: time.Now(),
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		b.service.seed("ticket", map[string]any{"externalId": "t2", "subject": "s2"})
		start := time.Now()
		want(t, b.mustRun(), "created 3, unchanged 1")
		if took := time.Since(start); took < time.Minute {
			t.Errorf("the run took %v, less than the quiet time", took)
		}
		if n := len(b.service.objects); n != 4 {
			t.Errorf("%d objects, want 4", n)
		}
		want(t, b.mustRun(), "unchanged 4")
	})
}

func TestLaneWaitsBehindARowInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml := strings.Replace(tickets, "sink:", "ordering_key: one\n    sink:", 1)
		b := newBench(t, yaml, ticketRows(5))
		b.service.fault = func(_, key string, _ int) fault {
			if key == "t2" {
				return lostBefore
			}
			return fine
		}
		want(t, b.mustRun(), "created 2, in_doubt 1, not_attempted 2")
		b.service.fault = nil
		want(t, b.mustRun(), "created 3, unchanged 2")
		var order []string
		for _, o := range b.service.objects {
			order = append(order, o.payload["subject"].(string))
		}
		if diff := cmp.Diff([]string{"s0", "s1", "s2", "s3", "s4"}, order); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOneLaneLeavesTheWindowToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yaml := strings.Replace(tickets, "sink:", "ordering_key: '{{ if eq .subject \"slow\" }}slow{{ end }}'\n    sink:", 1)
		var rows strings.Builder
		rows.WriteString("id,subject\n")
		for i := range 2000 {
			fmt.Fprintf(&rows, "%d,slow\n", i)
		}
		rows.WriteString("9999,quick\n")
		b := newBench(t, yaml, map[string]string{"tickets.csv": rows.String()})
		b.service.delay = time.Second
		want(t, b.mustRun(), "created 2001")
		if at := slices.Index(b.service.requests("create"), "create ticket t9999"); at > 10 {
			t.Errorf("the quick row was sent as number %d, behind the lane", at)
		}
	})
}

func TestChangedRowAfterDoubtIsUpdated(t *testing.T) {
	for _, c := range []struct{ policy, want, held string }{
		{"skip", "created 1", "ticket t0 s0"},
		{"update", "updated 1", "ticket t0 new"},
	} {
		synctest.Test(t, func(t *testing.T) {
			yaml := strings.Replace(tickets, "sink:", "if_exists: "+c.policy+"\n    sink:", 1)
			b := newBench(t, yaml, ticketRows(1))
			b.service.fault = func(string, string, int) fault { return lostAfter }
			b.service.blind = true
			b.opts.Locked = time.Now()
			b.mustRun()
			b.service.objects = b.service.objects[:1]
			b.service.fault, b.service.blind = nil, false
			b.file("tickets.csv", "id,subject\n0,new\n")
			want(t, b.mustRun(), c.want)
			if diff := cmp.Diff([]string{c.held}, b.service.held()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnreachedRowsLeaveNoDoubt(t *testing.T) {
	b := newBench(t, tickets, ticketRows(3))
	b.service.fault = func(string, string, int) fault { return unreachable }
	want(t, b.mustRun(), "not_attempted 3")
	l := b.openLedger()
	if n := len(l.Doubts()); n != 0 {
		t.Errorf("%d rows in doubt", n)
	}
	l.Close()
}

func TestLostLedgerIsNoticed(t *testing.T) {
	b := newBench(t, tickets, ticketRows(500))
	for i := range 500 {
		b.service.seed("ticket", map[string]any{"externalId": fmt.Sprintf("t%d", i)})
	}
	_, err := b.run()
	var stop *StopError
	if !asStop(err, &stop) || stop.Reason != StopLostLedger || !strings.Contains(stop.Hint, "--adopt") {
		t.Fatalf("the run ended with %v", err)
	}
	if n := len(b.service.requests("create")); n != 0 {
		t.Errorf("%d creates", n)
	}
	adopt := func(o *Options) { o.Adopt = true }
	want(t, b.mustRun(adopt), "existed 500")
	b.file("tickets.csv", ticketRows(501)["tickets.csv"])
	want(t, b.mustRun(), "created 1, unchanged 500")
}

func TestNewKeysAreSampledInEveryRun(t *testing.T) {
	b := newBench(t, tickets, ticketRows(1000))
	want(t, b.mustRun(), "created 1000")
	finds := b.service.requests("find")
	if len(finds) != 29 {
		t.Errorf("%d look-ups, want 20 and one of each hundred rows", len(finds))
	}
	var last int
	fmt.Sscanf(finds[len(finds)-1], "find ticket externalId=t%d", &last)
	if last < 700 {
		t.Errorf("the last key that was looked up is number %d of 1000", last)
	}
	b.file("tickets.csv", ticketRows(1100)["tickets.csv"])
	want(t, b.mustRun(), "created 100, unchanged 1000")
	if n := len(b.service.requests("find")) - len(finds); n != 20 {
		t.Errorf("the second run looked %d keys up, want 20 of the new ones", n)
	}
	want(t, b.mustRun(), "unchanged 1100")
	if n := len(b.service.requests("find")) - len(finds); n != 20 {
		t.Errorf("a run without new keys looked %d up", n-20)
	}
}

func TestTwoKeysNeverShareAnExternalID(t *testing.T) {
	yaml := strings.Replace(tickets, "mapping: {", `mapping: { externalId: "same",`, 1)
	b := newBench(t, yaml, ticketRows(2))
	want(t, b.mustRun(), "created 1, rejected 1")
	if got := strings.Join(b.messages(), "\n"); !strings.Contains(got, "t0") && !strings.Contains(got, "t1") {
		t.Errorf("the message does not name the other key: %s", got)
	}
}

func TestAPlaceThatIsNotUsedIsGivenBack(t *testing.T) {
	yaml := strings.Replace(tickets, "mapping: {", `mapping: { externalId: "same",`, 1)
	b := newBench(t, yaml, ticketRows(5))
	want(t, b.mustRun(), "created 1, rejected 4")
	if b.service.givenBack != 4 {
		t.Errorf("%d places were given back, want 4", b.service.givenBack)
	}
}
