package faults

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// marker is in values of rows; only files of rejects may hold it.
const marker = "pii-marker"

// row is one row of a source and the object that it must become.
type row struct {
	key     string
	parent  string            // key of the object that it belongs to
	cells   map[string]string // by column
	payload map[string]any    // of the object, without its parent
}

// size is how many rows each source has.
type size struct{ customers, conversations, messages int }

// steps are in the order in which they run.
var steps = []struct{ name, kind, file string }{
	{"customer", "customer", "customers.csv"},
	{"conversation", "conversation", "conversations.csv"},
	{"message", "message", "messages.ndjson"},
}

// columns of each source, in the order of the file.
var columns = map[string][]string{
	"customer":     {"id", "name", "email", "score"},
	"conversation": {"id", "customer", "subject"},
	"message":      {"id", "conversation", "body", "at"},
}

// rows are the sources of a scenario by step.
type rows map[string][]row

// makeRows makes the rows of each source.
func makeRows(z size) rows {
	all := rows{}
	for i := range z.customers {
		all["customer"] = append(all["customer"], customerRow(i))
	}
	for i := range z.conversations {
		all["conversation"] = append(all["conversation"], conversationRow(i, i%z.customers))
	}
	for i := range z.messages {
		all["message"] = append(all["message"], messageRow(i, i%z.conversations))
	}
	return all
}

func customerRow(i int) row {
	n := strconv.Itoa(i)
	name, email := "Name "+n+" "+marker, "u"+n+"@"+marker+".example"
	return row{
		key:   "c" + n,
		cells: map[string]string{"id": n, "name": name, "email": email, "score": n},
		payload: map[string]any{
			"externalId": "c" + n, "name": name,
			"emails": []any{map[string]any{"type": "work", "email": email}},
			"custom": map[string]any{"scoreNum": float64(i)},
		},
	}
}

func conversationRow(i, customer int) row {
	n := strconv.Itoa(i)
	subject := "Subject " + n + ", \"" + marker + "\""
	return row{
		key: "t" + n, parent: "c" + strconv.Itoa(customer),
		cells:   map[string]string{"id": n, "customer": strconv.Itoa(customer), "subject": subject},
		payload: map[string]any{"externalId": "t" + n, "name": subject, "status": "open"},
	}
}

func messageRow(i, conversation int) row {
	n := strconv.Itoa(i)
	body := "text " + n + "\n" + marker
	at := fmt.Sprintf("2024-05-01T10:%02d:%02d.000Z", i/60%60, i%60)
	return row{
		key: "m" + n, parent: "t" + strconv.Itoa(conversation),
		cells: map[string]string{"id": n, "conversation": strconv.Itoa(conversation), "body": body, "at": at},
		payload: map[string]any{
			"externalId": "m" + n, "preview": body, "channel": "email", "direction": "in", "app": "kustsync", "sentAt": at,
		},
	}
}

// write writes the sources into a folder.
func (all rows) write(t testing.TB, dir string) {
	t.Helper()
	for _, step := range steps {
		text := csvText(columns[step.name], all[step.name])
		if strings.HasSuffix(step.file, ".ndjson") {
			text = jsonText(all[step.name])
		}
		if err := os.WriteFile(filepath.Join(dir, step.file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// csvText is a source of CSV.
func csvText(header []string, list []row) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(header) // to memory
	for _, r := range list {
		cells := make([]string, len(header))
		for i, name := range header {
			cells[i] = r.cells[name]
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.String()
}

// jsonText is a source of NDJSON.
func jsonText(list []row) string {
	var b strings.Builder
	for _, r := range list {
		text, err := json.Marshal(r.cells)
		if err != nil {
			panic(err) // a map of strings
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

// pipelineText is the pipeline of nearly all scenarios. scenario.pipeline replaces RUN, KUSTOMER and CUSTOMER.
const pipelineText = `version: 1
name: faults
kustomer: { base_url: "${URL}" KUSTOMER }
run: { RUN }
steps:
  customer:
    from: customers.csv
    sink: create_customer
    key: "c{{ .id }}"
    CUSTOMER
    mapping:
      name: "{{ .name }}"
      emails: [{ type: work, email: "{{ .email }}" }]
      custom: { scoreNum: "{{ .score }}" }
  conversation:
    from: conversations.csv
    sink: create_conversation
    key: "t{{ .id }}"
    mapping: { customer: '{{ ref "customer" (print "c" .customer) }}', name: "{{ .subject }}", status: open }
  message:
    from: messages.ndjson
    sink: send_message
    key: "m{{ .id }}"
    mapping:
      conversation: '{{ ref "conversation" (print "t" .conversation) }}'
      channel: email
      direction: in
      preview: "{{ .body }}"
      sentAt: "{{ .at | date }}"
`
