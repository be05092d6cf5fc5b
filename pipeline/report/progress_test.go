package report

import (
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
)

// TestProgressRate checks that the pace is right from the start, and follows a change.
func TestProgressRate(t *testing.T) {
	p := NoProgress()
	now := time.Unix(0, 0)
	p.lastAt = now
	tick := func(rows int) {
		now = now.Add(100 * time.Millisecond)
		p.rows += rows
		p.measure(now)
	}
	near := func(want float64) {
		t.Helper()
		if math.Abs(p.rate-want) > want/10 {
			t.Errorf("%.0f rows a second, want about %.0f", p.rate, want)
		}
	}
	for range 50 { // asking who the key is takes a while
		tick(0)
	}
	tick(100)
	near(1000)
	tick(300)
	near(2000) // the mean of both
	for range 400 {
		tick(50)
	}
	near(500)
}

// TestProgressLines checks what stands in a log, where there is no terminal.
func TestProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		p := NewProgress(&out, false)
		p.StepStarted(&program.Step{Config: &config.Step{Name: "customer"}})
		p.SetTotal(4000)
		for i := range 1000 {
			o := ledger.Created
			if i%100 == 0 {
				o = ledger.Rejected
			}
			p.Settled(pipeline.Settlement{Outcome: o})
		}
		time.Sleep(lineEvery + time.Second)
		p.Wait("waiting for the rate limit,", "waiting for the rate limit, 23s: Kustomer answered 429", 23*time.Second)
		p.Stop()
		p.Stop()
		want := "customer  1,000 of 4,000 rows, 100/s, 30s left, 10 rejected\nwaiting for the rate limit, 23s: Kustomer answered 429\n"
		if out.String() != want {
			t.Errorf("printed\n%swant\n%s", out.String(), want)
		}
	})
}

// TestWaitCountsDown checks that a wait is told at once, counts down, and goes: when it is over, and when
// its time is up though nobody said so.
func TestWaitCountsDown(t *testing.T) {
	for _, moves := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var out lines
			p := NewProgress(&out, true)
			defer p.Stop()
			shown := func() string {
				from := out.size()
				time.Sleep(3 * drawEvery)
				return out.String()[from:]
			}
			p.Settled(pipeline.Settlement{Outcome: ledger.Created})
			time.Sleep(time.Second)
			p.Wait("waiting for the rate limit,", "not on a terminal", 23*time.Second)
			for _, want := range []string{"limit, 23s", "limit, 14s", "limit, 5s"} {
				if got := shown(); !strings.Contains(got, want) {
					t.Errorf("the bar shows %q, want %q", got, want)
				}
				time.Sleep(9*time.Second - 3*drawEvery)
			}
			if moves {
				p.Moves()
			}
			if got := shown(); got == "" || strings.Contains(got, "waiting") {
				t.Errorf("after the wait the bar shows %q", got)
			}
			if strings.Contains(out.String(), "not on a terminal") {
				t.Error("the line for logs stands on the terminal")
			}
		})
	}
}

// TestNoProgress checks that a silent run says nothing and can be stopped.
func TestNoProgress(t *testing.T) {
	p := NoProgress()
	p.w = io.Discard
	p.Wait("waiting", "waiting", time.Second)
	p.Moves()
	p.Settled(pipeline.Settlement{Outcome: ledger.Created})
	p.Stop()
}

// lines keeps what is written to it.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Len()
}

// TestBarEnds checks that nothing draws the bar any more once Stop has cleared it, whether or not
// the number of rows was ever known.
func TestBarEnds(t *testing.T) {
	for _, total := range []int{0, 4000} {
		synctest.Test(t, func(t *testing.T) {
			var out lines
			p := NewProgress(&out, true)
			if total > 0 {
				p.SetTotal(total)
			}
			p.Settled(pipeline.Settlement{Outcome: ledger.Created})
			time.Sleep(time.Second)
			p.Stop()
			end := out.size()
			if !strings.HasSuffix(out.text.String(), "\r\x1b[2K") {
				t.Errorf("the line is not cleared: %q", out.text.String())
			}
			p.SetTotal(5000)
			time.Sleep(time.Minute)
			if out.size() != end {
				t.Errorf("after Stop it drew %q", out.text.String()[end:])
			}
		})
	}
}
