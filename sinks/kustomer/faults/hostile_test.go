package faults

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// hostile are H3 to H5: what stands between kustsync and Kustomer answers in its place, Kustomer is away, or says of a bulk job what
// cannot be (decisions.md 3).
var hostile = slices.Concat(foreignAnswers, impossibleResults)

// foreignAnswers are each played singly and in bulk, where external ids are unique and where they are not.
var foreignAnswers = eachWay(
	scenario{id: "H3", fault: "a firewall refuses bodies with <script>", short: true, do: firewalled},
	scenario{id: "H4", fault: "from some request on each write gets a login page", short: true, do: loginPages},
	scenario{id: "H4", fault: "503 with a Retry-After of an hour", do: maintenance},
	scenario{id: "H4", fault: "429s that ask for a second, several in a row", do: shortLimits},
	scenario{id: "H4", fault: "look-ups are answered with half of their JSON", do: halfAnswers, config: map[string]string{"in_doubt_wait": "2s"}},
)

// impossibleResults are of bulk jobs.
var impossibleResults = inBatches(
	scenario{id: "H5", fault: "results of jobs give one object to all rows", short: true, rules: "one-id batch=yes method=POST share=30%", bothModes: true, size: size{60, 60, 0}, config: map[string]string{"in_doubt_wait": "1s"}},
	scenario{id: "H5", fault: "results of each first job are rotated by one", do: rotatedResults, bothModes: true, size: size{250, 250, 0}, config: map[string]string{"in_doubt_wait": "1s"}},
	scenario{id: "H5", fault: "results of jobs name two objects of a row", rules: "two-ids batch=yes method=POST share=30%", bothModes: true, size: size{60, 60, 0}, config: map[string]string{"in_doubt_wait": "1s"}},
)

// rotatedResults has jobs that name each row's object for another row: the first object that is read back tells, and no child comes
// under the wrong parent.
func rotatedResults(tr *trial) string {
	tr.setRules("rotated batch=yes method=POST kind=customer; rotated batch=yes method=POST kind=conversation")
	res := tr.until(tr.patience())
	tr.expect(tr.batches() <= 8, "%d batches were sent; after the first that is accepted, rows go one by one", tr.batches()) // the first are too large
	return tr.figure(res)
}

// firewalled has rows whose bodies a firewall refuses: they are rejected, all others are loaded, and once the firewall lets
// them pass, they are, too.
func firewalled(tr *trial) string {
	for _, i := range []int{3, 4, 5, 11} {
		tr.set("customer", i, "name", "<script>alert(1)</script> "+marker)
		tr.expectRejected(fmt.Sprintf("c%d", i))
	}
	tr.rows.write(tr.t, tr.dir)
	tr.setRules("firewall method=POST")
	tr.want.exits = []int{1}
	res := tr.until(tr.patience())
	tr.expect(res.exit == 1 && tr.rejects(res, "firewall") == 4, "exit %d, %d rows are rejected naming a firewall, want 4: %s", res.exit, tr.rejects(res, "firewall"), tail(res.err))
	tr.checkState()
	tr.setRules("")
	tr.want.rejected, tr.want.exits = nil, nil
	res = tr.until(tr.patience())
	return tr.figure(res)
}

// loginPages stops a run that gets nothing else, and loads what is left once Kustomer answers again.
func loginPages(tr *trial) string {
	first := 5 + tr.random.IntN(10)
	tr.setRules(fmt.Sprintf("login method=POST from=%d", first))
	tr.want.exits = []int{4}
	res := tr.run()
	n := tr.posts(res.from, res.to)
	tr.expect(res.exit == 4 && strings.Contains(res.message(), "were not Kustomer's") && n <= first+20+8,
		"exit %d after %d writes: %s", res.exit, n, res.message())
	tr.setRules("")
	tr.want.exits = nil
	res = tr.until(3)
	return fmt.Sprintf("exit 4 after %d writes, then %s", n, tr.figure(res))
}

// maintenance stops a run that is asked to wait longer than outage_wait allows, says until when, and goes on afterwards.
func maintenance(tr *trial) string {
	tr.setRules(fmt.Sprintf("away=3600 from=%d", 5+tr.random.IntN(20)))
	tr.want.exits = []int{4}
	res := tr.run()
	again := time.Now().Add(time.Hour)
	says := strings.Contains(res.hint(), again.Format("15:04")) || strings.Contains(res.hint(), again.Add(-time.Minute).Format("15:04"))
	tr.expect(res.exit == 4 && res.took < 15*time.Second && says, "exit %d after %s: %s; %s %s", res.exit, res.took, res.message(), res.hint(), tail(res.err))
	tr.setRules("")
	tr.want.exits = nil
	last := tr.until(3)
	return fmt.Sprintf("exit 4 after %.1f s, then %s", res.took.Seconds(), tr.figure(last))
}

// shortLimits answers runs of requests with 429 and a Retry-After of a second: none costs a whole window.
func shortLimits(tr *trial) string {
	var rules []string
	for _, from := range []int{4, 12} {
		rules = append(rules, fmt.Sprintf("limited=second from=%d until=%d", from, from+2))
	}
	tr.setRules(strings.Join(rules, "; "))
	res := tr.until(tr.patience())
	tr.expect(tr.results[0].took < 40*time.Second, "the run took %s", tr.results[0].took)
	return tr.figure(res)
}

// halfAnswers loses answers to writes, and answers the look-ups that follow with half of their JSON twice.
func halfAnswers(tr *trial) string {
	tr.setRules("reset-after method=POST attempt=1 share=20%; half method=GET attempts=2")
	res := tr.until(tr.patience())
	return tr.figure(res)
}
