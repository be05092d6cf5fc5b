package faults

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"
)

// updatesInBatches loads, changes every row, and loads again among faults: conversations and messages change by
// batches, customers one by one.
func updatesInBatches(l *lab) string {
	l.writePipeline(strings.ReplaceAll(l.s.pipeline(), "    sink:", "    if_exists: update\n    sink:"))
	if err := l.server.SetRules(""); err != nil {
		l.t.Fatal(err)
	}
	l.run()
	for i := range l.rows["conversation"] {
		r := &l.rows["conversation"][i]
		r.cells["subject"] = "Changed " + r.cells["subject"]
		r.payload["name"] = r.cells["subject"]
	}
	for i := range l.rows["message"] {
		r := &l.rows["message"][i]
		r.cells["body"] = "Changed " + r.cells["body"]
		r.payload["preview"] = r.cells["body"]
	}
	l.rows.write(l.t, l.dir)
	if err := l.server.SetRules(l.s.rules); err != nil {
		l.t.Fatal(err)
	}
	before := l.batches()
	res := l.until(3)
	n := l.batches() - before
	l.expect(n > 0, "no batch of updates was sent")
	return fmt.Sprintf("%d batches of updates, %s", n, l.figure(res))
}

// limited6000 is a Kustomer with a limit of 6,000 requests a minute: single requests take so long that auto
// takes batches from some 250 rows on.
func limited6000(j Jobs) func(*Options) {
	return func(o *Options) {
		o.Jobs = j
		o.Rates = Rates{Limit: 6000, Reset: Always}
	}
}

// autoMode expects that a step with many rows says how it loads, and goes in few requests.
func autoMode(said string, least int) func(*lab) string {
	return func(l *lab) string {
		res := l.load(command{args: l.args("run"), limit: l.s.limit})
		l.expect(mentions(res.err, said), "nothing says %q:\n%s", said, tail(res.err))
		kinds := map[string]int{}
		for _, e := range l.server.Events() {
			if e.Items > 0 {
				kinds[e.Kind]++
			}
		}
		l.expect(kinds["customer"] >= least && kinds["message"] == 0, "batches: %v, want %d of customers at least and none of the few messages", kinds, least)
		again := l.until(l.patience())
		return fmt.Sprintf("%v, %s", kinds, l.figure(again))
	}
}

// autoFallsBack loads where batches tell nothing, in three ways: auto says so, and goes on one by one.
func autoFallsBack(l *lab) string {
	var figures []string
	for _, way := range []struct {
		jobs Jobs
		said string
	}{
		{Jobs{Takes: 50 * time.Millisecond, Refs: RefsRefused}, "does not know _clientRef"},
		{Jobs{Takes: 50 * time.Millisecond, Refs: RefsIgnored}, "does not tell which row"},
		{Jobs{Takes: 50 * time.Millisecond, Deny: true}, "may not read the results"},
	} {
		l.server.Quiesce()
		if len(l.results) > 0 {
			l.startAnew()
		}
		l.server.opts.Jobs = way.jobs
		before, singles := l.batches(), 0
		res := l.load(command{args: l.args("run"), limit: l.s.limit})
		for _, e := range l.server.Events() {
			if e.Seq > res.from && e.Method == "POST" && e.Items == 0 {
				singles++
			}
		}
		l.until(l.patience())
		l.expect(mentions(res.err, "one by one", way.said), "nothing says %q:\n%s", way.said, tail(res.err))
		figures = append(figures, fmt.Sprintf("%s: %d batches, %d singles", way.said, l.batches()-before, singles))
	}
	return strings.Join(figures, "; ")
}

// killedBatches kills run after run, some before and some after the first results can be there, and then lets
// one end.
func killedBatches(l *lab) string {
	kills := 25
	if lane == "short" {
		kills = 6
	}
	for i := range kills {
		wait := time.Duration(20+l.random.IntN(900)) * time.Millisecond
		if i%3 == 2 {
			wait += time.Duration(1+l.random.IntN(2)) * time.Second
		}
		if res := l.killed(killSignal, wait); res.exit == 0 && !l.options.Blind {
			break
		}
	}
	res := l.until(4)
	return fmt.Sprintf("%d kills, %s", l.tally.kills, l.figure(res))
}

// stoppedBatches stops runs in good order: each says where every row is, and leaves jobs that are known to the
// next one.
func stoppedBatches(l *lab) string {
	stops := 0
	for i := range 10 {
		s, want := syscall.SIGINT, 130
		if i%2 == 1 {
			s, want = syscall.SIGTERM, 143
		}
		res := l.killed(s, time.Duration(100+l.random.IntN(2500))*time.Millisecond)
		if res.exit == 0 {
			break
		}
		stops++
		l.expect(res.exit == want, "exit %d after %v, want %d: %s\n%s", res.exit, s, want, res.message(), tail(res.err))
		sum := res.said.Summary
		l.expect(sum.sum() == sum.Rows, "after %v: %d rows, counters add up to %d", s, sum.Rows, sum.sum())
		l.server.Quiesce()
		l.checkKnown()
	}
	res := l.until(3)
	return fmt.Sprintf("%d stops, %s", stops, l.figure(res))
}

// killedAroundBatches kills at each point of a batch's life. Where the name of the job was recorded, the next run
// asks it, and sends nothing of it again.
func killedAroundBatches(l *lab) string {
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
		rule := fmt.Sprintf(points[i%len(points)], l.server.Arrived()+1+l.random.IntN(6))
		if err := l.server.SetRules(rule); err != nil {
			l.t.Fatal(err)
		}
		l.run()
	}
	if err := l.server.SetRules(""); err != nil {
		l.t.Fatal(err)
	}
	res := l.until(4)
	l.server.Quiesce()
	l.askedJobs()
	return fmt.Sprintf("%d kills, %s", l.tally.kills, l.figure(res))
}

// askedJobs kills a run that waits for the results of its first job, in an org and with a ledger of its own, and
// expects that the next one sends nothing twice.
func (l *lab) askedJobs() {
	l.t.Helper()
	if l.options.Blind {
		return // rows may be left in doubt
	}
	l.startAnew()
	l.server.jobs.mu.Lock()
	clear(l.server.jobs.sent)
	l.server.jobs.mu.Unlock()
	if err := l.server.SetRules("kill-before method=GET kind=bulk attempt=1"); err != nil {
		l.t.Fatal(err)
	}
	res := l.run()
	l.expect(res.killed, "exit %d: no job was asked for", res.exit)
	if err := l.server.SetRules(""); err != nil {
		l.t.Fatal(err)
	}
	l.run()
	for _, kind := range slices.Sorted(slices.Values([]string{"customer", "conversation", "message"})) {
		for _, r := range l.rows[kind] {
			if n := l.server.Taken(kind, r.key); n > 1 {
				l.fail(8, "%s %s was in %d batches, though the job of the first was known", kind, r.key, n)
			}
		}
	}
}
