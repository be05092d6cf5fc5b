package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// changePeople is a pipeline that changes people who are there.
const changePeople = `
version: 1
run: { workers: 4, retries: 2 }
steps:
  person:
    from: changes.csv
    sink: change_person
    key: "{{ .key }}"
    mapping: { id: "{{ .id }}", name: "{{ .name }}", note: "{{ .note }}" }
`

// newChangeBench is a bench with n people, whose ids it returns.
func newChangeBench(t *testing.T, n int) (b *bench, ids []string) {
	b = newBench(t, changePeople, nil)
	for i := range n {
		ids = append(ids, b.service.seed("person", map[string]any{"name": fmt.Sprintf("p%d", i)}))
	}
	return b, ids
}

func TestChanges(t *testing.T) {
	b, ids := newChangeBench(t, 3)
	rows := func(names ...string) string {
		text := "key,id,name,note\n"
		for i, name := range names {
			text += fmt.Sprintf("k%d,%s,%s,x\n", i, ids[i], name)
		}
		return text
	}
	b.file("changes.csv", rows("Ann", "Bob", "Cy"))
	want(t, b.mustRun(), "updated 3")
	if got := b.service.requests("find"); len(got) > 0 {
		t.Errorf("a change was looked up: %v", got)
	}
	want(t, b.mustRun(), "unchanged 3")
	b.file("changes.csv", rows("Ann", "Bobby", "Cy"))
	want(t, b.mustRun(), "updated 1, unchanged 2")
	want(t, b.mustRun(func(o *Options) { o.Adopt = true }), "unchanged 3")
	if d := cmp.Diff([]string{"person <nil> Ann", "person <nil> Bobby", "person <nil> Cy"}, b.service.held()); d != "" {
		t.Error(d)
	}
}

func TestAChangeThatIsThereAlready(t *testing.T) {
	b, ids := newChangeBench(t, 1)
	b.file("changes.csv", "key,id,name,note\nk,"+ids[0]+",p0,\n")
	want(t, b.mustRun(), "existed 1")
	want(t, b.mustRun(), "unchanged 1")
}

// TestAChangeOfAnotherObject: a row may name another object than before, which is changed then.
func TestAChangeOfAnotherObject(t *testing.T) {
	b, ids := newChangeBench(t, 2)
	b.file("changes.csv", "key,id,name,note\nticket,"+ids[0]+",Ann,x\n")
	want(t, b.mustRun(), "updated 1")
	b.file("changes.csv", "key,id,name,note\nticket,"+ids[1]+",Ann,x\n")
	want(t, b.mustRun(), "updated 1")
	if got := b.entries(); !slices.Equal(got, []string{"person ticket updated " + ids[1]}) {
		t.Errorf("the ledger holds %v", got)
	}
	want(t, b.mustRun(), "unchanged 1")
}

func TestAChangeOfWhatIsNotThere(t *testing.T) {
	b, ids := newChangeBench(t, 1)
	b.file("changes.csv", "key,id,name,note\ngone,0000000000000000000000aa,Ann,x\nbad,xyz,Ann,x\nok,"+ids[0]+",Ann,x\n")
	want(t, b.mustRun(func(o *Options) { o.MaxErrors = &all }), "updated 1, rejected 2")
	b.wantSaid("gone: there is no such object")
	b.wantSaid("bad: id:")
}

// TestChangesOfOneObject: rows with keys of their own that change one object go one after another, in
// the order of the source.
func TestChangesOfOneObject(t *testing.T) {
	for _, bulk := range []Bulk{BulkNever, BulkAlways} {
		synctest.Test(t, func(t *testing.T) {
			b, ids := newChangeBench(t, 2)
			b.sink = newBulkService(b.service)
			b.service.delay = time.Second
			text := "key,id,name,note\n"
			for i := range 20 {
				text += fmt.Sprintf("k%d,%s,n%02d,x\n", i, strings.ToUpper(ids[i%2]), i)
			}
			b.file("changes.csv", strings.ReplaceAll(text, strings.ToUpper(ids[1]), ids[1]))
			want(t, b.mustRun(func(o *Options) { o.Bulk = bulk }), "updated 20")
			if d := cmp.Diff([]string{"person <nil> n18", "person <nil> n19"}, b.service.held()); d != "" {
				t.Error(d)
			}
			if b.service.most > 2 {
				t.Errorf("%d changes at once of two objects", b.service.most)
			}
		})
	}
}

// TestALateChange: a change whose answer was lost and that is carried out later does not undo the one of
// the next row.
func TestALateChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ids := newChangeBench(t, 1)
		b.service.lateBy = 30 * time.Second
		b.service.fault = func(_, key string, try int) fault {
			if key == "k1" && try == 1 {
				return late
			}
			return fine
		}
		b.file("changes.csv", "key,id,name,note\nk1,"+ids[0]+",old,x\nk2,"+ids[0]+",new,x\n")
		want(t, b.mustRun(), "updated 2")
		time.Sleep(time.Hour)
		if got := b.service.held(); !slices.Equal(got, []string{"person <nil> new"}) {
			t.Errorf("Kustomer holds %v", got)
		}
	})
}

