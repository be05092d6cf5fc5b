package faults

import (
	"fmt"
	"os/exec"
	"slices"
	"time"
)

// refusals are F34 to F37 and F49: keys, rights and limits.
var refusals = []scenario{
	{id: "F34", fault: "401 from the 120th request on", short: true, oneReading: true, do: revokedKey},
	{id: "F35", fault: "403 on one sink", oneReading: true, do: missingRole, rules: "status=403 kind=conversation method=POST"},
	{id: "F36", fault: "429, Retry-After in seconds", short: true, oneReading: true, do: pausedFor(2 * time.Second), tune: noReset, rules: "limited=seconds object=c40 attempt=1"},
	{id: "F36", fault: "429, Retry-After as a date", short: true, oneReading: true, do: pausedFor(2 * time.Second), tune: noReset, rules: "limited=date object=c40 attempt=1"},
	{id: "F36", fault: "429 without Retry-After", oneReading: true, do: pausedFor(45 * time.Second), limit: 2 * time.Minute, tune: noReset, rules: "limited=absent object=c40 attempt=1"},
	{id: "F36", fault: "429, Retry-After garbage", oneReading: true, do: pausedFor(45 * time.Second), limit: 2 * time.Minute, tune: noReset, rules: "limited=garbage object=c40 attempt=1"},
	{id: "F36", fault: "429, Retry-After of 30 years", oneReading: true, do: pausedFor(100 * time.Second), limit: 3 * time.Minute, tune: noReset, rules: "limited=huge object=c40 attempt=1"},
	{id: "F36", fault: "429, where no other answer tells the limit", oneReading: true, do: pausedFor(2 * time.Second),
		tune: func(o *Options) { o.Rates = Rates{} }, rules: "limited=seconds object=c40 attempt=1"},
	{id: "F36", fault: "429 of one object while budget is left", short: true, oneReading: true, do: objectLimit, rules: "limited=object object=m7 attempts=2"},
	{id: "F37", fault: "429 storm: 90% for 20 s", oneReading: true, do: storm, limit: 3 * time.Minute, rules: "limited=seconds method=POST share=90%; limited=seconds method=GET share=90%"},
	{id: "F49", fault: "parents rejected, and in doubt", oneReading: true, do: badParents, rules: `
		status=422 method=POST object=c5
		status=422 method=POST object=t9
		status-after=500 method=POST object=t20
		status=500 method=GET object=/v1/conversations/externalId=t20`, config: map[string]string{"retries": "2"}},
}

// noReset leaves out X-Ratelimit-Reset, which would ask for a longer pause.
func noReset(o *Options) { o.Rates = Rates{Limit: 900_000} }

// revokedKey makes the server refuse the key in the middle of a load, and then accept it again.
func revokedKey(tr *trial) string {
	if err := tr.server.SetRules("status=401 from=120"); err != nil {
		tr.t.Fatal(err)
	}
	res := tr.run()
	after := res.to - 120
	tr.expect(res.exit == 4 && mentions(res.message(), "key", "401"), "exit %d: %s", res.exit, res.message())
	tr.expect(after <= 8, "%d requests after the first 401, want at most 8, one of each worker", after)
	sum := res.json.Summary
	tr.expect(sum.Rejected == 0, "%d rows are rejected because of the key, want none", sum.Rejected)
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	tr.run()
	return fmt.Sprintf("%d requests after the first 401, %d rows not attempted, then whole", after, sum.NotAttempted)
}

// missingRole checks that a 403 of one sink ends the run, and that the message names the role.
func missingRole(tr *trial) string {
	res := tr.run()
	refused := 0
	for _, e := range tr.server.Events() {
		if e.Status == 403 {
			refused++
		}
	}
	tr.expect(res.exit == 4 && mentions(res.hint(), "org.permission.conversation.create"), "exit %d: %s; %s", res.exit, res.message(), res.hint())
	tr.expect(refused <= 8, "%d requests were refused, want at most 8, one of each worker", refused)
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	tr.run()
	return fmt.Sprintf("exit 4 names the role after %d requests, then whole", refused)
}

