package batch

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// String shows parts as in "alone 2; again 0 1, 3 4; stop why".
func (p parts) String() string {
	list := func(items []*Item) string {
		var names []string
		for _, item := range items {
			names = append(names, item.Owner.(string))
		}
		return strings.Join(names, " ")
	}
	var texts []string
	if len(p.alone) > 0 {
		texts = append(texts, "alone "+list(p.alone))
	}
	var again []string
	for _, s := range p.again {
		again = append(again, list(s.items))
	}
	if len(again) > 0 {
		texts = append(texts, "again "+strings.Join(again, ", "))
	}
	if p.withoutRefs {
		texts = append(texts, "without references")
	}
	if p.maxBytes > 0 {
		texts = append(texts, fmt.Sprint("at most ", p.maxBytes, " bytes"))
	}
	if p.stop != "" {
		texts = append(texts, "stop: "+p.stop)
	}
	return strings.Join(texts, "; ")
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name        string
		failed      sinks.Error
		insist      bool
		withoutRefs bool
		refusals    int
		want        string
	}{
		{name: "nothing is named", failed: sinks.Error{Class: sinks.Duplicate}, want: "again 0 1 2, 3 4 5"},
		{name: "one is named", failed: sinks.Error{Class: sinks.Duplicate, Field: "2.name"}, want: "alone 2; again 0 1 3 4 5"},
		{name: "several are named", failed: sinks.Error{Class: sinks.Refused, Field: "0.name", Fields: []string{"[4].name", "items[1].name", "4.tags"}},
			want: "alone 1 4; again 0 2 3 5"},
		{name: "all are named", failed: sinks.Error{Class: sinks.Refused, Fields: []string{"0", "1", "2", "3", "4", "5"}}, want: "alone 0 1 2 3 4 5; again "},
		{name: "one is named that is not there", failed: sinks.Error{Class: sinks.Refused, Field: "6.name"}, want: "again 0 1 2, 3 4 5"},
		{name: "a list inside an item is named", failed: sinks.Error{Class: sinks.Refused, Field: "tags.1"}, want: "again 0 1 2, 3 4 5"},
		{name: "the third time it is named", failed: sinks.Error{Class: sinks.Refused, Field: "2.name"}, refusals: 2, want: "alone 2; again 0 1 3 4 5"},
		{name: "the fourth time", failed: sinks.Error{Class: sinks.Refused, Field: "2.name"}, refusals: 3, want: "again 0 1 2, 3 4 5"},
		{name: "too large", failed: sinks.Error{Class: sinks.TooLarge, Field: "2.name"}, want: "again 0 1 2, 3 4 5; at most 132 bytes"},
		{name: "the objects are gone", failed: sinks.Error{Class: sinks.Deleted}, want: "again 0 1 2, 3 4 5"},
		{name: "an object is missing", failed: sinks.Error{Class: sinks.Missing}, want: "again 0 1 2, 3 4 5"},
		{name: "no endpoint", failed: sinks.Error{Class: sinks.Unsupported, Field: "2.name"}, want: "alone 0 1 2 3 4 5; stop: Kustomer does not take such batches"},
		{name: "no endpoint, and it insists", failed: sinks.Error{Class: sinks.Unsupported}, insist: true,
			want: "alone 0 1 2 3 4 5; stop: Kustomer does not take such batches"},
		{name: "references", failed: sinks.Error{Class: sinks.Duplicate, Field: "2.ref", RefsRefused: true},
			want: "alone 0 1 2 3 4 5; stop: Kustomer does not know ref, by which results name their rows"},
		{name: "references, and it insists", failed: sinks.Error{Class: sinks.Duplicate, Field: "2.ref", RefsRefused: true}, insist: true,
			want: "again 0 1 2 3 4 5; without references"},
		{name: "references where there are none", failed: sinks.Error{Class: sinks.Duplicate, RefsRefused: true}, insist: true, withoutRefs: true,
			want: "alone 0 1 2 3 4 5; stop: Kustomer does not know ref, by which results name their rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := batch{op: sinks.Update, withoutRefs: c.withoutRefs, refusals: c.refusals}
			for i := range 6 {
				s.items = append(s.items, &Item{Owner: fmt.Sprint(i), Bytes: 20 + i})
			}
			p := split(s, &c.failed, testSpec(), c.insist)
			if p.String() != c.want {
				t.Errorf("got %s\nwant %s", p, c.want)
			}
			for _, again := range p.again {
				counted := c.failed.Class != sinks.TooLarge && !p.withoutRefs && c.refusals < maxNamed
				if want := c.refusals + map[bool]int{true: 1}[counted]; again.op != sinks.Update || again.refusals != want {
					t.Errorf("sent again to %s after %d refusals, want %d", again.op, again.refusals, want)
				}
			}
		})
	}
}

func TestItemNumber(t *testing.T) {
	got := map[string]int{}
	for _, path := range []string{"3.name", "[4].name", "5", "items[6].name", "body.7", "/8/name", "name", "name.8", "", "-1.x", "..", "99999999999999999999"} {
		if n, ok := itemNumber(path, testSpec()); ok {
			got[path] = n
		}
	}
	want := map[string]int{"3.name": 3, "[4].name": 4, "5": 5, "items[6].name": 6, "body.7": 7, "/8/name": 8}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
