package pace

import (
	"math/rand/v2"
	"time"
)

const (
	untilAnswer = time.Hour   // stands for a wait that only the end of another attempt ends
	pauseJitter = time.Second // random extra time of a pause whose end no header names
	maxDoubles  = 5           // times that a pause doubles
)

// trial is the state of the one request that finds out, after a pause, whether requests are answered again.
type trial int

const (
	noTrial       trial = iota // none is needed
	trialWanted                // the next request is it
	trialReserved              // it holds a reserved place, and has not left
	trialSent                  // it has left, and is not answered
)

// pacer decides when a request may leave. It is a state machine without a clock, a lock, a goroutine or a random
// source of its own: every method is given the time, which must not run backwards. Gate does the waiting.
//
// The request of a row first reserves a place and starts later; a look-up or a retry starts at once. Whoever starts
// waits only for attempts under way, never for reserved places: who holds one may be waiting behind it.
//
// The run's own requests of any minute stay within share of the limit: those under way count, and those that
// were answered less than a minute ago, so that it holds by the server's clock as well.
type pacer struct {
	share     float64                           // of the limit, 0..1
	jitter    func(time.Duration) time.Duration // random, from 0 to below what it is given
	reserved  int                               // places reserved
	underWay  int                               // attempts that have left and not ended
	seq       int64                             // attempts that ever left
	ended     meter                             // attempts that ended
	forgotten int                               // of them, those older than a minute at the window's newest answer
	schedule  schedule
	window    window

	trial       trial
	pausedUntil time.Time // end of the pause
	pauseSeq    int64     // newest attempt that left before the pause began
	pauses      int       // after a 429, since the last attempt that went well
	trialEarly  bool      // the pause ends when headers said, perhaps before the window: the trial goes then
}

// newPacer returns a pacer that knows nothing yet: its first request is a trial.
func newPacer(share float64) *pacer {
	return &pacer{share: share, jitter: rand.N[time.Duration], trial: trialWanted}
}

// reserveWait returns how long it takes, as things stand, until a place may be reserved; 0 or less: now.
func (p *pacer) reserveWait(now time.Time) time.Duration {
	if d := p.blocked(now); d > 0 {
		return d
	}
	if p.trial == trialReserved {
		return untilAnswer
	}
	return p.spreadWait(now, p.underWay+p.reserved, p.reserved)
}

// startWait is the same for a request that has no place and starts at once.
func (p *pacer) startWait(now time.Time) time.Duration {
	if d := p.blocked(now); d > 0 {
		return d
	}
	return p.spreadWait(now, p.underWay, 0)
}

// reservedWait is the same for a request that has a place and now wants to start.
func (p *pacer) reservedWait(now time.Time) time.Duration {
	if d := p.blocked(now); d > 0 {
		return d
	}
	return p.shareWait(now, p.underWay)
}

// blocked is the wait of all requests: for the end of a pause, or for the answer to the trial.
func (p *pacer) blocked(now time.Time) time.Duration {
	if now.Before(p.pausedUntil) {
		return p.pausedUntil.Sub(now)
	}
	if p.trial == trialSent {
		return untilAnswer
	}
	return 0
}

// shareWait is the wait that keeps the requests of any minute within the share of the limit, when open requests
// are under way or reserved.
func (p *pacer) shareWait(now time.Time, open int) time.Duration {
	if !p.window.known() {
		return 0
	}
	budget := max(1, int(p.share*float64(p.window.limit)))
	recent := p.ended.count(now)
	switch {
	case recent+open < budget:
		return 0
	case recent == 0:
		return untilAnswer
	}
	return p.ended.untilForgotten(now)
}

// reserve takes a place that reserveWait allows.
func (p *pacer) reserve(now time.Time) {
	p.advance(now, p.reserved)
	p.reserved++
	if p.trial == trialWanted {
		p.trial = trialReserved
	}
}

// start lets an attempt leave that startWait allows, or reservedWait when it has a place. It becomes the trial where
// one is wanted, also when a reserved place was to be it: whoever holds that place may be waiting behind this one.
func (p *pacer) start(now time.Time, hasPlace bool) Attempt {
	if hasPlace {
		p.reserved = max(0, p.reserved-1)
	} else {
		p.advance(now, 0)
	}
	p.underWay++
	p.seq++
	if p.trial != noTrial {
		p.trial = trialSent
	}
	return Attempt{seq: p.seq, at: now}
}

