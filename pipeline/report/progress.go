package report

import (
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
)

// Progress is an Observer that shows how far a run is: a bar on a terminal, elsewhere a line every
// ten seconds. Its own counters are the truth; the bar only draws them.
type Progress struct {
	w        io.Writer
	bar      *progressbar.ProgressBar // nil away from a terminal
	interval time.Duration

	mu       sync.Mutex
	step     string
	total    int // rows of the run; 0 when not known
	rows     int
	rejected int
	waiting  int
	written  int     // rows that took a request
	rate     float64 // rows a second, of late
	last     int     // rows at the last tick
	meter    func() Use
	spent    int64   // requests at the last tick
	pace     float64 // requests a second, of late
	lastAt   time.Time
	started  time.Time // when the first row was settled, or just before
	note     string    // why nothing moves
	until    time.Time // when it moves again, or the run gives up

	once sync.Once
	stop chan struct{} // nil when nothing is shown
	done chan struct{}
}

// The pace of drawing on a terminal, and of lines elsewhere.
const (
	drawEvery = 100 * time.Millisecond
	lineEvery = 10 * time.Second
)

// NewProgress starts to show progress on w. Stop ends it.
func NewProgress(w io.Writer, terminal bool) *Progress {
	p := &Progress{w: w, interval: lineEvery, lastAt: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	if terminal {
		p.interval = drawEvery
		p.bar = progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetWidth(24),
			progressbar.OptionThrottle(drawEvery/2),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionSetSpinnerChangeInterval(0), // else it draws by itself, also after it is cleared
		)
	}
	go p.loop()
	return p
}

// NoProgress shows nothing.
func NoProgress() *Progress { return &Progress{w: io.Discard} }

// Use is what a run has spent of the org's limit.
type Use struct {
	Requests int64
	Limit    int // requests a minute; 0 when not known
}

// SetMeter says where to read what the run has spent.
func (p *Progress) SetMeter(meter func() Use) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meter = meter
}

// SetTotal says how many rows there are, once that is known.
func (p *Progress) SetTotal(rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = rows // the bar hears of it when it is drawn, never after Stop
}

// Wait says why nothing moves and for how long at most: note, such as "waiting for the rate limit,", stands
// beside the rows with the time that is left behind it, and goes when that is up. Away from a terminal
// line, unless it is empty, tells of it at once. Moves ends it sooner.
func (p *Progress) Wait(note, line string, d time.Duration) {
	p.mu.Lock()
	p.note, p.until = note, time.Now().Add(d)
	p.mu.Unlock()
	if p.bar == nil && line != "" {
		p.Line(line)
	}
}

// Moves says that the wait is over.
func (p *Progress) Moves() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note = ""
}

// Line prints a line of its own, above the bar.
func (p *Progress) Line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintln(p.w, Clean(text))
}

// StepStarted implements pipeline.Observer.
func (p *Progress) StepStarted(step *program.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = step.Name()
}

// Settled implements pipeline.Observer.
func (p *Progress) Settled(s pipeline.Settlement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows++
	switch s.Outcome {
	case ledger.Rejected:
		p.rejected++
	case ledger.Created, ledger.Updated, ledger.Existed:
		p.written++
	}
}

// Said implements pipeline.Observer.
func (p *Progress) Said(step, text string) { p.Line(step + ": " + text) }

// Waiting implements pipeline.Observer.
func (p *Progress) Waiting(_ string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = n
}

// Stop ends the display and leaves a clean line. It may be called again.
func (p *Progress) Stop() {
	p.once.Do(p.end)
}

func (p *Progress) end() {
	if p.stop == nil {
		return
	}
	close(p.stop)
	<-p.done
	p.clear()
}

// clear takes the bar off the terminal, so that other text can stand there.
func (p *Progress) clear() {
	if p.bar != nil {
		fmt.Fprint(p.w, "\r\x1b[2K")
	}
}

func (p *Progress) loop() {
	defer close(p.done)
	tick := time.NewTicker(p.interval)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			p.show(now)
		case <-p.stop:
			return
		}
	}
}

func (p *Progress) show(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.measure(now)
	if p.bar == nil {
		fmt.Fprintln(p.w, p.text(now))
		return
	}
	if p.total > 0 && p.total != p.bar.GetMax() {
		p.bar.ChangeMax(p.total)
	}
	p.bar.Describe(cut(p.text(now), p.width()-besideText))
	_ = p.bar.Set(min(p.rows, max(p.total, 1)))
}

// besideText is how many columns the bar and its figures take beside the text.
const besideText = 24 + 20

// width is how many columns the terminal has now.
func (p *Progress) width() int {
	if f, ok := p.w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 120
}

// measure follows the rate over about the last ten seconds; in the first ten, over all of them.
func (p *Progress) measure(now time.Time) {
	elapsed := now.Sub(p.lastAt).Seconds()
	if elapsed <= 0 {
		return
	}
	if p.last == 0 {
		p.started = p.lastAt // the time until the first row says nothing about the pace
	}
	current := float64(p.rows-p.last) / elapsed
	weight := max(1-math.Exp(-elapsed/10), elapsed/now.Sub(p.started).Seconds())
	p.rate += weight * (current - p.rate)
	if p.meter != nil {
		requests := p.meter().Requests
		p.pace += weight * (float64(requests-p.spent)/elapsed - p.pace)
		p.spent = requests
	}
	p.last, p.lastAt = p.rows, now
}

// use says how many rows a request carries, and how much of the limit the run takes.
func (p *Progress) use() (text string) {
	if p.meter == nil {
		return ""
	}
	u := p.meter()
	if perRequest := int64(p.written) / max(u.Requests, 1); perRequest >= 2 {
		text += fmt.Sprintf(", %d rows a request", perRequest)
	}
	if u.Limit > 0 && p.pace > 0 {
		text += ", " + ofLimit(p.pace*time.Minute.Seconds(), u.Limit)
	}
	return text
}

// text is the state in one line: step, rows, rate, what is left, rejects.
func (p *Progress) text(now time.Time) string {
	text := Plural(p.rows, "row")
	if p.total > 0 {
		text = fmt.Sprintf("%s of %s", Count(p.rows), Plural(p.total, "row"))
	}
	if p.step != "" {
		text = p.step + "  " + text
	}
	if p.rate >= 1 {
		text += fmt.Sprintf(", %s/s", Count(int(p.rate)))
	}
	text += p.use()
	if left := p.total - p.rows; left > 0 && p.rate > 0 {
		text += fmt.Sprintf(", %s left", Duration(time.Duration(float64(left)/p.rate*float64(time.Second))))
	}
	if p.rejected > 0 {
		text += fmt.Sprintf(", %s rejected", Count(p.rejected))
	}
	switch {
	case p.note != "" && now.Before(p.until):
		text += fmt.Sprintf(", %s %s", p.note, countdown(p.until.Sub(now)))
	case p.waiting > 0:
		text += fmt.Sprintf(", waiting to look up %s in doubt", Count(p.waiting))
	}
	return text
}

// countdown writes the time that is left of a wait, in whole seconds, so that it does not flicker.
func countdown(d time.Duration) string {
	d = (d + time.Second - 1).Truncate(time.Second)
	if d < time.Minute {
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
	return Duration(d)
}
