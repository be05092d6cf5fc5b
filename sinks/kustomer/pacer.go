package kustomer

import (
	"math/rand/v2"
	"time"
)

const (
	untilNews  = time.Hour   // a wait that only an answer ends
	pauseDrift = time.Second // of jitter, on top of a pause whose end no header tells
	maxDoubles = 5           // times that a pause doubles
)

// probe says what became of the one request that tests the water.
type probe int

const (
	noProbe  probe = iota // there is nothing to test
	wanted                // the next request is the probe
	promised              // a row reserved the right to send it, and has not sent it
	sent                  // it is on its way
)

// pacer decides when a request may leave. It is a state machine without a clock, a lock, a goroutine or
// chance of its own: every method is told the time, which must not run backwards. gate makes it wait.
//
// A row first reserves its place and flies later; a look-up or a retry flies at once. Whoever flies
// waits only for those that fly, never for those that hold a place, since these may stand behind it.
//
// The own requests of any minute stay within share of the limit: those that fly count, and those that
// were answered less than a minute ago, so that it holds by the server's clock as well.
type pacer struct {
	share  float64                           // of the limit, 0..1
	jitter func(time.Duration) time.Duration // random, from 0 to below what it is given
	held   int                               // places reserved
	flying int                               // attempts on their way
	seq    int64                             // attempts that ever left
	spent  meter                             // attempts that ended
	gone   int                               // of them, those that had ended a minute before the window's newest answer
	pace   pace
	window window

	probe    probe
	until    time.Time // end of the pause
	pauseSeq int64     // newest attempt that left before the pause began
	pauses   int       // for the limit, since anything went well
	hasty    bool      // the pause is as long as headers said: the probe does not wait for the window's end
}

// newPacer returns a pacer that knows nothing yet: its first request is a probe.
func newPacer(share float64) *pacer {
	return &pacer{share: share, jitter: rand.N[time.Duration], probe: wanted}
}

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
	if f.seq > p.window.seq {
		p.window.weigh(f, r)
		own := p.spent.count(now) + p.flying - int(p.seq-f.seq)
		p.window.observe(f, now, r.rates, own)
		if r.good && r.rates.remaining < 0 {
			p.window.assume(f, now)
		}
		p.gone = p.spent.gone(now)
	}
	switch {
	case r.limited && r.rates.remaining > 0:
		p.calm(f, now)
		return 0, max(r.rates.retryAfter, minPause)
	case r.limited:
		return p.overLimit(f, now, r.rates), 0
	case r.good:
		p.calm(f, now)
	}
	return 0, 0
}

// calm ends the probing when an attempt from after the pause went well. There is no burst after it.
func (p *pacer) calm(f flight, now time.Time) {
	if p.probe != noProbe && f.seq > p.pauseSeq {
		p.probe = noProbe
		p.pauses = 0
		p.pace.calm(now)
	}
}

// overLimit pauses everybody until the window ends, or for what the headers said: they are believed once,
// and when the probe after it is answered 429 too, the window has to end. The 429s of attempts that left
// before the pause began are one event with the one that began it: they only prolong it by what their
// headers say.
func (p *pacer) overLimit(f flight, now time.Time, r rates) time.Duration {
	said := max(r.retryAfter, r.reset)
	until := now.Add(said)
	if f.seq <= p.pauseSeq {
		if until.After(p.until) && now.Before(p.until) {
			p.until = until
			p.window.exhaust(until)
		}
		return 0
	}
	switch {
	case p.window.slides:
		until = later(until, now.Add(minPause<<min(p.pauses, maxDoubles-1)))
	case said == 0:
		until = p.windowEnd(now).Add(p.jitter(pauseDrift))
	case p.pauses > 0:
		until = later(until, p.windowEnd(now))
	}
	p.hasty = p.pauses == 0 && p.window.hastens(r, now)
	p.pauses++
	p.window.exhaust(until)
	p.pause(until)
	return until.Sub(now)
}

// windowEnd is where a window ends whose end no header tells. A 429 where the end was seen to be says
// that it is a little later; one of the probe that headers let go early, that they were wrong, and what was
// known before them right.
func (p *pacer) windowEnd(now time.Time) time.Time {
	switch w := &p.window; {
	case p.hasty && w.before != nil && w.before.bounds(now):
		return w.before.end
	case !w.known() || w.slides || w.over(now) && !w.jumped:
		return now.Add(windowLength)
	case w.over(now):
		return now.Add(minPause << min(p.pauses, maxDoubles))
	default:
		return w.end
	}
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