// pausedFor expects that no request is sent for at least that time after a 429, and that the run prints why it waits.
func pausedFor(least time.Duration) func(*trial) string {
	return func(tr *trial) string {
		res := tr.load(command{args: tr.args("run"), limit: tr.s.limit})
		var at time.Time
		gap := time.Duration(0)
		for _, e := range tr.server.Events() {
			if e.Status == 429 {
				at = e.At
			}
		}
		next, alreadySent := time.Now(), 0
		for _, e := range tr.server.Events() {
			switch {
			case !e.At.After(at):
			case e.At.Before(at.Add(time.Second)): // sent before the answer came
				alreadySent++
			case e.At.Before(next):
				next = e.At
			}
		}
		gap = next.Sub(at)
		tr.expect(alreadySent < 60, "%d requests came in the first second of the pause, want fewer than 60", alreadySent)
		tr.expect(!at.IsZero() && gap >= least-100*time.Millisecond, "the next request came after %v, want %v", gap, least)
		tr.expect(mentions(res.err, "waiting for the rate limit"), "the run does not print why it waits:\n%s", tail(res.err))
		return fmt.Sprintf("no request for %.1f s", gap.Seconds())
	}
}

// objectLimit expects that a 429 for one object does not delay the others.
func objectLimit(tr *trial) string {
	res := tr.run()
	var first, second time.Time
	between := 0
	for _, e := range tr.server.Events() {
		if e.Object == "m7" && e.Attempt == 1 {
			first = e.At
		}
		if e.Object == "m7" && e.Attempt == 2 {
			second = e.At
		}
	}
	behind := 0
	for _, e := range tr.server.Events() {
		switch {
		case e.Object == "m7":
		case e.At.After(second):
			behind++
		case e.At.After(first):
			between++
		}
	}
	tr.expect(between > 8 || behind == 0, "%d requests of others between the two attempts, with 8 workers; %d behind them", between, behind)
	return fmt.Sprintf("%d requests of others meanwhile, %d answers of 429, 0 rows failed", between, res.json.Summary.HTTP429)
}

// storm answers 429 to every request for 20 seconds.
func storm(tr *trial) string {
	res := tr.load(command{args: tr.args("run", "--json"), limit: tr.s.limit, during: func(*exec.Cmd) {
		go func() {
			time.Sleep(20 * time.Second)
			_ = tr.server.SetRules("")
		}()
	}})
	sum := res.json.Summary
	tr.expect(sum.Rejected == 0, "%d rows are rejected, want none", sum.Rejected)
	tr.expect(sum.HTTP429 < 40, "%d requests were answered 429 in 20 s, each with two seconds to wait", sum.HTTP429)
	return fmt.Sprintf("%d of %d rows, %d answers of 429 in 20 s", sum.loaded(), sum.Rows, sum.HTTP429)
}

// badParents has one refused parent in each step, and one whose look-up fails.
func badParents(tr *trial) string {
	tr.want.exits, tr.want.doubt = []int{1}, true
	tr.expectRejected("c5")
	tr.expectRejected("t9")
	res := tr.run()
	steps := res.json.Summary.Steps
	tr.expect(steps["conversation"].Rejected == 2, "%d conversations rejected, want c5's and t9", steps["conversation"].Rejected)
	tr.expect(steps["message"].Rejected == 2, "%d messages rejected, want those of c5 and t9", steps["message"].Rejected)
	tr.expect(steps["conversation"].InDoubt == 1 && steps["message"].NotAttempted == 1,
		"%d conversations in doubt, %d messages not attempted; want 1 and 1", steps["conversation"].InDoubt, steps["message"].NotAttempted)
	n := tr.rejects(res, "c5")
	tr.expect(n >= 1, "no rejected row names its parent c5")
	for _, e := range tr.server.Events() {
		tr.expect(!slices.Contains([]string{"m5", "m9", "m20"}, e.Object), "%s was sent, though its parent was not loaded", e.Object)
	}
	tr.want.partial = true // rejected children of one row are reported once
	return "children of rejected parents are rejected, those of parents in doubt not attempted"
}
