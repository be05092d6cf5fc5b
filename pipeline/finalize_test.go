package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/program"
)

// closedTickets is a pipeline whose replies reopen tickets.
const closedTickets = `
version: 1
run: { workers: 4, in_doubt_wait: 10ms }
steps:
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    finalize: true
    mapping: { subject: "{{ .subject }}", status: "{{ .status }}" }
  reply:
    from: replies.csv
    sink: make_reply
    key: "r{{ .id }}"
    mapping: { ticket: '{{ ref "ticket" (print "t" .ticket) }}', text: "{{ .text }}" }
`

// newClosedBench has three tickets, two of them done, and a reply to each.
func newClosedBench(t *testing.T) *bench {
	return newBench(t, closedTickets, map[string]string{
		"tickets.csv": "id,subject,status\n1,a,done\n2,b,open\n3,c,done\n",
		"replies.csv": "id,ticket,text\n1,1,x\n2,2,x\n3,3,x\n",
	})
}

// statuses lists the tickets as "t1 done", sorted.
func (b *bench) statuses() (out []string) {
	b.service.mu.Lock() // what is late writes by itself
	defer b.service.mu.Unlock()
	for _, o := range b.service.objects {
		if o.kind == "ticket" {
			out = append(out, fmt.Sprintf("%v %v", o.payload["externalId"], o.payload["status"]))
		}
	}
	slices.Sort(out)
	return out
}

var allClosed = []string{"t1 done", "t2 open", "t3 done"}

func TestFinalize(t *testing.T) {
	b := newClosedBench(t)
	sum := b.mustRun()
	want(t, sum, "created 6, updated 2")
	if last := sum.Steps[len(sum.Steps)-1]; last.Name != "ticket (finalize)" {
		t.Errorf("the last step is %s", last.Name)
	}
	if !slices.Contains(b.said, "ticket: finalized 2 tickets as done") {
		t.Errorf("said %v", b.said)
	}
	if d := cmp.Diff(allClosed, b.statuses()); d != "" {
		t.Error(d)
	}
	for _, body := range b.service.updates() {
		if !strings.HasSuffix(body, `","status":"done"}`) || strings.Count(body, ":") != 2 {
			t.Errorf("sent %s", body)
		}
	}
	want(t, b.mustRun(), "unchanged 6") // and nothing else
}

// TestFinalizeAgain: a later run closes what its own rows have reopened, whether or not the ticket is in its
// source, and nothing else.
func TestFinalizeAgain(t *testing.T) {
	b := newClosedBench(t)
	b.mustRun()
	for _, o := range b.service.objects {
		if o.payload["externalId"] == "t3" {
			o.payload["status"] = "snoozed" // by an agent
		}
	}
	b.file("tickets.csv", "id,subject,status\n")
	b.file("replies.csv", "id,ticket,text\n4,1,x\n5,2,x\n")
	want(t, b.mustRun(), "created 2, updated 1")
	if d := cmp.Diff([]string{"t1 done", "t2 open", "t3 snoozed"}, b.statuses()); d != "" {
		t.Error(d)
	}
	want(t, b.mustRun(), "unchanged 2")
}

// TestFinalizeAfterAStop: what a run did not come to, the next one finalizes.
func TestFinalizeAfterAStop(t *testing.T) {
	for _, when := range []string{"first", "later"} {
		b := newClosedBench(t)
		if when == "later" {
			b.mustRun()
			b.file("replies.csv", "id,ticket,text\n4,1,x\n5,3,x\n")
		}
		ctx, cancel := context.WithCancel(t.Context())
		b.started = func(s *program.Step) {
			if strings.HasSuffix(s.Name(), "(finalize)") {
				cancel()
			}
		}
		if _, err := b.runContext(ctx); err == nil {
			t.Fatal("the run was not stopped")
		}
		b.started = nil
		if slices.Equal(b.statuses(), allClosed) {
			t.Fatal("it was finalized all the same")
		}
		b.file("replies.csv", "id,ticket,text\n")
		sum := b.mustRun()
		if d := cmp.Diff(allClosed, b.statuses()); d != "" {
			t.Errorf("%s: %s", when, d)
		}
		want(t, sum, "updated 2, unchanged 3")
	}
}