// TestALateChangeOfAnEarlierRun: the change of another row that an earlier run left in doubt is waited for.
func TestALateChangeOfAnEarlierRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ids := newChangeBench(t, 1)
		b.yaml = strings.Replace(changePeople, "retries: 2", "retries: 0", 1)
		b.service.lateBy = 30 * time.Second
		b.service.fault = func(string, string, int) fault { return late }
		b.file("changes.csv", "key,id,name,note\nk1,"+ids[0]+",old,x\n")
		want(t, b.mustRun(), "in_doubt 1")
		b.service.fault = nil
		b.file("changes.csv", "key,id,name,note\nk2,"+ids[0]+",new,x\n")
		want(t, b.mustRun(), "updated 1")
		time.Sleep(time.Hour)
		if got := b.service.held(); !slices.Equal(got, []string{"person <nil> new"}) {
			t.Errorf("Kustomer holds %v", got)
		}
	})
}

// TestAChangeInDoubt is sent again by the next run, without a quiet time where the content is the same.
func TestAChangeInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ids := newChangeBench(t, 1)
		b.service.fault = func(string, string, int) fault { return lostBefore }
		b.file("changes.csv", "key,id,name,note\nk,"+ids[0]+",Ann,x\n")
		want(t, b.mustRun(), "in_doubt 1")
		b.service.fault = nil
		began := time.Now()
		want(t, b.mustRun(), "updated 1")
		if took := time.Since(began); took > time.Second {
			t.Errorf("it waited %v", took)
		}
		if got := b.doubts(); len(got) > 0 {
			t.Errorf("in doubt: %v", got)
		}
	})
}

func TestChangesInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ids := newChangeBench(t, 50)
		bulk := newBulkService(b.service)
		b.sink = bulk
		text := "key,id,name,note\n"
		for i, id := range ids {
			text += fmt.Sprintf("k%d,%s,n%d,x\n", i, id, i)
		}
		b.file("changes.csv", text)
		want(t, b.mustRun(func(o *Options) { o.Bulk = BulkAlways }), "updated 50")
		if len(bulk.submits) != 1 {
			t.Errorf("%d batches", len(bulk.submits))
		}
		b.file("changes.csv", strings.ReplaceAll(text, ",x\n", ",y\n"))
		bulk.lose = 2
		sum := b.mustRun(func(o *Options) { o.Bulk = BulkAlways })
		if sum.Of(ledger.Updated)+sum.Of(ledger.Existed) != 50 { // a lost change that came through is there already
			t.Errorf("the run ended with %+v", sum.Counters)
		}
		want(t, b.mustRun(func(o *Options) { o.Bulk = BulkAlways }), "unchanged 50")
	})
}

func TestKindFaults(t *testing.T) {
	step := func(sink, more string) string {
		return "version: 1\nsteps:\n  s:\n    from: a.csv\n    sink: " + sink + "\n    key: '{{ .id }}'\n    " + more + "\n"
	}
	for _, tt := range []struct{ yaml, want string }{
		{step("change_person", "if_exists: update\n    mapping: { id: '{{ .id }}', name: x }"), "p.yaml:7:5: change_person changes what is there, and always sends what is new; leave if_exists out"},
		{step("change_person", "look_first: true\n    mapping: { id: '{{ .id }}', name: x }"), "leave look_first out"},
		{step("merge_people", "if_exists: skip\n    mapping: { source: '{{ .id }}', target: '{{ .id }}' }"), "does something once for each row, and looks nothing up; leave if_exists out"},
		{step("merge_people", "mapping: { source: '{{ .id }}', target: '{{ .id }}' }"), "p.yaml:7:45: source and target are the same for every row, and must differ; name another object"},
		{step("make_remark", "match: [externalId]\n    mapping: { ticket: '{{ .id }}' }"), "Kustomer has no way to look a remark up; leave match out"},
		{step("make_remark", "if_deleted: recreate\n    mapping: { ticket: '{{ .id }}' }"), "Kustomer has no way to look a remark up; leave if_deleted out"},
		{step("merge_people", "if_merged: use\n    mapping: { source: '{{ .id }}', target: '{{ .id }}' }"), "looks nothing up; leave if_merged out"},
		{step("make_thing", "mapping: { klass: '{{ .id }}', title: x }"), "klass must be written out: one step of make_thing is for one klass"},
		{step("make_thing", "mapping: { klass: '..', title: x }"), "klass: an id that cannot stand in a path"},
		{step("change_person", "when: perhaps\n    mapping: { id: '{{ .id }}', name: x }"), `when is "perhaps" for every row, and must be true or false`},
		{step("change_person", "mapping: { id: abc, name: x }"), "must be a Kustomer id"},
		{step("make_person", "mapping: { name: x, tags: [a, b, c] }"), "p.yaml:7:31: tags: 3 items, and at most 2 are taken"},
		{step("make_person", "mapping: { name: x, tags: [a, a] }"), "tags: items 0 and 1 are equal"},
		{step("make_person", "mapping: { name: "+strings.Repeat("x", 65)+" }"), "name cannot be"},
	} {
		b := newBench(t, tt.yaml, map[string]string{"a.csv": "id\n1\n"})
		_, err := b.plan()
		if err == nil || !strings.Contains(err.Error(), tt.want) && !faultSays(err, tt.want) {
			t.Errorf("%s\ngot  %v\nwant %s", tt.yaml, err, tt.want)
		}
	}
}

