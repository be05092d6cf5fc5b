package kustomer

import (
	"math/rand/v2"
	"time"
)

const (
	burst      = 2 * time.Second // what may be sent at once after a rest, in time at the even rate
	untilNews  = time.Hour       // a wait that only an answer ends
	pauseDrift = time.Second     // of jitter, on top of a pause whose end no header tells
)

// probe says what became of the one request that tests the water.
type probe int

const (
	noProbe  probe = iota // there is nothing to test
	wanted                // the next request is the probe
	promised              // a row reserved the right to send it, and has not sent it
	sent                  // it is on its way
)

// pacer decides when a request may leave. It is a state machine without a clock, a lock or a goroutine:
// every method is told the time, which must not run backwards. gate makes it wait.
//
// A row first reserves its place and flies later; a look-up or a retry flies at once. Whoever flies
// waits only for those that fly, never for those that hold a place, since these may stand behind it.
//
// The own requests of any minute stay within share of the limit: those that fly count, and those that
// were answered less than a minute ago, so that it holds by the server's clock as well.
type pacer struct {
	share  float64 // of the limit, 0..1
	held   int     // places reserved
	flying int     // attempts on their way
	seq    int64   // attempts that ever left
	spent  meter   // attempts that ended
	due    time.Time
	window window

	probe    probe
	until    time.Time // end of the pause
	pauseSeq int64     // newest attempt that left before the pause began
}

// newPacer returns a pacer that knows nothing yet: its first request is a probe.
func newPacer(share float64) *pacer { return &pacer{share: share, probe: wanted} }

// reserveWait returns how long it takes, as things stand, until a place may be reserved; 0 or less: now.
func (p *pacer) reserveWait(now time.Time) time.Duration {
	if d := p.blocked(now); d > 0 {
		return d
	}
	if p.probe == promised {
		return untilNews
	}
	return p.paceWait(now, p.flying+p.held, p.held)
}

// flyWait is the same for a request that has no place and flies at once.
func (p *pacer) flyWait(now time.Time) time.Duration {
	if d := p.blocked(now); d > 0 {
		return d
	}
	return p.paceWait(now, p.flying, 0)
}

// heldWait is the same for a request that has a place and now wants to fly.
func (p *pacer) heldWait(now time.Time) time.Duration {
	if d := p.blocked(now); d > 0 {
		return d
	}
	return p.shareWait(now, p.flying)
}

// blocked is the wait of everybody: for the end of a pause, or for the answer to the probe.
func (p *pacer) blocked(now time.Time) time.Duration {
	if now.Before(p.until) {
		return p.until.Sub(now)
	}
	if p.probe == sent {
		return untilNews
	}
	return 0
}

// paceWait spreads requests evenly over what is left of the window. open counts what is under way, held
// the part of it that has not left.
func (p *pacer) paceWait(now time.Time, open, held int) time.Duration {
	if d := p.shareWait(now, open); d > 0 || !p.window.known() {
		return d
	}
	interval, ok := p.interval(now, held)
	switch {
	case ok:
		p.due = earlier(p.due, now.Add(interval))
		return p.due.Sub(now)
	case !p.window.over(now):
		return p.window.end.Sub(now)
	case open > 0:
		return untilNews
	}
	return 0 // the window is over, and one request finds out about the next
}

// shareWait keeps the requests of any minute within the share of the limit.
func (p *pacer) shareWait(now time.Time, open int) time.Duration {
	if !p.window.known() {
		return 0
	}
	budget := max(1, int(p.share*float64(p.window.limit)))
	recent := p.spent.count(now)
	switch {
	case recent+open < budget:
		return 0
	case recent == 0:
		return untilNews
	}
	return p.spent.relief(now)
}

// interval is the time between two requests that are spread evenly; false when nothing is left.
func (p *pacer) interval(now time.Time, held int) (time.Duration, bool) {
	left := p.window.left(now, int(p.seq-p.window.seq)+held)
	if left < 1 {
		return 0, false
	}
	rate := p.share * float64(p.window.limit) / windowLength.Seconds()
	rate = min(rate, left/p.window.ahead(now).Seconds())
	return time.Duration(float64(time.Second) / rate), true
}

