package faults

import (
	"fmt"
	"strings"
)

// deliveries are F12 and F46: messages that leave for people.
var deliveries = []scenario{
	{id: "F12", fault: "draft and send: answers lost before and after the write, and late", short: true, fewer: true, do: deliver, check: checkDeliveries,
		size: size{customers: 120, conversations: 1, messages: 1}, rules: lostDrafts, config: map[string]string{"timeout": "700ms"}},
	{id: "F12", fault: "the same, and drafts cannot be listed", fewer: true, do: deliver, check: checkDeliveries,
		size: size{customers: 120, conversations: 1, messages: 1}, rules: "status=403 method=GET kind=draft\n" + lostDrafts, config: map[string]string{"timeout": "700ms"}},
	{id: "F12", fault: "killed before and after a draft, and before and after its send", short: true, fewer: true, do: deliver, check: checkDeliveries,
		size: size{customers: 120, conversations: 1, messages: 1}, rules: `
			kill-before method=POST kind=draft attempt=1 share=3%
			kill-after method=POST kind=draft attempt=1 share=3%
			kill-before method=PUT kind=draft attempt=1 share=3%
			kill-after method=PUT kind=draft attempt=1 share=3%
			kill-told=2ms method=POST kind=draft attempt=1 share=2%
			kill-told=2ms method=PUT kind=draft attempt=1 share=2%`},
	{id: "F46", fault: "delivery without the flag, above max_deliveries, outside recipient_allow", short: true, fewer: true, do: refusedDeliveries,
		check: checkDeliveries, size: size{customers: 30, conversations: 1, messages: 1}},
}

// lostDrafts are answers to both requests of a delivery that do not come.
const lostDrafts = `
	reset-before kind=draft method=POST attempt=1 share=5%
	reset-after kind=draft method=POST attempt=1 share=5%
	status=503 kind=draft method=POST attempt=1 share=5%
	status-after=500 kind=draft method=POST attempt=1 share=5%
	late=500ms kind=draft method=POST attempt=1 share=5%
	hang-after kind=draft method=POST attempt=1 share=3%
	reset-before kind=draft method=PUT attempt=1 share=4%
	reset-after kind=draft method=PUT attempt=1 share=4%
	status=503 kind=draft method=PUT attempt=1 share=3%
	status-after=500 kind=draft method=PUT attempt=1 share=3%
	late=500ms kind=draft method=PUT attempt=1 share=3%
	no-id kind=draft method=PUT attempt=1 share=2%
	late-hang=900ms kind=draft method=PUT attempt=1 share=2%`

// deliveryText is a pipeline that writes to every customer; the text of a message is its key.
const deliveryText = `version: 1
name: delivery
kustomer: { base_url: "${URL}" }
run: { RUN }
steps:
  customer:
    from: customers.csv
    sink: create_customer
    key: "c{{ .id }}"
    mapping: { name: "{{ .name }}" }
  word:
    from: customers.csv
    sink: send_message
    key: "w{{ .id }}"
    deliver: true
    max_deliveries: ${MOST:-1000}
    recipient_allow: ["ALLOW"]
    mapping:
      customer: '{{ ref "customer" }}'
      channel: email
      to: [{ email: "{{ .email }}" }]
      body: "w{{ .id }}"
`

// writeDelivery writes the pipeline, with the waits of the scenario.
func (l *lab) writeDelivery(allow string) {
	_, text, _ := strings.Cut(l.s.pipeline(), "\nrun: {")
	run, _, _ := strings.Cut(text, "}\n")
	l.writePipeline(strings.NewReplacer("RUN", run, "ALLOW", allow).Replace(deliveryText))
}

// deliver runs until nothing is left that a run could settle.
func deliver(l *lab) string {
	l.writeDelivery("*")
	kills, runs := 0, 0
	for runs < 60 {
		runs++
		res := l.run("--allow-delivery")
		if res.killed {
			kills++
			continue
		}
		if sum := res.said.Summary; res.exit <= 1 && sum.NotAttempted == 0 && sum.Created == 0 && runs > 1 {
			break
		}
	}
	return fmt.Sprintf("%d runs, %d killed, %d of %d messages left, %d in doubt", runs, kills, len(l.server.Sent()), len(l.rows["customer"]), l.inDoubt())
}

// checkDeliveries holds what has left against the ledger: nobody is written to twice, what is called created
// has left, and every row that is not created is in doubt.
func checkDeliveries(l *lab) {
	times, drafts := map[string]int{}, map[string]string{}
	for _, s := range l.server.Sent() {
		if times[s.Body]++; times[s.Body] > 1 {
			l.tally.duplicates++
			l.fail(1, "%s was sent %d times", s.Body, times[s.Body])
		}
		drafts[s.Body] = s.Draft
	}
	ledger := map[string]entry{}
	if n := len(l.exports); n > 0 {
		ledger = l.exports[n-1]
	}
	for _, r := range l.rows["customer"] {
		key := "w" + strings.TrimPrefix(r.key, "c")
		switch e := ledger["word "+key]; {
		case e.Outcome == "created" && times[key] == 1 && e.ID == drafts[key]:
		case e.Outcome == "in_doubt" && !l.want.partial, l.want.partial && times[key] == 0:
		default:
			l.tally.lost++
			l.fail(3, "%s was sent %d times as %q, the ledger says %+v", key, times[key], drafts[key], e)
		}
	}
	l.checkSecrets()
	l.tally.requests = l.server.Arrived()
}

// refusedDeliveries asks for deliveries that must not happen.
func refusedDeliveries(l *lab) string {
	l.want.partial = true
	l.writeDelivery("*")
	drafts := func() (n int) {
		for _, e := range l.server.Events() {
			if e.Kind == "draft" {
				n++
			}
		}
		return n
	}
	res := l.run()
	l.expect(res.exit == 2 && mentions(res.hint(), "--allow-delivery") && l.server.Arrived() == 0, "without the flag: exit %d after %d requests: %s", res.exit, l.server.Arrived(), res.message())
	res = l.run("--allow-delivery", "--var", "MOST=0")
	l.expect(res.exit == 2 && l.server.Arrived() == 0, "without max_deliveries: exit %d after %d requests", res.exit, l.server.Arrived())
	res = l.run("--allow-delivery", "--dry-run")
	l.expect(res.exit == 0 && l.server.Arrived() == 0, "dry run: exit %d after %d requests", res.exit, l.server.Arrived())
	l.writeDelivery("*@elsewhere.example")
	res = l.run("--allow-delivery", "--max-errors", "100%")
	l.expect(res.exit == 1 && drafts() == 0 && res.said.Summary.Steps["word"].Rejected == 30, "outside recipient_allow: exit %d, %d drafts: %s", res.exit, drafts(), res.message())
	l.writeDelivery("*")
	res = l.run("--allow-delivery", "--var", "MOST=10")
	l.expect(res.exit == 3 && len(l.server.Sent()) == 10 && drafts() == 20, "above max_deliveries: exit %d, %d sent, %d requests for drafts", res.exit, len(l.server.Sent()), drafts())
	return fmt.Sprintf("refused without flag, bound and allowed recipient; %d sent of max_deliveries: 10", len(l.server.Sent()))
}
