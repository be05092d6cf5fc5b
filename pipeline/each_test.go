package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sources"
)

func TestViewsOf(t *testing.T) {
	for _, c := range []struct {
		name, row, each string
		want            []string // "element: id of parent", or the error
	}{
		{"without each", `{"id":1}`, "", []string{"0: 1"}},
		{"two elements", `{"id":1,"in":[{"id":2},{"id":3}]}`, "in", []string{"1: 2 of 1", "2: 3 of 1"}},
		{"deep", `{"id":1,"a":{"b":{"in":[{"id":2}]}}}`, "a.b.in", []string{"1: 2 of 1"}},
		{"empty", `{"id":1,"in":[]}`, "in", nil},
		{"missing", `{"id":1}`, "in", nil},
		{"null", `{"id":1,"in":null}`, "in", nil},
		{"missing above", `{"id":1}`, "a.b.in", nil},
		{"null above", `{"id":1,"a":null}`, "a.in", nil},
		{"not an array", `{"id":1,"in":{"id":2}}`, "in", []string{`0: each: "in" is not an array inside the row`}},
		{"text above", `{"id":1,"a":"x"}`, "a.in", []string{`0: each: "a.in" is not an array inside the row`}},
		{"array above", `{"id":1,"a":[{"in":[]}]}`, "a.in", []string{`0: each: "a.in" is not an array inside the row`}},
		{"texts", `{"id":1,"in":["x",{"id":2},null]}`, "in", []string{
			`1: element 1 of "in" is not an object; each needs an array of objects`, "2: 2 of 1",
			`3: element 3 of "in" is not an object; each needs an array of objects`}},
		{"damaged", `{"id":1,"in":[{"id":2}]}`, "damaged", []string{"0: damaged"}},
	} {
		var values map[string]any
		if err := json.Unmarshal([]byte(c.row), &values); err != nil {
			t.Fatal(err)
		}
		row := sources.Row{Values: sources.Object(values), Pos: sources.Pos{File: "a.json", Line: 3}}
		if c.each == "damaged" {
			row.Err = fmt.Errorf("damaged")
		}
		var got []string
		for v := range viewsOf(c.each, row, 7) {
			text := fmt.Sprintf("%d: ", v.element)
			switch {
			case v.err != nil:
				text += v.err.Error()
			case v.parent != nil:
				text += fmt.Sprintf("%v of %v", v.values.Get("id"), v.parent["id"])
			default:
				text += fmt.Sprint(v.values.Get("id"))
			}
			if got = append(got, text); v.number != 7 || v.place().Line != 3 {
				t.Errorf("%s: the view is %+v", c.name, v)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestViewsEndWhenAsked(t *testing.T) {
	row := sources.Row{Values: sources.Object{"in": []any{map[string]any{}, map[string]any{}}}}
	n := 0
	for range viewsOf("in", row, 1) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d views", n)
	}
}

func TestPlaceNames(t *testing.T) {
	for pos, want := range map[sources.Pos]string{
		{File: "a.csv", Line: 3}:                "a.csv:3",
		{File: "b.xlsx", Sheet: "VIP", Line: 9}: "b.xlsx!VIP:9",
	} {
		v := view{row: sources.Row{Pos: pos}}
		if got := fmt.Sprintf("%s:%d", v.place().Source, v.place().Line); got != want || pos.String() != want {
			t.Errorf("%+v is shown as %s and as %v", pos, got, pos)
		}
	}
}

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