// reserve takes a place that reserveWait allows.
func (p *pacer) reserve(now time.Time) {
	p.step(now, p.held)
	p.held++
	if p.probe == wanted {
		p.probe = promised
	}
}

// fly lets an attempt leave that flyWait allows, or heldWait when it has a place. It may take the right
// to send the probe from a row that holds it: that row may be waiting behind this one.
func (p *pacer) fly(now time.Time, hasPlace bool) flight {
	if hasPlace {
		p.held = max(0, p.held-1)
	} else {
		p.step(now, 0)
	}
	p.flying++
	p.seq++
	if p.probe != noProbe {
		p.probe = sent
	}
	return flight{seq: p.seq, at: now}
}

// step moves due on by one request.
func (p *pacer) step(now time.Time, held int) {
	if !p.window.known() {
		return
	}
	if interval, ok := p.interval(now, held); ok {
		p.due = later(p.due, now.Add(-burst)).Add(interval)
	}
}

// giveBack returns a place that is not used.
func (p *pacer) giveBack() {
	p.held = max(0, p.held-1)
	if p.probe == promised {
		p.probe = wanted
	}
}

// lost says that an attempt never reached Kustomer: it does not count.
func (p *pacer) lost(f flight) {
	p.land(f)
	p.window.skip(f)
}

// land ends an attempt.
func (p *pacer) land(f flight) {
	p.flying = max(0, p.flying-1)
	if p.probe == sent && f.seq > p.pauseSeq {
		p.probe = wanted
	}
}

// reply is what the pacer is told of an attempt that reached Kustomer.
type reply struct {
	rates   rates
	limited bool // a 429
	good    bool // Kustomer answered, and not with a failure of its own
}

// settle takes in what became of an attempt that reached Kustomer. It returns how long the pause is
// that begins with it, and how long this request alone has to wait, when it met a limit of its own
// object: a 429 with requests remaining is not the org's (kustomer-api.md 2.3).
func (p *pacer) settle(f flight, now time.Time, r reply) (pause, alone time.Duration) {
	p.land(f)
	p.spent.add(now, 1)
	p.window.observe(f, now, r.rates)
	switch {
	case r.limited && r.rates.remaining > 0:
		p.calm(f, now)
		return 0, max(r.rates.retryAfter, minPause)
	case r.limited:
		return p.overLimit(f, now, max(r.rates.retryAfter, r.rates.reset)), 0
	case r.good:
		p.calm(f, now)
	}
	return 0, 0
}

// calm ends the probing when an attempt from after the pause went well. There is no burst after it.
func (p *pacer) calm(f flight, now time.Time) {
	if p.probe != noProbe && f.seq > p.pauseSeq {
		p.probe = noProbe
		p.due = later(p.due, now)
	}
}

// overLimit pauses everybody until the window ends, or for what the headers said. The 429s of attempts
// that left before the pause began are one event with the one that began it: they only prolong it by
// what their headers say.
func (p *pacer) overLimit(f flight, now time.Time, said time.Duration) time.Duration {
	until := now.Add(said)
	if f.seq <= p.pauseSeq {
		if until.After(p.until) && now.Before(p.until) {
			p.until = until
			p.window.exhaust(until)
		}
		return 0
	}
	if said == 0 {
		until = p.windowEnd(now).Add(rand.N(pauseDrift))
	}
	p.window.exhaust(until)
	p.pause(until)
	return until.Sub(now)
}

// windowEnd is where a window ends whose end no header tells.
func (p *pacer) windowEnd(now time.Time) time.Time {
	if p.window.known() && !p.window.over(now) {
		return p.window.end
	}
	return now.Add(windowLength)
}

// pause holds everybody until a time, and then lets one try.
func (p *pacer) pause(until time.Time) {
	p.until, p.pauseSeq, p.probe = later(p.until, until), p.seq, wanted
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