// release gives back a place that is not used.
func (p *pacer) release() {
	p.reserved = max(0, p.reserved-1)
	if p.trial == trialReserved {
		p.trial = trialWanted
	}
}

// unsent takes in that an attempt never reached Kustomer: it does not count.
func (p *pacer) unsent(a Attempt) {
	p.end(a)
	p.window.skip(a)
}

// end takes in that an attempt has ended.
func (p *pacer) end(a Attempt) {
	p.underWay = max(0, p.underWay-1)
	if p.trial == trialSent && a.seq > p.pauseSeq {
		p.trial = trialWanted
	}
}

// Reply is how an attempt ended that reached Kustomer.
type Reply struct {
	Rates   Rates
	Limited bool // Kustomer answered 429
	Good    bool // Kustomer answered, and not with a failure of its own
	Down    bool // Kustomer said that it is not available: 503
}

// settle takes in how an attempt ended that reached Kustomer. It returns the length of the pause that begins with
// it, and how long this request alone has to wait, when it met a limit of its own object: a 429 while requests
// of the org remain is not about the org's limit (kustomer-api.md 2.3).
func (p *pacer) settle(a Attempt, now time.Time, r Reply) (pause, alone time.Duration) {
	p.end(a)
	p.ended.add(now, 1)
	if a.seq > p.window.seq {
		p.window.check429(a, r)
		own := p.ended.count(now) + p.underWay - int(p.seq-a.seq)
		p.window.observe(a, now, r.Rates, own)
		if r.Good && r.Rates.Remaining < 0 {
			p.window.assumeNew(a, now)
		}
		p.forgotten = p.ended.allForgotten(now)
	}
	switch {
	case r.Limited && r.Rates.Remaining > 0:
		p.endTrial(a, now)
		return 0, max(r.Rates.RetryAfter, minPause)
	case r.Limited:
		return p.overLimit(a, now, r.Rates), 0
	case r.Good:
		p.endTrial(a, now)
	}
	return 0, 0
}

// endTrial takes in an attempt that went well: one that left after the pause was the trial. No burst follows it.
func (p *pacer) endTrial(a Attempt, now time.Time) {
	if p.trial != noTrial && a.seq > p.pauseSeq {
		p.trial = noTrial
		p.pauses = 0
		p.schedule.noBurst(now)
	}
}

// overLimit pauses all requests after a 429, until the window ends or for as long as headers said: when the trial after
// such a pause is answered 429 too, twice as long as the headers then say, and so on, at most until the window ends.
// 429s of attempts that left before the pause began belong to it: they only prolong it, by what their headers say.
func (p *pacer) overLimit(a Attempt, now time.Time, r Rates) time.Duration {
	said := max(r.RetryAfter, r.Reset)
	until := now.Add(said)
	if a.seq <= p.pauseSeq {
		if until.After(p.pausedUntil) && now.Before(p.pausedUntil) {
			p.pausedUntil = until
			p.window.exhaust(until)
		}
		return 0
	}
	switch {
	case p.window.sliding:
		until = later(now.Add(said<<min(p.pauses, maxDoubles-1)), now.Add(minPause<<min(p.pauses, maxDoubles-1)))
		until = earlier(until, now.Add(max(said, windowLength)))
	case said == 0:
		until = p.windowEnd(now).Add(p.jitter(pauseJitter))
	case p.pauses > 0:
		until = later(until, earlier(p.windowEnd(now), now.Add(said<<min(p.pauses, maxDoubles))))
	}
	p.trialEarly = p.window.endsSooner(r, now)
	p.pauses++
	p.window.exhaust(until)
	p.pause(until)
	return until.Sub(now)
}

// windowEnd is when a window ends whose end no header names. A 429 at the end that was seen means that it is a little
// later. A 429 to a trial that headers let go early means that they were wrong, and that what was known before
// them is right.
func (p *pacer) windowEnd(now time.Time) time.Time {
	switch w := &p.window; {
	case p.trialEarly && w.before429 != nil && w.before429.endKnown(now):
		return w.before429.end
	case !w.known() || w.sliding || w.over(now) && !w.endSeen:
		return now.Add(windowLength)
	case w.over(now):
		return now.Add(minPause << min(p.pauses, maxDoubles))
	default:
		return w.end
	}
}

// pause holds all requests until a time, and then lets one go as a trial.
func (p *pacer) pause(until time.Time) {
	p.pausedUntil, p.pauseSeq, p.trial = later(p.pausedUntil, until), p.seq, trialWanted
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
