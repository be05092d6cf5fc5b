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

// Progress is an Observer that shows how far a run is: a bar on a terminal, elsewhere a line every ten seconds.
// Progress counts; the bar only draws the counts.
type Progress struct {
	w        io.Writer
	bar      *progressbar.ProgressBar // nil where w is no terminal
	interval time.Duration

	mu           sync.Mutex
	step         string
	total        int // rows of the run; 0 when not known
	rows         int
	rejected     int
	waiting      int
	written      int     // rows that took a request
	rate         float64 // rows a second over about the last ten seconds
	lastRows     int     // rows at lastAt
	usage        func() Usage
	lastRequests int64     // requests at lastAt
	pace         float64   // requests a second over about the last ten seconds
	lastAt       time.Time // the last tick
	started      time.Time // when the first row was settled, or just before
	waitNote     string    // why no row is settled; "" when none waits
	waitUntil    time.Time // when requests are sent again, or the run gives up

	once sync.Once
	stop chan struct{} // nil when nothing is shown
	done chan struct{}
}

// How often the bar is drawn on a terminal, and how often a line is printed elsewhere.
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
			progressbar.OptionSetWidth(barCells),
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

// Usage is how much of the org's limit a run has used.
type Usage struct {
	Requests int64
	Limit    int // requests a minute; 0 when not known
}

// SetUsage sets the function that tells how many requests the run has sent.
func (p *Progress) SetUsage(usage func() Usage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.usage = usage
}

// SetTotal sets how many rows there are, once that is known.
func (p *Progress) SetTotal(rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = rows // show gives it to the bar, which is never drawn after Stop
}

// Wait shows why no row is settled, and for how long at most: note, such as "waiting for the rate limit,", is shown
// behind the number of rows, followed by the time that is left, until that is up or EndWait is called. Where there
// is no terminal, line is printed at once, unless it is empty.
func (p *Progress) Wait(note, line string, d time.Duration) {
	p.mu.Lock()
	p.waitNote, p.waitUntil = note, time.Now().Add(d)
	p.mu.Unlock()
	if p.bar == nil && line != "" {
		p.Line(line)
	}
}

// EndWait removes the note of Wait.
func (p *Progress) EndWait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waitNote = ""
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

// Note implements pipeline.Observer.
func (p *Progress) Note(step, text string) { p.Line(step + ": " + text) }

// Waiting implements pipeline.Observer.
func (p *Progress) Waiting(_ string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = n
}

// Stop ends the display and removes the bar. It may be called again.
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

// clear removes the bar from the terminal, so that other text can be printed there.
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
	p.bar.Describe(cut(p.text(now), p.width()-barColumns))
	_ = p.bar.Set(min(p.rows, max(p.total, 1)))
}

// barColumns is how many columns of a line the bar and its figures take; the text has the others.
const barColumns = barCells + 20

// barCells is how many columns the bar itself takes.
const barCells = 24

// width is how many columns the terminal has now, 120 when it does not tell.
func (p *Progress) width() int {
	if f, ok := p.w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 120
}

// measure updates rate and pace, which are means over about the last ten seconds; in the first ten seconds, over the
// time since the first row.
func (p *Progress) measure(now time.Time) {
	elapsed := now.Sub(p.lastAt).Seconds()
	if elapsed <= 0 {
		return
	}
	if p.lastRows == 0 {
		p.started = p.lastAt // the time until the first row says nothing about the pace
	}
	current := float64(p.rows-p.lastRows) / elapsed
	weight := max(1-math.Exp(-elapsed/10), elapsed/now.Sub(p.started).Seconds())
	p.rate += weight * (current - p.rate)
	if p.usage != nil {
		requests := p.usage().Requests
		p.pace += weight * (float64(requests-p.lastRequests)/elapsed - p.pace)
		p.lastRequests = requests
	}
	p.lastRows, p.lastAt = p.rows, now
}

// usageText tells how many rows a request carries, and how much of the limit the run uses.
func (p *Progress) usageText() (text string) {
	if p.usage == nil {
		return ""
	}
	u := p.usage()
	if perRequest := int64(p.written) / max(u.Requests, 1); perRequest >= 2 {
		text += fmt.Sprintf(", %d rows a request", perRequest)
	}
	if u.Limit > 0 && p.pace > 0 {
		text += ", " + ofLimit(p.pace*time.Minute.Seconds(), u.Limit)
	}
	return text
}

// text is the state in one line: step, rows, rate, usage, time left, rejected rows, and why the run waits.
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
	text += p.usageText()
	if left := p.total - p.rows; left > 0 && p.rate > 0 {
		text += fmt.Sprintf(", %s left", Duration(time.Duration(float64(left)/p.rate*float64(time.Second))))
	}
	if p.rejected > 0 {
		text += fmt.Sprintf(", %s rejected", Count(p.rejected))
	}
	switch {
	case p.waitNote != "" && now.Before(p.waitUntil):
		text += fmt.Sprintf(", %s %s", p.waitNote, countdown(p.waitUntil.Sub(now)))
	case p.waiting > 0:
		text += fmt.Sprintf(", waiting to look up %s in doubt", Count(p.waiting))
	}
	return text
}

// countdown formats the time that is left of a wait in whole seconds, rounded up: a tenth would change at every drawing.
func countdown(d time.Duration) string {
	d = (d + time.Second - 1).Truncate(time.Second)
	if d < time.Minute {
		return fmt.Sprintf("%ds", int(d.Seconds()))
	}
	return Duration(d)
}
