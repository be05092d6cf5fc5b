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

// TestProgressRate checks that the rate is right from the first row on, and follows a change.
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
			t.Errorf("the rate is %.0f rows a second, want about %.0f", p.rate, want)
		}
	}
	for range 50 { // before the first row, requests ask who the key is
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

// TestProgressLines checks the lines that are printed where there is no terminal.
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

// TestWaitCountsDown checks that a wait is shown at once with the seconds that are left, and removed by EndWait or
// when its time is up.
func TestWaitCountsDown(t *testing.T) {
	for _, ended := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var out lockedText
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
			if ended {
				p.EndWait()
			}
			if got := shown(); got == "" || strings.Contains(got, "waiting") {
				t.Errorf("after the wait (EndWait called: %v) the bar shows %q", ended, got)
			}
			if strings.Contains(out.String(), "not on a terminal") {
				t.Error("Wait printed its line, which is for logs, on the terminal")
			}
		})
	}
}

// TestNoProgress checks that a Progress that shows nothing takes every call.
func TestNoProgress(t *testing.T) {
	p := NoProgress()
	p.w = io.Discard
	p.Wait("waiting", "waiting", time.Second)
	p.EndWait()
	p.Settled(pipeline.Settlement{Outcome: ledger.Created})
	p.Stop()
}

// lockedText collects what is written to it; it may be read meanwhile.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lockedText) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Len()
}

// TestBarEnds checks that Stop removes the bar and that nothing is drawn afterwards, whether or not the number of
// rows is known.
func TestBarEnds(t *testing.T) {
	for _, total := range []int{0, 4000} {
		synctest.Test(t, func(t *testing.T) {
			var out lockedText
			p := NewProgress(&out, true)
			if total > 0 {
				p.SetTotal(total)
			}
			p.Settled(pipeline.Settlement{Outcome: ledger.Created})
			time.Sleep(time.Second)
			p.Stop()
			end := out.size()
			if !strings.HasSuffix(out.text.String(), "\r\x1b[2K") {
				t.Errorf("Stop does not clear the line of the bar: %q", out.text.String())
			}
			p.SetTotal(5000)
			time.Sleep(time.Minute)
			if out.size() != end {
				t.Errorf("after Stop the bar was drawn: %q", out.text.String()[end:])
			}
		})
	}
}
