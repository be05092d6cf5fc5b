//go:build oldengine

package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestEstimate(t *testing.T) {
	const rate = 10 // a second
	for _, c := range []struct {
		name            string
		loads           []StepLoad
		singly, batched Effort
	}{
		{"nothing", nil, Effort{}, Effort{}},
		{"an empty step", []StepLoad{{}}, Effort{}, Effort{}},
		{"four rows never share a request", []StepLoad{{Rows: 4, Batch: 4, Bytes: 400}},
			Effort{4, 400 * time.Millisecond}, Effort{4, 400 * time.Millisecond}},
		{"five do", []StepLoad{{Rows: 5, Batch: 5, Bytes: 500}},
			Effort{5, 500 * time.Millisecond}, Effort{2, 200*time.Millisecond + jobGuess}},
		{"a hundred a request", []StepLoad{{Rows: 100_000, Batch: 100_000, Bytes: 30_000_000 - 1}},
			Effort{100_000, 10_000 * time.Second}, Effort{2000, 200*time.Second + jobGuess}},
		{"bytes come first", []StepLoad{{Rows: 100, Batch: 100, Bytes: 10 * maxBatchBytes}},
			Effort{100, 10 * time.Second}, Effort{20, 2*time.Second + jobGuess}},
		{"some cannot ride", []StepLoad{{Rows: 150, Batch: 100, Bytes: 1000}},
			Effort{150, 15 * time.Second}, Effort{52, 5200*time.Millisecond + jobGuess}},
		{"none can", []StepLoad{{Rows: 150}}, Effort{150, 15 * time.Second}, Effort{150, 15 * time.Second}},
		{"steps follow each other", []StepLoad{{Rows: 100, Batch: 100}, {Rows: 100, Batch: 100}},
			Effort{200, 20 * time.Second}, Effort{4, 400*time.Millisecond + 2*jobGuess}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := range c.loads {
				c.loads[i].Limits = batches("")
			}
			singly, batched := Estimate(c.loads, rate)
			if singly != c.singly || batched != c.batched {
				t.Errorf("one by one %+v, in batches %+v; want %+v and %+v", singly, batched, c.singly, c.batched)
			}
		})
	}
}

// A dry run counts what a run would send.
func TestDryRunLoads(t *testing.T) {
	b := newBench(t, bulkPeople, manyPeople(250, "p"))
	sum := b.mustRun(func(o *Options) { o.DryRun = true })
	var got []string
	for _, l := range sum.Loads {
		got = append(got, fmt.Sprint(l.Step, " ", l.Rows, " ", l.Batch, " ", l.Bytes > 250*itemOverhead))
	}
	if text := strings.Join(got, ", "); text != "person 250 250 true, ticket 250 250 true" {
		t.Errorf("loads %s", text)
	}
}

// loadsOf lists loads as "step rows+asks".
func loadsOf(loads []StepLoad) string {
	var texts []string
	for _, l := range loads {
		texts = append(texts, fmt.Sprintf("%s %d+%d", l.Step, l.Rows, l.Asks))
	}
	return strings.Join(texts, ", ")
}

// A dry run and a survey count what is written again at the end, once for each object.
func TestLoadsOfAFinal(t *testing.T) {
	for _, survey := range []bool{false, true} {
		b := newClosedBench(t)
		sum := b.mustRun(func(o *Options) { o.DryRun, o.Survey = true, survey })
		if got := loadsOf(sum.Loads); got != "ticket 3+0, ticket (finalize) 2+0, reply 3+0" {
			t.Errorf("loads %s", got)
		}
		sum = b.mustRun(func(o *Options) { o.DryRun, o.Survey, o.Step = true, survey, "ticket" })
		if got := loadsOf(sum.Loads); got != "ticket 3+0" {
			t.Errorf("a step alone loads %s", got)
		}
		b.mustRun()
		b.file("tickets.csv", "id,subject,status\n1,b,done\n2,b,open\n3,c,done\n")
		b.yaml = strings.Replace(closedTickets, "finalize: true", "finalize: true\n    if_exists: update", 1)
		if got := loadsOf(b.mustRun(func(o *Options) { o.DryRun, o.Survey = true, survey }).Loads); got != "ticket 1+0" {
			t.Errorf("an update loads %s", got)
		}
		b.file("replies.csv", "id,ticket,text\n1,1,x\n2,2,x\n3,3,x\n4,1,y\n5,1,y\n6,2,y\n")
		if got := loadsOf(b.mustRun(func(o *Options) { o.DryRun, o.Survey = true, survey }).Loads); got != "ticket 1+0, reply 3+0, ticket (finalize) 1+0" {
			t.Errorf("replies to what is done load %s", got)
		}
	}
}

// An update that must carry what the object has takes two requests, also where it can only be guessed whose it is.
func TestLoadsOfUpdates(t *testing.T) {
	b, ids := newChangeBench(t, 2)
	b.yaml = strings.Replace(changePeople, `name: "{{ .name }}", `, "", 1)
	b.file("changes.csv", "key,id,note\na,"+ids[0]+",x\nb,"+ids[1]+",y\n")
	for _, survey := range []bool{false, true} {
		if got := loadsOf(b.mustRun(func(o *Options) { o.DryRun, o.Survey = true, survey }).Loads); got != "person 2+2" {
			t.Errorf("loads %s", got)
		}
	}
	b.yaml = strings.Replace(family, "POLICY", "update", 1) + `
  note: { from: people.csv, sink: change_person, key: "{{ .id }}", mapping: { id: '{{ ref "person" }}', note: x } }
`
	b.file("people.csv", "id,name,email,age\n1,Ann,ann@x.com,30\n")
	b.file("tickets.csv", "id,subject,person\n")
	if got := loadsOf(b.mustRun(func(o *Options) { o.DryRun, o.Survey = true, true }).Loads); got != "person 1+0, note 1+1" {
		t.Errorf("behind what is to be created, loads %s", got)
	}
}
