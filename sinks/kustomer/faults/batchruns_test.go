package faults

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"
)

// updatesInBatches loads, changes every row, and loads again with faults: conversations and messages are updated in
// batches, customers one by one.
func updatesInBatches(tr *trial) string {
	tr.writePipeline(strings.ReplaceAll(tr.s.pipeline(), "    sink:", "    if_exists: update\n    sink:"))
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	tr.run()
	for i := range tr.rows["conversation"] {
		r := &tr.rows["conversation"][i]
		r.cells["subject"] = "Changed " + r.cells["subject"]
		r.payload["name"] = r.cells["subject"]
	}
	for i := range tr.rows["message"] {
		r := &tr.rows["message"][i]
		r.cells["body"] = "Changed " + r.cells["body"]
		r.payload["preview"] = r.cells["body"]
	}
	tr.rows.write(tr.t, tr.dir)
	if err := tr.server.SetRules(tr.s.rules); err != nil {
		tr.t.Fatal(err)
	}
	before := tr.batches()
	res := tr.until(3)
	n := tr.batches() - before
	tr.expect(n > 0, "no batch of updates was sent")
	return fmt.Sprintf("%d batches of updates, %s", n, tr.figure(res))
}

// limited6000 is a Kustomer with a limit of 6,000 requests a minute: single requests take so long that auto
// takes batches from some 250 rows on.
func limited6000(j Jobs) func(*Options) {
	return func(o *Options) {
		o.Jobs = j
		o.Rates = Rates{Limit: 6000, Reset: Always}
	}
}

// autoMode expects that a step with many rows says that it sends batches, and makes few requests.
func autoMode(message string, least int) func(*trial) string {
	return func(tr *trial) string {
		res := tr.load(command{args: tr.args("run"), limit: tr.s.limit})
		tr.expect(mentions(res.err, message), "standard error lacks %q:\n%s", message, tail(res.err))
		kinds := map[string]int{}
		for _, e := range tr.server.Events() {
			if e.Items > 0 {
				kinds[e.Kind]++
			}
		}
		tr.expect(kinds["customer"] >= least && kinds["message"] == 0, "batches: %v, want %d of customers at least and none of the few messages", kinds, least)
		again := tr.until(tr.patience())
		return fmt.Sprintf("%v, %s", kinds, tr.figure(again))
	}
}

// autoFallsBack loads when the results of batches cannot be used, for three reasons: auto says so, and goes on with
// single requests.
func autoFallsBack(tr *trial) string {
	var figures []string
	for _, way := range []struct {
		jobs    Jobs
		message string
	}{
		{Jobs{Takes: 50 * time.Millisecond, Refs: RefsRefused}, "does not know _clientRef"},
		{Jobs{Takes: 50 * time.Millisecond, Refs: RefsIgnored}, "does not tell which row"},
		{Jobs{Takes: 50 * time.Millisecond, Deny: true}, "may not read the results"},
	} {
		tr.server.Quiesce()
		if len(tr.results) > 0 {
			tr.startAnew()
		}
		tr.server.opts.Jobs = way.jobs
		before, singles := tr.batches(), 0
		res := tr.load(command{args: tr.args("run"), limit: tr.s.limit})
		for _, e := range tr.server.Events() {
			if e.Seq > res.from && e.Method == "POST" && e.Items == 0 {
				singles++
			}
		}
		tr.until(tr.patience())
		tr.expect(mentions(res.err, "one by one", way.message), "standard error lacks %q:\n%s", way.message, tail(res.err))
		figures = append(figures, fmt.Sprintf("%s: %d batches, %d singles", way.message, tr.batches()-before, singles))
	}
	return strings.Join(figures, "; ")
}

// killedBatches kills runs one after another, some before and some after the first results can be there, and then
// lets one end.
func killedBatches(tr *trial) string {
	kills := 25
	if suite == "short" {
		kills = 6
	}
	for i := range kills {
		wait := time.Duration(20+tr.random.IntN(900)) * time.Millisecond
		if i%3 == 2 {
			wait += time.Duration(1+tr.random.IntN(2)) * time.Second
		}
		if res := tr.killed(killSignal, wait); res.exit == 0 && !tr.options.Blind {
			break
		}
	}
	res := tr.until(4)
	return fmt.Sprintf("%d kills, %s", tr.totals.kills, tr.figure(res))
}

// stoppedBatches stops runs with SIGINT and SIGTERM: each reports every row, and records its jobs for the next run.
func stoppedBatches(tr *trial) string {
	stops := 0
	for i := range 10 {
		s, want := syscall.SIGINT, 130
		if i%2 == 1 {
			s, want = syscall.SIGTERM, 143
		}
		res := tr.killed(s, time.Duration(100+tr.random.IntN(2500))*time.Millisecond)
		if res.exit == 0 {
			break
		}
		stops++
		tr.expect(res.exit == want, "exit %d after %v, want %d: %s\n%s", res.exit, s, want, res.message(), tail(res.err))
		sum := res.json.Summary
		tr.expect(sum.sum() == sum.Rows, "after %v: %d rows, counters add up to %d", s, sum.Rows, sum.sum())
		tr.server.Quiesce()
		tr.checkKnown()
	}
	res := tr.until(3)
	return fmt.Sprintf("%d stops, %s", stops, tr.figure(res))
}

// killedAroundBatches kills before, during and after each request about a batch. When the job's name was recorded, the
// next run asks for its results, and sends none of its rows again.
func killedAroundBatches(tr *trial) string {
	points := []string{
		"kill-before batch=yes from=%d",
		"kill-after batch=yes from=%d",
		"kill-told=1ms batch=yes from=%d",
		"kill-told=40ms batch=yes from=%d",
		"kill-before method=GET kind=bulk from=%d",
		"kill-after method=GET kind=bulk from=%d",
		"kill-told=1ms method=GET kind=bulk from=%d",
	}
	for i := range 2 * len(points) {
		rule := fmt.Sprintf(points[i%len(points)], tr.server.Arrived()+1+tr.random.IntN(6))
		if err := tr.server.SetRules(rule); err != nil {
			tr.t.Fatal(err)
		}
		tr.run()
	}
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	res := tr.until(4)
	tr.server.Quiesce()
	tr.checkJobsAskedAgain()
	return fmt.Sprintf("%d kills, %s", tr.totals.kills, tr.figure(res))
}

// checkJobsAskedAgain kills a run that waits for the results of its first job, with a new org and a new ledger, and
// expects that the next run sends no row twice.
func (tr *trial) checkJobsAskedAgain() {
	tr.t.Helper()
	if tr.options.Blind {
		return // rows may be left in doubt
	}
	tr.startAnew()
	tr.server.jobs.mu.Lock()
	clear(tr.server.jobs.sent)
	tr.server.jobs.mu.Unlock()
	if err := tr.server.SetRules("kill-before method=GET kind=bulk attempt=1"); err != nil {
		tr.t.Fatal(err)
	}
	res := tr.run()
	tr.expect(res.killed, "exit %d: no job was asked for", res.exit)
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	tr.run()
	for _, kind := range slices.Sorted(slices.Values([]string{"customer", "conversation", "message"})) {
		for _, r := range tr.rows[kind] {
			if n := tr.server.Taken(kind, r.key); n > 1 {
				tr.fail(8, "%s %s was in %d batches, though the job of the first was known", kind, r.key, n)
			}
		}
	}
}
