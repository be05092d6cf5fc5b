package faults

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"
)

// batches are the scenarios of bulk mode: B01 to B11, B29 to B31, B36 and B48 inject into batches what F01 and so on inject
// into single requests; the others inject faults that only batches and jobs have (kustomer-api.md 10).
var batches = inBatches(
	scenario{id: "B01", fault: "reset before the batch is taken", rules: "reset-before batch=yes attempt=1 share=35%"},
	scenario{id: "B02", fault: "reset after the batch is taken", short: true, rules: "reset-after batch=yes attempt=1 share=35%"},
	scenario{id: "B03", fault: "500, 502, 503, 504 after the batch is taken", rules: `
		status-after=500 batch=yes attempt=1 share=9%
		status-after=502 batch=yes attempt=1 share=9%
		status-after=503 batch=yes attempts=2 share=9%
		status-after=504 batch=yes attempt=1 share=9%
		status=500 method=GET share=5%`},
	scenario{id: "B04", fault: "no answer after the batch is taken, until the time limit",
		rules: "hang-after batch=yes attempt=1 share=20%", config: map[string]string{"timeout": "500ms"}},
	scenario{id: "B05", fault: "the answer to a batch ends after every tenth of its bytes", do: everyByteOfBatches, size: size{800, 400, 400}, limit: 2 * time.Minute,
		rules: "cut-each=10 batch=yes attempt=1 share=75%", tune: func(o *Options) { o.Jobs.Body, o.Jobs.Brief = 1000, true }},
	scenario{id: "B06", fault: "cut, web page, empty, no id, odd id, another job's id", rules: `
		cut-unsized batch=yes attempt=1 share=8%
		html batch=yes attempt=1 share=8%
		empty batch=yes attempt=1 share=8%
		no-id batch=yes attempt=1 share=8%
		odd-id batch=yes attempt=1 share=8%
		other-object batch=yes attempt=1 share=4%`},
	scenario{id: "B07", fault: "the batch is taken after the client gave up, and its items are written late", short: true, rules: `
		late=750ms batch=yes attempt=1 share=15%
		late-hang=1200ms batch=yes attempt=1 share=8%
		reset-after batch=yes attempt=1 share=10%
		job-late=700ms batch=yes share=30%`, config: map[string]string{"timeout": "500ms", "bulk_in_doubt_wait": "4s"}},
	scenario{id: "B07", fault: "the only batch of a step is lost: there is no control object for its look-ups", size: size{16, 16, 16},
		rules: "reset-after batch=yes kind=message attempt=1"},
	scenario{id: "B08", fault: "look-ups lag behind writes",
		rules: "reset-after batch=yes attempt=1 share=25%", tune: func(o *Options) { o.Lag = 700 * time.Millisecond }},
	scenario{id: "B09", fault: "items refused as duplicates of objects that the run itself created", do: ownDuplicatesOfBatches,
		rules: "late=300ms batch=yes kind=customer attempt=1 share=30%; reset-after batch=yes attempt=1 share=15%"},
	scenario{id: "B10", fault: "duplicate detected, the e-mail belongs to another customer", do: emailOfAnotherInBatches},
	scenario{id: "B11", fault: "a look-up finds two objects", do: twoObjects, rules: "item-error object=c22 attempt=1"},

	scenario{id: "B12", fault: "items that a job reports as failed, written or not", short: true, rules: `
		item-error attempt=1 share=4%
		item-error-after attempt=1 share=4%`},
	scenario{id: "B13", fault: "items that a job does not report, written or not", rules: `
		item-lost attempt=1 share=4%
		item-hidden attempt=1 share=4%`},
	scenario{id: "B14", fault: "jobs that Kustomer does not know afterwards, with items written or not", limit: 3 * time.Minute, size: size{200, 200, 200}, rules: `
		job-gone batch=yes attempt=1 share=12%
		job-vanishes batch=yes attempt=1 share=12%`},
	scenario{id: "B15", fault: "jobs that take 6 s", rules: "job-late=6s batch=yes share=15%"},
	scenario{id: "B16", fault: "413 until batches have 1,800 bytes", tune: func(o *Options) { o.Jobs.Body = 1800 }},
	scenario{id: "B17", fault: "a batch refused for one item", do: badItems, rules: `
		bad object=c7; status=400 method=POST batch=no object=c7
		bad object=c170; status=400 method=POST batch=no object=c170
		bad object=t33; status=400 method=POST batch=no object=t33`},
	scenario{id: "B18", fault: "_clientRef refused", do: unknownResults, rules: "reset-after batch=yes attempt=1 share=20%",
		tune: func(o *Options) { o.Jobs.Refs = RefsRefused }},
	scenario{id: "B18", fault: "_clientRef ignored by results", do: unknownResults, rules: "reset-after batch=yes attempt=1 share=20%",
		tune: func(o *Options) { o.Jobs.Refs = RefsIgnored }},
	scenario{id: "B19", fault: "the key may not read jobs", oneReading: true, do: unknownResults, tune: func(o *Options) { o.Jobs.Deny, o.Blind = true, false }},
	scenario{id: "B20", fault: "results shuffled, 34 parts of a job, two on a page", rules: "delay=20ms method=POST",
		tune: func(o *Options) { o.Jobs = Jobs{Takes: 20 * time.Millisecond, Part: 3, Page: 2} }},
	scenario{id: "B21", fault: "answers to requests for jobs are cut, reset, refused, or no JSON", rules: `
		status=500 method=GET kind=bulk attempts=3 share=12%
		reset-before method=GET kind=bulk attempts=3 share=8%
		cut-each=37 method=GET kind=bulk attempts=3 share=12%
		html method=GET kind=bulk attempts=3 share=5%
		empty method=GET kind=bulk attempts=3 share=5%`},
	scenario{id: "B22", fault: "updates: answers lost, jobs lost, items failed", do: updatesInBatches, rules: `
		reset-after batch=yes method=PUT attempt=1 share=20%
		late=700ms batch=yes method=PUT attempt=1 share=10%
		job-gone batch=yes method=PUT attempt=1 share=8%
		item-error-after attempt=2 share=3%
		item-hidden attempt=2 share=3%`},
	scenario{id: "B23", fault: "auto: many rows go in batches, few one by one", do: autoMode("up to 100 rows a request", 3), oneReading: true, size: size{300, 300, 30},
		flags: []string{"--bulk", "auto"}, rules: "reset-after batch=yes attempt=1 share=20%", tune: limited6000(Jobs{Takes: 100 * time.Millisecond, Part: 16})},
	scenario{id: "B23", fault: "auto: _clientRef refused, ignored, and a key that may not read jobs", do: autoFallsBack, oneReading: true, size: size{300, 30, 30},
		flags: []string{"--bulk", "auto"}, tune: func(o *Options) {
			limited6000(Jobs{})(o)
			o.Blind = false // rows of the first batch are looked up
		}},

	scenario{id: "B29", fault: "SIGINT and SIGTERM at random, among jobs", oneReading: true, do: stoppedBatches, size: size{600, 600, 600}, rules: "delay=60ms method=POST"},
	scenario{id: "B30", fault: "SIGKILL at random, among lost answers and late jobs", short: true, do: killedBatches, size: size{300, 300, 300}, rules: `
		reset-before batch=yes attempt=1 share=6%
		reset-after batch=yes attempt=1 share=8%
		status-after=503 batch=yes attempt=1 share=8%
		hang-after batch=yes attempt=1 share=4%
		late=500ms batch=yes attempt=1 share=4%
		item-error-after attempt=1 share=1%
		job-late=500ms batch=yes share=20%`, config: map[string]string{"timeout": "700ms"}},
	scenario{id: "B31", fault: "SIGKILL before, while and after a batch is taken, and between its results", do: killedAroundBatches, size: size{200, 200, 200}},
	scenario{id: "B36", fault: "429 of batches and of requests for jobs", rules: `
		limited=seconds batch=yes attempt=1 share=6%
		limited=seconds method=GET kind=bulk attempt=1 share=6%`, limit: 3 * time.Minute, oneReading: true, tune: func(o *Options) { o.Rates = Rates{Limit: 900_000} }},
	scenario{id: "B48", fault: "soak: every fault of batches, jobs and items, and kills", do: soak, size: size{334, 333, 333}, limit: 2 * time.Minute, rules: `
		reset-before batch=yes share=5%
		reset-after batch=yes share=5%
		hang-after batch=yes share=2%
		status-after=500 batch=yes share=5%
		status=503 batch=yes share=5%
		late=600ms batch=yes share=4%
		cut batch=yes share=4%
		no-id batch=yes share=3%
		html batch=yes share=3%
		job-gone batch=yes share=3%
		job-late=700ms batch=yes share=5%
		item-error share=1%
		item-error-after share=1%
		item-hidden share=1%
		item-lost share=1%
		reset-after method=POST share=5%
		reset-before method=GET share=10%
		status=502 method=GET share=10%`, config: map[string]string{"timeout": "500ms", "workers": "16"}},
)

