package faults

import (
	"fmt"
	"strings"
	"time"
)

// lostAnswers are F01 to F11: creates whose result the client does not learn, or that are refused.
var lostAnswers = []scenario{
	{id: "F01", fault: "reset before the write", short: true, rules: "reset-before method=POST attempt=1 share=25%"},
	{id: "F02", fault: "reset after the write", short: true, rules: "reset-after method=POST attempt=1 share=25%"},
	{id: "F03", fault: "500, 502, 503, 504 after the write", short: true, rules: `
		status-after=500 method=POST attempt=1 share=8%
		status-after=502 method=POST attempt=1 share=8%
		status-after=503 method=POST attempts=2 share=8%
		status-after=504 method=POST attempt=1 share=8%
		status=500 method=GET share=5%`},
	{id: "F04", fault: "no answer after the write, until the time limit", short: true,
		rules: "hang-after method=POST attempt=1 share=6%", config: map[string]string{"timeout": "500ms"}},
	{id: "F05", fault: "the answer ends after each of its bytes", short: true, do: everyByte, size: size{1000, 40, 40},
		rules: "cut=2 method=POST kind=customer attempt=1; cut method=POST attempt=1 share=35%"},
	{id: "F06", fault: "cut without a length, web page, empty, no id, odd id, another object", short: true, rules: `
		cut-unsized method=POST attempt=1 share=6%
		html method=POST attempt=1 share=6%
		empty method=POST attempt=1 share=6%
		no-id method=POST attempt=1 share=6%
		odd-id method=POST attempt=1 share=6%
		other-object method=POST attempt=1 share=6%`},
	{id: "F07", fault: "the write happens after the client gave up", short: true,
		rules: "late=750ms method=POST attempt=1 share=12%; late-hang=1200ms method=POST attempt=1 share=4%", config: map[string]string{"timeout": "500ms", "in_doubt_wait": "3s"}},
	{id: "F08", fault: "look-ups lag behind writes", short: true,
		rules: "reset-after method=POST attempt=1 share=20%", tune: func(o *Options) { o.Lag = 700 * time.Millisecond }},
	{id: "F09", fault: "409 of an object that the run itself created", short: true, do: ownDuplicates,
		rules: "late=300ms method=POST kind=customer attempt=1 share=20%; reset-after method=POST attempt=1 share=10%"},
	{id: "F10", fault: "409, the e-mail belongs to another customer", short: true, do: emailOfAnother},
	{id: "F11", fault: "a look-up finds two objects", short: true, do: twoObjects},
}

// everyByte checks that there are more than two customers for each byte of an answer. A fault is injected for every
// second one, so that at least one answer ends after each byte.
func everyByte(tr *trial) string {
	res := tr.until(tr.patience())
	longest := 0
	for _, o := range tr.server.History().objects {
		if o.kind == "customer" {
			longest = max(longest, len(tr.server.shown(201, *o).body))
		}
	}
	tr.expect(2*longest < len(tr.rows["customer"]), "answers have up to %d bytes, for %d customers: that is less than two customers for each byte", longest, len(tr.rows["customer"]))
	return fmt.Sprintf("each of %d bytes, %s", longest, tr.figure(res))
}

// ownDuplicates has customers that a run finds although it has just sent them itself, and five with the same
// external id that were there before, with other content: those existed, also where an answer was lost.
func ownDuplicates(tr *trial) string {
	const before = 5
	for _, r := range tr.rows["customer"][:before] {
		tr.server.Seed("customer", map[string]any{"name": "Made by somebody else", "externalId": r.key})
	}
	res := tr.until(tr.patience())
	if !tr.options.Blind {
		n := tr.results[0].json.Summary.Existed
		tr.expect(n == before, "%d rows existed, want %d, which were there before", n, before)
	}
	return tr.figure(res)
}

// emailOfAnother has five customers whose e-mail address belongs to another customer.
func emailOfAnother(tr *trial) string {
	tr.want.rejected, tr.want.exits = map[string]string{}, []int{1}
	for i := range 5 {
		r := tr.rows["customer"][i*7]
		tr.server.Seed("customer", map[string]any{"name": "Somebody", "externalId": "other-" + r.key,
			"emails": []any{map[string]any{"type": "home", "email": strings.ToUpper(r.cells["email"])}}})
		tr.expectRejected(r.key)
	}
	res := tr.run()
	n := tr.rejects(res, "email")
	tr.expect(n == 5, "%d rejected rows name the e-mail, want 5\n%s", n, tail(res.err))
	again := tr.run()
	tr.expect(again.exit == 1 && tr.posts(again.from, again.to) <= 5, "the repeated run sent %d writes", tr.posts(again.from, again.to))
	return fmt.Sprintf("%d rejected naming the e-mail, %d children with them", n, res.json.Summary.Rejected-n)
}

// twoObjects has customers that exist twice in Kustomer.
func twoObjects(tr *trial) string {
	tr.want.exits = []int{1}
	for i := range 3 {
		r := tr.rows["customer"][i*11]
		for range 2 {
			tr.server.Seed("customer", map[string]any{"name": "Twin", "externalId": r.key})
		}
		tr.expectRejected(r.key)
	}
	res := tr.run()
	if tr.options.Blind {
		return tr.figure(res)
	}
	n := tr.rejects(res, "objects of Kustomer have this externalId")
	tr.expect(n == 3, "%d rejected rows are ambiguous, want 3\n%s", n, tail(res.err))
	return fmt.Sprintf("%d rejected as ambiguous", n)
}

// expectRejected notes that a row must be rejected, and all rows that refer to it.
func (tr *trial) expectRejected(key string) {
	if tr.want.rejected == nil {
		tr.want.rejected = map[string]string{}
	}
	tr.want.rejected[key] = ""
	for _, step := range steps {
		for _, r := range tr.rows[step.name] {
			if r.parent == key {
				tr.expectRejected(r.key)
			}
		}
	}
}
