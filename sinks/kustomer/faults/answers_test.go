package faults

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// lostAnswers are F01 to F11: a create of which nobody knows whether it happened, or that is refused.
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
	{id: "F09", fault: "409 of an object of our own", short: true, do: ownDuplicates,
		rules: "late=300ms method=POST kind=customer attempt=1 share=20%; reset-after method=POST attempt=1 share=10%"},
	{id: "F10", fault: "409, the e-mail belongs to somebody else", short: true, do: strangersEmail},
	{id: "F11", fault: "a look-up finds two objects", short: true, do: twoObjects},
}

// everyByte loads more than two customers for each byte of an answer, so that answers end after each of them.
func everyByte(l *lab) string {
	res := l.until(l.patience())
	longest := 0
	for _, o := range l.server.History().objects {
		if o.kind == "customer" {
			longest = max(longest, len(l.server.shown(201, *o).body))
		}
	}
	l.expect(2*longest < len(l.rows["customer"]), "answers have up to %d bytes, for %d customers of which each second is struck", longest, len(l.rows["customer"]))
	return fmt.Sprintf("each of %d bytes, %s", longest, l.figure(res))
}

// ownDuplicates has customers that a run finds again though it has just sent them, and five with the same
// external id that were there before.
func ownDuplicates(l *lab) string {
	const before = 5
	for _, r := range l.rows["customer"][:before] {
		l.server.Seed("customer", map[string]any{"name": "Made by somebody else", "externalId": r.key})
	}
	res := l.until(l.patience())
	doubted := 0 // an object that is found after doubt counts as made by us
	for _, e := range l.server.Events() {
		if i, err := strconv.Atoi(strings.TrimPrefix(e.Object, "c")); err == nil && i < before && e.Attempt == 1 && e.Fault != "" {
			doubted++
		}
	}
	if !l.options.Blind {
		n := l.results[0].said.Summary.Existed
		l.expect(n == before-doubted, "%d rows existed, want %d: %d were there before, with %d answers lost", n, before-doubted, before, doubted)
	}
	return l.figure(res)
}

// strangersEmail has five customers whose e-mail somebody else has.
func strangersEmail(l *lab) string {
	l.want.rejected, l.want.exits = map[string]string{}, []int{1}
	for i := range 5 {
		r := l.rows["customer"][i*7]
		l.server.Seed("customer", map[string]any{"name": "Somebody", "externalId": "other-" + r.key,
			"emails": []any{map[string]any{"type": "home", "email": strings.ToUpper(r.cells["email"])}}})
		l.refuse(r.key)
	}
	res := l.run()
	n := l.rejects(res, "email")
	l.expect(n == 5, "%d rejects name the e-mail, want 5\n%s", n, tail(res.err))
	again := l.run()
	l.expect(again.exit == 1 && l.posts(again.from, again.to) <= 5, "running again sent %d writes", l.posts(again.from, again.to))
	return fmt.Sprintf("%d rejected naming the e-mail, %d children with them", n, res.said.Summary.Rejected-n)
}

// twoObjects has customers of which Kustomer has two.
func twoObjects(l *lab) string {
	l.want.exits = []int{1}
	for i := range 3 {
		r := l.rows["customer"][i*11]
		for range 2 {
			l.server.Seed("customer", map[string]any{"name": "Twin", "externalId": r.key})
		}
		l.refuse(r.key)
	}
	res := l.run()
	if l.options.Blind {
		return l.figure(res)
	}
	n := l.rejects(res, "objects of Kustomer have this externalId")
	l.expect(n == 3, "%d rejects are ambiguous, want 3\n%s", n, tail(res.err))
	return fmt.Sprintf("%d rejected as ambiguous", n)
}

// refuse expects that a row is rejected, and its children with it.
func (l *lab) refuse(key string) {
	if l.want.rejected == nil {
		l.want.rejected = map[string]string{}
	}
	l.want.rejected[key] = ""
	for _, step := range steps {
		for _, r := range l.rows[step.name] {
			if r.parent == key {
				l.refuse(r.key)
			}
		}
	}
}
