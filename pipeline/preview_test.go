package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/program"
)

// shown lists a preview as lines of text.
func shown(t *testing.T, p *program.Program, o PreviewOptions) (lines []string) {
	t.Helper()
	o.RunID, o.Start = "run-1", time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for r, err := range Preview(t.Context(), p, o) {
		if err != nil {
			return append(lines, r.Step+": "+err.Error())
		}
		line := fmt.Sprintf("%s %s %v %s", r.Step, r.Key, r.Pos, r.Outcome)
		if r.Body != nil {
			var body strings.Builder
			enc := json.NewEncoder(&body)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(r.Body); err != nil {
				t.Fatal(err)
			}
			line += " " + r.Method + " " + r.Path + " " + strings.TrimSpace(body.String())
		}
		if r.Message != "" {
			line += " " + string(r.Stage) + " " + r.Field + ": " + r.Message
		}
		lines = append(lines, line)
	}
	return lines
}

func TestPreview(t *testing.T) {
	const yaml = withTickets + `
  reply:
    from: tickets.csv
    when: '{{ ne .subject "none" }}'
    sink: make_reply
    key: "r{{ .id }}"
    mapping: { ticket: '{{ ref "ticket" }}', text: '{{ ref "person" .person }} {{ now }} {{ run_id }}' }
`
	files := map[string]string{
		"people.csv":  "id,name,email\n1,Ann,\n1,Ann,\n1,Anna,\n,Nobody,\n2," + tooLong + ",\n3,Cy,\n",
		"tickets.csv": "id,subject,person\n1,a,1\n2,b,1\n3,none,1\n4,d,\n",
	}
	people := []string{
		`person 1 people.csv:2 planned POST /people {"externalId":"1","name":"Ann"}`,
		`person 1 people.csv:3 unchanged`,
		`person 1 people.csv:4 rejected ledger key: the row at people.csv:2 has the same key and other content; correct one of the two, or set on_duplicate: first or last`,
		`person  people.csv:5 rejected map key: the key is empty; every row needs one to be found again`,
		`person 2 people.csv:6 rejected map name: name: 65 characters, and at most 64 are taken (UTF-16 units); shorten it, with trunc 64 say`,
		`person 3 people.csv:7 planned POST /people {"externalId":"3","name":"Cy"}`,
	}
	rest := []string{
		`ticket t1 tickets.csv:2 planned POST /tickets {"externalId":"t1","person":"<id of person \"1\">","subject":"a"}`,
		`ticket t2 tickets.csv:3 planned POST /tickets {"externalId":"t2","person":"<id of person \"1\">","subject":"b"}`,
		`ticket t3 tickets.csv:4 planned POST /tickets {"externalId":"t3","person":"<id of person \"1\">","subject":"none"}`,
		`ticket t4 tickets.csv:5 rejected map person: person: ref "person": the key is empty; if a row may have no parent, put {{ if .column }} around the ref`,
		`reply r1 tickets.csv:2 planned POST /tickets/<id of ticket "t1">/replies {"externalId":"r1","text":"<id of person \"1\"> 2026-05-01T00:00:00.000Z run-1"}`,
		`reply r2 tickets.csv:3 planned POST /tickets/<id of ticket "t2">/replies {"externalId":"r2","text":"<id of person \"1\"> 2026-05-01T00:00:00.000Z run-1"}`,
		`reply  tickets.csv:4 skipped`,
	}
	b := newBench(t, yaml, files)
	p := b.mustPlan()
	got := shown(t, p, PreviewOptions{})
	for i, want := range append(people, rest...) {
		if i >= len(got) || !matches(want, got[i]) {
			t.Errorf("line %d:\n got %v\nwant %s", i, got[min(i, len(got)-1)], want)
		}
	}
	if diff := cmp.Diff(rest[4:6], shown(t, p, PreviewOptions{Step: "reply", Limit: 2})); diff != "" {
		t.Error(diff)
	}
	if n := len(shown(t, p, PreviewOptions{Limit: 1})); n != 3 {
		t.Errorf("%d rows with a limit of 1", n)
	}
	if len(b.service.log) != 0 {
		t.Errorf("requests: %v", b.service.log)
	}
	for range Preview(t.Context(), p, PreviewOptions{}) {
		break // nothing more is yielded, and nothing panics
	}
}

// matches compares up to the place of a template, which a message ends with.
func matches(want, got string) bool {
	return got == want || len(got) > len(want) && got[:len(want)] == want && got[len(want)] == ' '
}

// TestPreviewEachAndClaims: elements of one row count as rows, and a shared external id shows.
func TestPreviewEachAndClaims(t *testing.T) {
	const yaml = `
version: 1
steps:
  ticket:
    from: people.json
    each: tickets
    sink: make_ticket
    key: "{{ .n }}"
    mapping: { subject: "{{ .s }}", externalId: "x{{ .s }}" }
`
	b := newBench(t, yaml, map[string]string{"people.json": `[{"tickets":[{"n":1,"s":"a"},{"n":2,"s":"a"}]},{"tickets":[{"n":2,"s":"b"}]}]`})
	want := []string{
		`ticket 1 people.json:1 planned POST /tickets {"externalId":"xa","subject":"a"}`,
		`ticket 2 people.json:1 rejected ledger externalId: the external id "xa" belongs to the row at people.json:1; give each ticket its own`,
		`ticket 2 people.json:1 planned POST /tickets {"externalId":"xb","subject":"b"}`,
	}
	if diff := cmp.Diff(want, shown(t, b.mustPlan(), PreviewOptions{})); diff != "" {
		t.Error(diff)
	}
}

func TestPreviewOfASourceThatBreaksOff(t *testing.T) {
	b := newBench(t, tickets, map[string]string{"tickets.csv": "id,subject\n1,a\n2,\"open\n"})
	got := shown(t, b.mustPlan(), PreviewOptions{})
	if len(got) != 2 || got[1][:15] != "ticket: tickets" {
		t.Errorf("the preview shows %q", got)
	}
	if n := len(shown(t, b.mustPlan(), PreviewOptions{Limit: 1})); n != 1 {
		t.Errorf("%d rows with a limit before the damage", n)
	}
}