// inBatches makes scenarios send batches: of some forty rows, so that a load has many; the server handles each in three
// parts, two on a page. The full suite plays the scenarios of CI with every reading of Kustomer, the others with three.
func inBatches(list ...scenario) []scenario {
	for i := range list {
		s := &list[i]
		if s.flags == nil {
			s.flags = []string{"--bulk", "always"}
		}
		if s.size == (size{}) {
			s.size = size{300, 300, 300}
		}
		config := map[string]string{"bulk_in_doubt_wait": "3s"}
		maps.Copy(config, s.config)
		s.config = config
		tune := s.tune
		s.tune = func(o *Options) {
			o.Jobs = Jobs{Takes: 60 * time.Millisecond, Part: 16, Page: 2, Body: 6 << 10}
			if tune != nil {
				tune(o)
			}
		}
		s.check = checkBatches
		s.threeReadings = !s.short
	}
	return list
}

// checkBatches waits for jobs and late writes, and then checks the invariants.
func checkBatches(tr *trial) {
	tr.t.Helper()
	tr.server.Quiesce()
	tr.expect(tr.batches() > 0 || tr.t.Failed(), "no batch was sent, want at least one")
	tr.check()
	tr.server.Quiesce()
	tr.checkDuplicates()
	tr.checkDoubles()
	tr.checkHeld()
}

