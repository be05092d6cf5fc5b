package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const nested = `
version: 1
run: { workers: 4 }
steps:
  person:
    from: people.json
    sink: make_person
    key: "{{ .id }}"
    mapping: { name: "{{ .name }}" }
  ticket:
    from: people.json
    each: tickets
    sink: make_ticket
    key: "{{ parent.id }}-{{ .n }}"
    mapping: { subject: "{{ .subject }} {{ row_number }}", person: '{{ ref "person" }}' }
  note:
    from: people.json
    each: tickets
    when: "{{ .noted }}"
    sink: make_ticket
    key: "note {{ parent.id }}-{{ .n }}"
    mapping: { subject: "{{ .subject }}", person: '{{ ref "ticket" }}' }
`

// TestEachAgain: elements are rows of their own, over runs and limits.
func TestEachAgain(t *testing.T) {
	people := `[
		{"id": 1, "name": "Ann", "tickets": [{"n": 1, "subject": "a", "noted": true}, {"n": 2, "subject": "b", "noted": "false"}]},
		{"id": 2, "name": "Bob", "tickets": [{"n": 1, "subject": "c", "noted": 7}]}]`
	b := newBench(t, nested, map[string]string{"people.json": people})
	want(t, b.mustRun(func(o *Options) { o.Limit = 1 }), "created 4, skipped 1")
	want(t, b.mustRun(), "created 2, unchanged 4, skipped 1, rejected 1")
	wantHeld := []string{"person 1 Ann", "person 2 Bob", "ticket 1-1 a 1", "ticket 1-2 b 1", "ticket 2-1 c 2", "ticket note 1-1 a"}
	if diff := cmp.Diff(wantHeld, b.service.held()); diff != "" {
		t.Error(diff)
	}
	ids := map[any]string{}
	for _, o := range b.service.objects {
		ids[o.payload["externalId"]] = o.id
	}
	for _, o := range b.service.objects {
		if o.payload["externalId"] == "note 1-1" && o.payload["person"] != ids["1-1"] {
			t.Errorf("the note belongs to %v, not to the ticket of its element", o.payload["person"])
		}
	}
	b.wantSaid("neither true nor false")
	b.file("people.json", strings.Replace(people, `"n": 2, "subject": "b"`, `"n": 1, "subject": "twice"`, 1))
	sum := b.mustRun()
	if sum.Of("rejected") != 2 {
		t.Errorf("%v", b.messages())
	}
	b.wantSaid("people.json:2 has the same key")
}
