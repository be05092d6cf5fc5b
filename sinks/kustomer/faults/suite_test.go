package faults

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// scenario is one row of the matrix of reliability.md 5.2.
type scenario struct {
	id            string
	fault         string
	short         bool   // part of the short suite
	oneReading    bool   // play it with one reading of Kustomer
	threeReadings bool   // play it with three
	bothModes     bool   // play it with two, in both suites: external ids that are unique, and that are not
	known         string // a known defect of the product, with which the scenario fails

	size    size
	rules   string                       // of the server
	tune    func(*Options)               // the server
	front   func(*trial)                 // starts the listener, where a plain one does not do
	journal bool                         // write the server's journal to a file
	config  map[string]string            // members of run:
	more    map[string]string            // KUSTOMER and CUSTOMER of the pipeline's text
	flags   []string                     // of every run; bulk variants set theirs here
	limit   time.Duration                // on the life of a run
	seed    uint64                       // default: the suite's
	do      func(*trial) (figure string) // default: load
	check   func(*trial)                 // default: trial.check
}

func (s *scenario) rows() size {
	if s.size == (size{}) {
		return size{customers: 100, conversations: 100, messages: 100}
	}
	return s.size
}

// pipeline is the text of the pipeline, with short waits.
func (s *scenario) pipeline() string {
	run := map[string]string{
		"workers": "8", "retries": "20", "timeout": "1s", "in_doubt_wait": "2s", "outage_wait": "30s", "max_errors": "100%",
	}
	for name, value := range s.config {
		run[name] = value
	}
	var members []string
	for name, value := range run {
		members = append(members, name+": "+value)
	}
	slices.Sort(members)
	return strings.NewReplacer("RUN }", strings.Join(members, ", ")+" }", " KUSTOMER", s.more["KUSTOMER"], "    CUSTOMER\n", s.more["CUSTOMER"]).Replace(pipelineText)
}

// TestFaults plays the scenarios that the environment chooses, each with its readings of Kustomer.
func TestFaults(t *testing.T) {
	if suite != "short" && suite != "full" {
		t.Skip("make faults, or make faults-short, plays the fault suite")
	}
	for i := range scenarios {
		s := &scenarios[i]
		if !wanted(s) {
			continue
		}
		for _, r := range readingsFor(s) {
			t.Run(s.id+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				play(t, s, r)
			})
		}
	}
}

// wanted reports whether a scenario is part of the suite that is played.
func wanted(s *scenario) bool {
	if onlyScenarios != "" {
		return slices.Contains(strings.Split(onlyScenarios, ","), s.id)
	}
	return suite == "full" || s.short
}

// readingsFor picks the readings of a scenario: all of them in the full suite; in the short one two, by
// the seed, one that keeps external ids unique and one that does not.
func readingsFor(s *scenario) []reading {
	n := int(draw(suiteSeed(), s.id, "", "", 0) * 1000)
	switch {
	case onlyReading != "":
		return slices.DeleteFunc(slices.Clone(readings), func(r reading) bool { return !strings.Contains(r.name, onlyReading) })
	case s.bothModes: // look-ups that find nothing are left out: then no client could know what Kustomer holds
		n := int(draw(suiteSeed(), s.id, s.fault, "", 0) * 1000)
		return []reading{readings[[]int{0, 2, 5}[n%3]], readings[[]int{1, 3}[n/3%2]]}
	case s.oneReading:
		return readings[n%2 : n%2+1]
	case suite == "full" && !s.threeReadings:
		return readings
	}
	if suite == "full" { // one with each kind of look-ups: at once, late, never
		return []reading{readings[n%3], readings[3+2*(n/3%2)], readings[4]}
	}
	unique, notUnique := []int{0, 2, 5}, []int{1, 3, 4}
	return []reading{readings[unique[n%3]], readings[notUnique[n/3%3]]}
}

// play plays one scenario under one reading and notes what came of it.
func play(t *testing.T, s *scenario, r reading) {
	began := time.Now()
	line := tableLine{id: s.id, fault: s.fault, reading: r.name, outcome: "ok"}
	tr := newTrial(t, s, r)
	defer func() {
		if t.Skipped() {
			line.outcome = "skipped"
		} else if t.Failed() {
			line.outcome = "FAILED"
			if s.known != "" {
				line.figure = "known: " + s.known
			}
		}
		line.took, line.totals = time.Since(began), tr.totals
		addLine(line)
	}()
	tr.want.doubt = tr.options.Blind
	if tr.options.Blind {
		tr.want.exits = []int{0, 1}
	}
	if s.do != nil {
		line.figure = s.do(tr)
	} else {
		line.figure = load(tr)
	}
	if s.check != nil {
		s.check(tr)
		return
	}
	tr.check()
}

// load runs until every row is settled. One run is enough when look-ups show what was written.
func load(tr *trial) string {
	res := tr.until(tr.patience())
	return tr.figure(res)
}

// figure describes a load for the table.
func (tr *trial) figure(res result) string {
	sum := res.json.Summary
	injected := 0
	for _, e := range tr.server.Events() {
		if e.Fault != "" {
			injected++
		}
	}
	text := fmt.Sprintf("%d of %d rows, %d faults, %d requests, %.1f s", sum.loaded(), sum.Rows, injected, tr.server.Arrived(), res.took.Seconds())
	if n := len(tr.results); n > 1 {
		text += fmt.Sprintf(", %d runs", n)
	}
	if n := sum.InDoubt; n > 0 {
		text += fmt.Sprintf(", %d in doubt", n)
	}
	return text
}

// tableLine is a line of the table.
type tableLine struct {
	id, fault, reading, outcome, figure string
	took                                time.Duration
	totals                              totals
}

var table struct {
	mu    sync.Mutex
	lines []tableLine
}

func addLine(l tableLine) {
	table.mu.Lock()
	defer table.mu.Unlock()
	table.lines = append(table.lines, l)
}

// report prints the table of the suite.
func report(w io.Writer) {
	table.mu.Lock()
	defer table.mu.Unlock()
	if len(table.lines) == 0 {
		return
	}
	order := map[string]int{}
	for i, s := range scenarios {
		order[s.id] = i
	}
	slices.SortStableFunc(table.lines, func(a, b tableLine) int { return order[a.id] - order[b.id] })
	fmt.Fprintf(w, "\nseed %d\n%-4s %-58s %-34s %-8s %6s %4s  %s\n", suiteSeed(), "id", "fault", "reading", "outcome", "s", "MiB", "figure")
	var total totals
	failed := 0
	for _, l := range table.lines {
		fmt.Fprintf(w, "%-4s %-58s %-34s %-8s %6.1f %4d  %s\n", l.id, l.fault, l.reading, l.outcome, l.took.Seconds(), l.totals.memory>>20, l.figure)
		total.kills += l.totals.kills
		total.duplicates += l.totals.duplicates
		total.lost += l.totals.lost
		total.overwritten += l.totals.overwritten
		total.requests += l.totals.requests
		if l.outcome == "FAILED" {
			failed++
		}
	}
	fmt.Fprintf(w, "%d lines, %d failed; %d kills, %d requests, %d duplicates, %d lost rows, %d objects overwritten\n\n",
		len(table.lines), failed, total.kills, total.requests, total.duplicates, total.lost, total.overwritten)
}
