package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// benchBulk loads a customer and a message from each row of a file, and a conversation from each row of
// another: a message goes into one of them.
const benchBulk = `
version: 1
name: bench-bulk
kustomer: { base_url: "${URL}" }
run: { workers: 32, bulk: always }
steps:
  customer:
    from: ${FILE}
    sink: create_customer
    key: "zd-{{ .id }}"
    mapping:
      name: "{{ .first }} {{ .last }}"
      emails: [{ type: work, email: "{{ .email | lower | trim }}" }]
      tags: '{{ .labels | split "|" }}'
      custom: { tierStr: "{{ .plan }}", mrrNum: "{{ .mrr }}" }
  conversation:
    from: ${FEWER}
    sink: create_conversation
    key: "t-{{ .id }}"
    mapping: { customer: '{{ ref "customer" (print "zd-" .id) }}', name: "Ticket {{ .id }}", importedAt: "{{ now }}" }
  message:
    from: ${FILE}
    sink: send_message
    key: "m-{{ .id }}"
    mapping:
      conversation: '{{ ref "conversation" (print "t-" (mod .id CONVERSATIONS)) }}'
      channel: email
      direction: in
      preview: "{{ .first }} writes from {{ .city }}"
      importedAt: "{{ now }}"
`

// bulk measures a load in batches into a sandbox whose jobs take two seconds: how many rows one request carries,
// counting the requests for results too.
func (b *bench) bulk() {
	box, err := sandbox.New(sandbox.Options{BulkDelay: 2 * time.Second, CreateLimit: -1})
	b.check(err)
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		box.ServeHTTP(w, r)
	}))
	defer server.Close()
	rows, conversations := b.scale.bulk, b.scale.bulk/100
	pipeline := strings.Replace(benchBulk, "CONVERSATIONS", strconv.Itoa(conversations), 1) // no variable: it stands inside {{ }}
	f := b.measure(2*rows+conversations, b.command(server.URL, b.csv(rows), b.state(), pipeline, "--var", "FEWER="+b.csv(conversations)))
	f.Others = requests.Load()
	f.PerRequest = float64(f.Rows) / float64(f.Others)
	b.add("bulk: customers, messages", f)
}