// batches counts the batches that were sent.
func (tr *trial) batches() (n int) {
	for _, e := range tr.server.Events() {
		if e.Items > 0 {
			n++
		}
	}
	return n
}

// everyByteOfBatches has enough batches for an answer to end after every tenth byte.
func everyByteOfBatches(tr *trial) string {
	res := tr.until(tr.patience())
	least, longest := 0, 0
	for _, e := range tr.server.Events() {
		if strings.HasPrefix(e.Fault, "cut-each") {
			least++
		}
	}
	for _, j := range tr.server.jobs.byID {
		longest = max(longest, len(encode(map[string]any{"data": j.document(nil)})))
	}
	tr.expect(10*least > longest, "%d answers were cut, they have up to %d bytes", least, longest)
	return fmt.Sprintf("every tenth of %d bytes, %s", longest, tr.figure(res))
}

// ownDuplicatesOfBatches has five customers that were there before the load, and others that are refused as duplicates
// although the run has just sent them itself.
func ownDuplicatesOfBatches(tr *trial) string {
	const before = 5
	for i := range before {
		r := tr.rows["customer"][i*40]
		tr.server.Seed("customer", map[string]any{"name": "Made by somebody else", "externalId": r.key})
	}
	res := tr.until(tr.patience())
	n := tr.results[0].json.Summary.Existed
	tr.expect(n <= before, "%d rows existed, only %d were there before", n, before)
	return fmt.Sprintf("%d existed, %s", n, tr.figure(res))
}

// emailOfAnotherInBatches has seven customers whose e-mail address belongs to another customer.
func emailOfAnotherInBatches(tr *trial) string {
	tr.want.exits = []int{1}
	const others = 7
	for i := range others {
		r := tr.rows["customer"][i*31]
		tr.server.Seed("customer", map[string]any{"name": "Somebody", "externalId": "other-" + r.key,
			"emails": []any{map[string]any{"type": "home", "email": strings.ToUpper(r.cells["email"])}}})
		tr.expectRejected(r.key)
	}
	res := tr.run()
	n := tr.rejects(res, "email")
	tr.expect(n == others, "%d rejects name the e-mail, want %d\n%s", n, others, tail(res.err))
	again := tr.run()
	tr.expect(again.exit == 1 && tr.posts(again.from, again.to) <= 1+others, "the repeated run sent %d writes", tr.posts(again.from, again.to))
	return fmt.Sprintf("%d rejected naming the e-mail, %d children with them", n, res.json.Summary.Rejected-n)
}

// badItems has three rows for which Kustomer refuses their whole batch: only they and their children may be rejected.
func badItems(tr *trial) string {
	tr.want.exits = []int{1}
	for _, key := range []string{"c7", "c170", "t33"} {
		tr.expectRejected(key)
	}
	res := tr.until(tr.patience())
	n := 0
	for _, e := range tr.server.Events() {
		if e.Items > 0 && e.Status == 400 {
			n++
		}
	}
	tr.expect(n <= 40, "%d batches were refused for three rows, want at most 40", n)
	return fmt.Sprintf("%d of %d batches refused, %s", n, tr.batches(), tr.figure(res))
}

// unknownResults runs with bulk: always when results do not say which row became which object, so that every row is
// looked up. (When the key may not read jobs, look-ups must work: otherwise no row could be known to be missing.)
func unknownResults(tr *trial) string {
	tr.s.limit = cmp.Or(tr.s.limit, 2*time.Minute)
	res := tr.until(tr.patience())
	return tr.figure(res)
}
