package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/render"
)

// laneRow is a row named by its lanes: "a" for a key, "+x" for an ordering key.
func laneRow(l *lanes, names string) *row {
	r := &row{}
	r.Key = names
	for name := range strings.FieldsSeq(names) {
		kind := render.ByKey
		if strings.HasPrefix(name, "+") {
			kind = render.ByOrder
		}
		r.lanes = append(r.lanes, l.of(render.LaneName{Kind: kind, Name: name}))
	}
	return r
}

func TestLanes(t *testing.T) {
	for _, c := range []struct {
		name    string
		rows    []string
		failing string // a row that cannot be settled
		order   string // rows that run together are in braces
		blocked string
	}{
		{"no lane in common", []string{"a", "b", "c"}, "", "{a b c}", ""},
		{"one key", []string{"a", "a", "a"}, "", "a a a", ""},
		{"one ordering key", []string{"a +x", "b +x", "c"}, "", "{a+x c} b+x", ""},
		{"one key, two ordering keys", []string{"a +x", "a +y", "b +y", "c +x"}, "", "a+x {a+y c+x} b+y", ""},
		{"both in common, once", []string{"a +x", "a +x", "a +x"}, "", "a+x a+x a+x", ""},
		{"a name is another lane as a key", []string{"x", "+x"}, "", "{x +x}", ""},
		{"rows behind one that is not settled", []string{"a +x", "b +x", "c"}, "a +x", "{a+x c} b+x", "b +x"},
		{"lanes break one after the other", []string{"a +x", "a +y", "b +y", "c"}, "a +x", "{a+x c} a+y b+y", "a +y|b +y"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLanes()
			var running []*row
			for _, name := range c.rows {
				if row := laneRow(l, name); l.enter(t.Context(), row) {
					running = append(running, row)
				}
			}
			var order, blocked []string
			for len(running) > 0 {
				var together []string
				var next []*row
				for _, row := range running {
					together = append(together, strings.ReplaceAll(row.Key, " ", ""))
					if row.blocked {
						blocked = append(blocked, row.Key)
					}
					next = append(next, l.leave(row, row.Key != c.failing && !row.blocked)...)
				}
				if order = append(order, strings.Join(together, " ")); len(together) > 1 {
					order[len(order)-1] = "{" + order[len(order)-1] + "}"
				}
				running = next
			}
			if got := strings.Join(order, " "); got != c.order {
				t.Errorf("the rows ran as %s, want %s", got, c.order)
			}
			if got := strings.Join(blocked, "|"); got != c.blocked {
				t.Errorf("blocked: %s, want %s", got, c.blocked)
			}
			if len(l.tails) != 0 || l.behind != 0 {
				t.Errorf("%d tails and %d waiting rows are left", len(l.tails), l.behind)
			}
		})
	}
}

func TestBrokenLanesStayBroken(t *testing.T) {
	l := newLanes()
	first := laneRow(l, "a +x")
	l.enter(t.Context(), first)
	l.leave(first, false)
	for name, want := range map[string]bool{"b +x": true, "a +y": true, "c": false} {
		row := laneRow(l, name)
		if !l.enter(t.Context(), row) || row.blocked != want {
			t.Errorf("%s: blocked is %v", name, row.blocked)
		}
	}
}

func TestLanesHoldTheReaderBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes()
		ctx, cancel := context.WithCancel(t.Context())
		first := laneRow(l, "+x")
		l.enter(ctx, first)
		read := 0
		go func() {
			for range maxBehind + 3 {
				l.enter(ctx, laneRow(l, "+x"))
				read++
			}
		}()
		synctest.Wait()
		if read != maxBehind {
			t.Errorf("%d rows were read, want %d", read, maxBehind)
		}
		second := l.leave(first, true)
		synctest.Wait()
		if read != maxBehind+1 {
			t.Errorf("%d rows were read after one left", read)
		}
		l.leave(second[0], true)
		cancel()
		synctest.Wait()
		if read != maxBehind+3 {
			t.Errorf("%d rows were read when the run ended", read)
		}
	})
}

// TestLanesKeepOrder: whatever runs together, no lane is ever out of order.
func TestLanesKeepOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLanes()
		ran := map[lane][]int{}
		var running []*row
		n := rapid.IntRange(1, 40).Draw(t, "rows")
		started, ended := 0, 0
		for ended < n {
			if started < n && (len(running) == 0 || rapid.Bool().Draw(t, "read")) {
				row := laneRow(l, fmt.Sprintf("%d +%d", rapid.IntRange(0, 3).Draw(t, "key"), rapid.IntRange(0, 3).Draw(t, "order")))
				row.Number = started
				if started++; l.enter(context.Background(), row) {
					running = append(running, row)
				}
				continue
			}
			i := rapid.IntRange(0, len(running)-1).Draw(t, "which")
			row := running[i]
			for _, name := range row.lanes {
				ran[name] = append(ran[name], row.Number)
			}
			ended++
			running = append(slices.Delete(running, i, i+1), l.leave(row, true)...)
		}
		for name, rows := range ran {
			if !slices.IsSorted(rows) {
				t.Fatalf("lane %v ran as %v", name, rows)
			}
		}
	})
}
