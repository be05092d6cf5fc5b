package faults

import (
	"fmt"
	"strings"
)

// deliveries are F12 and F46: messages that are sent to people.
var deliveries = []scenario{
	{id: "F12", fault: "draft and send: answers lost before and after the write, and late", short: true, oneReading: true, do: deliver, check: checkDeliveries,
		size: size{customers: 120, conversations: 1, messages: 1}, rules: lostDrafts, config: map[string]string{"timeout": "700ms"}},
	{id: "F12", fault: "the same, and drafts cannot be listed", oneReading: true, do: deliver, check: checkDeliveries,
		size: size{customers: 120, conversations: 1, messages: 1}, rules: "status=403 method=GET kind=draft\n" + lostDrafts, config: map[string]string{"timeout": "700ms"}},
	{id: "F12", fault: "killed before and after a draft, and before and after its send", short: true, oneReading: true, do: deliver, check: checkDeliveries,
		size: size{customers: 120, conversations: 1, messages: 1}, rules: `
			kill-before method=POST kind=draft attempt=1 share=3%
			kill-after method=POST kind=draft attempt=1 share=3%
			kill-before method=PUT kind=draft attempt=1 share=3%
			kill-after method=PUT kind=draft attempt=1 share=3%
			kill-told=2ms method=POST kind=draft attempt=1 share=2%
			kill-told=2ms method=PUT kind=draft attempt=1 share=2%`},
	{id: "F46", fault: "delivery without the flag, above max_deliveries, outside recipient_allow", short: true, oneReading: true, do: refusedDeliveries,
		check: checkDeliveries, size: size{customers: 30, conversations: 1, messages: 1}},
}

// lostDrafts makes answers to both requests of a delivery get lost.
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

// deliveryText is a pipeline that delivers a message to every customer; the body of a message is its key.
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
  message:
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
func (tr *trial) writeDelivery(allow string) {
	_, text, _ := strings.Cut(tr.s.pipeline(), "\nrun: {")
	run, _, _ := strings.Cut(text, "}\n")
	tr.writePipeline(strings.NewReplacer("RUN", run, "ALLOW", allow).Replace(deliveryText))
}

// deliver repeats the run until no row is left that a further run could settle.
func deliver(tr *trial) string {
	tr.writeDelivery("*")
	kills, runs := 0, 0
	for runs < 60 {
		runs++
		res := tr.run("--allow-delivery")
		if res.killed {
			kills++
			continue
		}
		if sum := res.json.Summary; res.exit <= 1 && sum.NotAttempted == 0 && sum.Created == 0 && runs > 1 {
			break
		}
	}
	return fmt.Sprintf("%d runs, %d killed, %d of %d messages left, %d in doubt", runs, kills, len(tr.server.Sent()), len(tr.rows["customer"]), tr.inDoubt())
}

// checkDeliveries compares the messages that were sent with the ledger: no message was sent twice, every created
// entry has its message, and every other row is in doubt.
func checkDeliveries(tr *trial) {
	times, drafts := map[string]int{}, map[string]string{}
	for _, s := range tr.server.Sent() {
		if times[s.Body]++; times[s.Body] > 1 {
			tr.totals.duplicates++
			tr.fail(1, "%s was sent %d times", s.Body, times[s.Body])
		}
		drafts[s.Body] = s.Draft
	}
	ledger := map[string]entry{}
	if n := len(tr.exports); n > 0 {
		ledger = tr.exports[n-1]
	}
	for _, r := range tr.rows["customer"] {
		key := "w" + strings.TrimPrefix(r.key, "c")
		switch e := ledger["message "+key]; {
		case e.Outcome == "created" && times[key] == 1 && e.ID == drafts[key]:
		case e.Outcome == "in_doubt" && !tr.want.partial, tr.want.partial && times[key] == 0:
		default:
			tr.totals.lost++
			tr.fail(3, "%s was sent %d times as %q, the ledger says %+v", key, times[key], drafts[key], e)
		}
	}
	tr.checkSecrets()
	tr.totals.requests = tr.server.Arrived()
}

// refusedDeliveries runs pipelines whose deliveries are not allowed.
func refusedDeliveries(tr *trial) string {
	tr.want.partial = true
	tr.writeDelivery("*")
	drafts := func() (n int) {
		for _, e := range tr.server.Events() {
			if e.Kind == "draft" {
				n++
			}
		}
		return n
	}
	res := tr.run()
	tr.expect(res.exit == 2 && mentions(res.hint(), "--allow-delivery") && tr.server.Arrived() == 0, "without the flag: exit %d after %d requests: %s", res.exit, tr.server.Arrived(), res.message())
	res = tr.run("--allow-delivery", "--var", "MOST=0")
	tr.expect(res.exit == 2 && tr.server.Arrived() == 0, "without max_deliveries: exit %d after %d requests", res.exit, tr.server.Arrived())
	res = tr.run("--allow-delivery", "--dry-run")
	tr.expect(res.exit == 0 && tr.server.Arrived() == 0, "dry run: exit %d after %d requests", res.exit, tr.server.Arrived())
	tr.writeDelivery("*@elsewhere.example")
	res = tr.run("--allow-delivery", "--max-errors", "100%")
	tr.expect(res.exit == 1 && drafts() == 0 && res.json.Summary.Steps["message"].Rejected == 30, "outside recipient_allow: exit %d, %d drafts: %s", res.exit, drafts(), res.message())
	tr.writeDelivery("*")
	res = tr.run("--allow-delivery", "--var", "MOST=10")
	tr.expect(res.exit == 3 && len(tr.server.Sent()) == 10 && drafts() == 20, "above max_deliveries: exit %d, %d sent, %d requests for drafts", res.exit, len(tr.server.Sent()), drafts())
	return fmt.Sprintf("refused without flag, bound and allowed recipient; %d sent of max_deliveries: 10", len(tr.server.Sent()))
}
