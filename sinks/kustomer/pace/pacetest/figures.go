package pacetest

import (
	"fmt"
	"testing"
	"time"
)

// Figures are what loads came to, after they were warm.
type Figures struct {
	granted       float64
	limit         int
	mine, refused int
	others, shut  int // requests of others, and those of them that were refused
	Worst         int // requests of ours in any minute
}

// Add takes in the figures of another load against the same limit.
func (f *Figures) Add(g Figures) {
	f.granted, f.limit = f.granted+g.granted, g.limit
	f.mine, f.refused = f.mine+g.mine, f.refused+g.refused
	f.others, f.shut = f.others+g.others, f.shut+g.shut
	f.Worst = max(f.Worst, g.Worst)
}

// Use is the part of what was granted that was used.
func (f Figures) Use() float64 { return float64(f.mine) / f.granted }

// Limited is how many of 1,000 own requests were answered 429.
func (f Figures) Limited() float64 {
	return 1000 * float64(f.refused) / float64(max(f.mine+f.refused, 1))
}

// String is the line of a table.
func (f Figures) String() string {
	return fmt.Sprintf("use %.1f%%, %.2f in 1,000 answered 429, %.1f in 1,000 of others, at most %d in any minute",
		100*f.Use(), f.Limited(), 1000*float64(f.shut)/float64(max(f.others, 1)), f.Worst)
}

// Check compares with what is wanted; that the share is kept in any minute always is.
func (f Figures) Check(t *testing.T, share, use, refused float64) {
	t.Helper()
	t.Log(f)
	if f.Use() < use || f.Limited() > refused {
		t.Errorf("%v; want a use of %.1f%% and at most %g in 1,000", f, 100*use, refused)
	}
	if budget := int(share * float64(f.limit)); f.Worst > budget {
		t.Errorf("%d requests in a minute, the budget is %d", f.Worst, budget)
	}
}

// Measure counts from the time warm after the start on, window by window. What is granted in a window is the share of the limit,
// or what others left of it.
func (s *Server) Measure(share float64, warm time.Duration) (f Figures) {
	first := s.WindowAt.Add(-s.WindowAt.Sub(s.Start.Add(warm)).Truncate(Window)).Add(Window)
	f.limit = s.Limit
	i, j := 0, 0
	for at := first; !at.Add(Window).After(s.Now); at = at.Add(Window) {
		others := within(s.Theirs, &j, at)
		f.granted += min(share*float64(s.Limit), float64(s.Limit-others))
		f.mine += within(s.Mine, &i, at)
	}
	for _, at := range s.Refused {
		if !at.Before(first) {
			f.refused++
		}
	}
	f.others, f.shut = len(s.Theirs)+s.Shut, s.Shut
	tail := 0
	for head := range s.Mine {
		for s.Mine[head].Sub(s.Mine[tail]) >= Window {
			tail++
		}
		f.Worst = max(f.Worst, head-tail+1)
	}
	return f
}

// within counts the times of the window that begins at a time; i is where the last one ended.
func within(times []time.Time, i *int, at time.Time) (n int) {
	for ; *i < len(times) && times[*i].Before(at.Add(Window)); *i++ {
		if !times[*i].Before(at) {
			n++
		}
	}
	return n
}
