package render

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sources"
)

func TestViews(t *testing.T) {
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
		for v := range Views(c.each, row, 7) {
			text := fmt.Sprintf("%d: ", v.Element)
			switch {
			case v.Err != nil:
				text += v.Err.Error()
			case v.Parent != nil:
				text += fmt.Sprintf("%v of %v", v.Values.Get("id"), v.Parent["id"])
			default:
				text += fmt.Sprint(v.Values.Get("id"))
			}
			if got = append(got, text); v.Number != 7 || v.Place().Line != 3 {
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
	for range Views("in", row, 1) {
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
		v := View{Read: sources.Row{Pos: pos}}
		if got := fmt.Sprintf("%s:%d", v.Place().Source, v.Place().Line); got != want || pos.String() != want {
			t.Errorf("%+v is shown as %s and as %v", pos, got, pos)
		}
	}
}