// faultSays reports whether a fault says something, its hint included.
func faultSays(err error, text string) bool {
	var faults config.Diagnostics
	errors.As(err, &faults)
	return slices.ContainsFunc(faults, func(f config.Diagnostic) bool {
		return strings.Contains(fmt.Sprintf("p.yaml:%d:%d: %s; %s", f.Pos.Line, f.Pos.Column, f.Message, f.Hint), text)
	})
}

func TestParams(t *testing.T) {
	b := newBench(t, `
version: 1
steps:
  shoe: { from: a.csv, sink: make_thing, key: "{{ .id }}", mapping: { klass: shoe, title: x } }
  hat:  { from: a.csv, sink: make_thing, key: "{{ .id }}", mapping: { klass: hat, title: x } }
`, map[string]string{"a.csv": "id\n1\n2\n"})
	want(t, b.mustRun(), "created 4") // the external ids of two klasses are not those of one kind of object
	if d := cmp.Diff([]string{"thing hat 1 <nil>", "thing hat 2 <nil>", "thing shoe 1 <nil>", "thing shoe 2 <nil>"}, b.service.held()); d != "" {
		t.Error(d)
	}
}

func TestPowerIsToldOf(t *testing.T) {
	b := newBench(t, mergePeople, map[string]string{"merges.csv": "from,to\n"})
	p := b.mustPlan()
	defer p.Close()
	if len(p.Warnings) != 1 || !p.Warnings[0].Warning || p.Warnings[0].Message != "merge_people cannot be undone" || p.Warnings[0].Pos.Line != 6 {
		t.Errorf("%v", p.Warnings)
	}
}

// TestChangesStorm: whatever is lost, late, refused or stopped, in the end every object holds the content of the
// last row that names it.
func TestChangesStorm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			people := rapid.IntRange(1, 4).Draw(rt, "people")
			b, ids := newChangeBench(t, people)
			b.yaml = strings.Replace(changePeople, "retries: 2", "retries: 1, in_doubt_wait: 5s, bulk_in_doubt_wait: 5s", 1)
			bulk := rapid.SampledFrom([]Bulk{BulkNever, BulkAlways}).Draw(rt, "bulk")
			service := newBulkService(b.service)
			b.sink = service
			faults := rapid.SliceOfN(rapid.SampledFrom([]fault{fine, fine, lostBefore, lostAfter, late, unreachable}), 53, 53).Draw(rt, "faults")
			tries := 0
			b.service.delay = 50 * time.Millisecond
			b.service.fault = func(string, string, int) fault { tries++; return faults[tries%len(faults)] }
			rows := rapid.SliceOfN(rapid.IntRange(0, people-1), 1, 12).Draw(rt, "rows")
			var last map[string]string
			for round := range rapid.IntRange(1, 4).Draw(rt, "rounds") {
				text := "key,id,name,note\n"
				for i, person := range rows {
					content := fmt.Sprintf("v%d-%d", round, i)
					if round%2 == 1 && i%3 == 0 {
						person = (person + 1) % people // the row names another one now
					}
					text += fmt.Sprintf("k%d,%s,%s,n%s\n", i, ids[person], content, content)
				}
				b.file("changes.csv", text)
				service.lose = rapid.IntRange(0, 1).Draw(rt, "lose")
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rapid.IntRange(0, 2000).Draw(rt, "stop"))*time.Millisecond)
				_, _ = b.runContext(ctx, func(o *Options) { o.Bulk = bulk })
				cancel()
				time.Sleep(time.Minute) // a change that was sent again and settled may still be on its way
				last = lastContents(text)
			}
			b.service.fault, service.lose = nil, 0
			b.mustRun(func(o *Options) { o.Bulk = bulk })
			time.Sleep(time.Minute)
			b.service.mu.Lock() // what is late writes by itself
			for _, o := range b.service.objects {
				if content, named := last[o.id]; named && (o.payload["name"] != content || o.payload["note"] != "n"+content) {
					t.Errorf("%s holds %v, %v, want %s", o.id, o.payload["name"], o.payload["note"], content)
				}
			}
			b.service.mu.Unlock()
			want(t, b.mustRun(func(o *Options) { o.Bulk = bulk }), fmt.Sprintf("unchanged %d", len(rows)))
		})
	})
}

// lastContents is the content of the last row of each object.
func lastContents(text string) map[string]string {
	last := map[string]string{}
	for line := range strings.Lines(text) {
		if cells := strings.Split(strings.TrimSpace(line), ","); cells[0] != "key" {
			last[cells[1]] = cells[2]
		}
	}
	return last
}