// TestFinalizeTurnedOn: tickets that were loaded before the file said finalize are closed, too.
func TestFinalizeTurnedOn(t *testing.T) {
	b := newClosedBench(t)
	b.yaml = strings.Replace(closedTickets, "    finalize: true\n", "", 1)
	want(t, b.mustRun(), "created 6")
	b.yaml = closedTickets
	want(t, b.mustRun(func(o *Options) { o.DryRun = true }), "unchanged 6")
	want(t, b.mustRun(), "updated 2, unchanged 6")
	if d := cmp.Diff(allClosed, b.statuses()); d != "" {
		t.Error(d)
	}
	want(t, b.mustRun(), "unchanged 6")
}

// TestFinalizeLeavesOthersAlone: a ticket that was there before is not closed.
func TestFinalizeLeavesOthersAlone(t *testing.T) {
	b := newClosedBench(t)
	b.yaml = strings.Replace(closedTickets, "finalize: true", "finalize: true\n    look_first: true", 1)
	b.service.seed("ticket", map[string]any{"externalId": "t1", "status": "open"})
	want(t, b.mustRun(), "created 5, updated 1, existed 1")
	if d := cmp.Diff([]string{"t1 open", "t2 open", "t3 done"}, b.statuses()); d != "" {
		t.Error(d)
	}
	want(t, b.mustRun(), "unchanged 6")
}

func TestFinalizeInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newClosedBench(t)
		tickets, replies := "id,subject,status\n", "id,ticket,text\n"
		for i := range 250 {
			tickets += fmt.Sprintf("%d,s,done\n", i)
			replies += fmt.Sprintf("%d,%d,x\n", i, i)
		}
		b.file("tickets.csv", tickets)
		b.file("replies.csv", replies)
		bulk := newBulkService(b.service)
		b.sink = bulk
		want(t, b.mustRun(func(o *Options) { o.Bulk = BulkAlways }), "created 500, updated 250")
		if n := len(bulk.submits); n != 6 {
			t.Errorf("%d batches", n)
		}
	})
}

func TestFinalizeFaults(t *testing.T) {
	for _, tt := range []struct{ from, to, want string }{
		{`, status: "{{ .status }}"`, "", "finalize is for what is loaded with status: done, and the step does not map it; map status, or leave finalize out"},
		{"sink: make_reply", "sink: make_reply\n    finalize: true", "later steps undo nothing of what make_reply makes; leave finalize out"},
	} {
		b := newClosedBench(t)
		b.yaml = strings.Replace(closedTickets, tt.from, tt.to, 1)
		if _, err := b.plan(); !faultSays(err, tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// TestFinalizeStorm: whatever is lost, refused or stopped, in the end every ticket has the status of its row.
func TestFinalizeStorm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newClosedBench(t)
			rows := rapid.IntRange(1, 12).Draw(rt, "tickets")
			faults := rapid.SliceOfN(rapid.SampledFrom([]fault{fine, fine, lostBefore, lostAfter, late, unreachable}), 97, 97).Draw(rt, "faults")
			stops := rapid.SliceOfN(rapid.IntRange(0, 3000), 3, 3).Draw(rt, "stops")
			b.yaml = strings.Replace(closedTickets, "in_doubt_wait: 10ms", "in_doubt_wait: 5s", 1)
			b.service.delay = 100 * time.Millisecond
			tries := 0
			b.service.fault = func(string, string, int) fault { tries++; return faults[tries%len(faults)] }
			tickets := "id,subject,status\n"
			for i := range rows {
				tickets += fmt.Sprintf("%d,s,%s\n", i, []string{"done", "open"}[i%2])
			}
			b.file("tickets.csv", tickets)
			replies := "id,ticket,text\n"
			for round, stop := range stops {
				for i := range rows {
					replies += fmt.Sprintf("%d-%d,%d,x\n", round, i, i)
				}
				b.file("replies.csv", replies)
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(stop)*time.Millisecond)
				_, _ = b.runContext(ctx)
				cancel()
				time.Sleep(time.Minute)
			}
			b.service.fault = nil
			b.mustRun()
			b.mustRun()
			for i, got := range b.statuses() {
				if !strings.HasSuffix(got, " done") && !strings.HasSuffix(got, " open") || len(b.statuses()) != rows {
					t.Fatalf("%d: %s of %d", i, got, len(b.statuses()))
				}
				var n int
				if _, err := fmt.Sscanf(got, "t%d", &n); err != nil {
					t.Fatal(err)
				}
				if (n%2 == 0) != strings.HasSuffix(got, " done") {
					t.Errorf("in the end: %v", b.statuses())
				}
			}
		})
	})
}
