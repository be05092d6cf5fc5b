package kustomer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

const (
	longWait  = 5 * time.Second // a wait for the limit that a person should always know of
	quietTell = time.Minute     // between two words about shorter ones
)

// gate is what all goroutines pass before they send: it keeps the pace, the pauses and the outages.
type gate struct {
	notify func(Notice) // not nil

	rows  chan struct{} // held by the one goroutine that waits to reserve a place
	calls chan struct{} // held by the one that waits to fly without a place

	mu      sync.Mutex
	pacer   *pacer
	outage  outage
	news    chan struct{} // closed when something changed; nil while nobody waits
	dead    *sinks.Error  // nothing leaves any more
	limited bool          // a pause for the limit was told, and not its end
	waiting bool          // the same of a wait for what this run may send
	told    time.Time     // when either was told last

	begun time.Time
	speed time.Duration // of time: 1; a test may let it pass faster
}

func newGate(share float64, patience time.Duration, notify func(Notice)) *gate {
	return &gate{
		notify: notify,
		rows:   make(chan struct{}, 1),
		calls:  make(chan struct{}, 1),
		pacer:  newPacer(share),
		outage: outage{patience: patience},
		begun:  time.Now(),
		speed:  1,
	}
}

// now is what pacer and outage are told.
func (g *gate) now() time.Time { return g.begun.Add(time.Since(g.begun) * g.speed) }

// reserve waits for a place: the right to send one request later.
func (g *gate) reserve(ctx context.Context) error {
	return g.wait(ctx, g.rows, g.pacer.reserveWait, g.pacer.reserve)
}

// enter waits until a request may leave at once; hasPlace: one that was reserved is used up by it.
// After it comes exactly one of settle and lost.
func (g *gate) enter(ctx context.Context, hasPlace bool) (f flight, err error) {
	take := func(now time.Time) { f = g.pacer.fly(now, hasPlace) }
	if hasPlace {
		if err = g.wait(ctx, nil, g.pacer.heldWait, take); err != nil {
			g.giveBack()
		}
		return f, err
	}
	return f, g.wait(ctx, g.calls, g.pacer.flyWait, take)
}

// wait lets one goroutine of a turn at a time ask the pacer, until it says that there is no wait.
func (g *gate) wait(ctx context.Context, turn chan struct{}, ask func(time.Time) time.Duration, take func(time.Time)) error {
	if turn != nil {
		if !enter(ctx, turn) {
			return stopped(ctx)
		}
		defer leave(turn)
	}
	for {
		if ctx.Err() != nil {
			return stopped(ctx)
		}
		d, news, err := g.try(ask, take)
		if err != nil || d <= 0 {
			return err
		}
		timer := time.NewTimer(d / g.speed)
		select {
		case <-ctx.Done():
		case <-news:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// try asks the pacer once. When there is a wait, news is closed as soon as asking again may pay.
func (g *gate) try(ask func(time.Time) time.Duration, take func(time.Time)) (d time.Duration, news chan struct{}, err error) {
	g.mu.Lock()
	var notices []Notice
	defer func() { g.mu.Unlock(); g.tell(notices) }()
	now := g.now()
	if g.dead != nil {
		return 0, nil, g.fatal()
	}
	if d = ask(now); d <= 0 {
		take(now)
		if g.waiting {
			g.waiting = false
			notices = append(notices, Notice{Kind: LimitOver, Message: limitOver})
		}
		return 0, nil, nil
	}
	if g.news == nil {
		g.news = make(chan struct{})
	}
	if d >= longWait && d < untilNews && !g.limited && !g.outage.told && now.Sub(g.told) >= quietTell {
		g.told, g.waiting = now, true
		notices = append(notices, limitNotice(d, "the requests that this run may send now are used up"))
	}
	return d, g.news, nil
}

// limitOver says that the wait for the limit is over.
const limitOver = "the rate limit allows requests again"

// limitNotice tells of a wait for the limit.
func limitNotice(d time.Duration, why string) Notice {
	return Notice{Kind: RateLimited, Wait: d, Message: fmt.Sprintf("waiting for the rate limit, %s: %s", rounded(d), why)}
}

// giveBack returns a place that is not used.
func (g *gate) giveBack() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pacer.giveBack()
	g.wake()
}

// settle takes in what became of an attempt that reached Kustomer, and what Kustomer is to blame for, if
// anything. It returns how long this request alone has to wait when it met a limit of its own object.
func (g *gate) settle(f flight, r reply, cause string) (alone time.Duration) {
	g.mu.Lock()
	now := g.now()
	pause, alone := g.pacer.settle(f, now, r)
	var notices []Notice
	switch {
	case r.good || r.limited:
		notices = g.recovered(notices)
	case cause != "":
		notices = g.failed(f, now, cause)
	}
	if pause >= longWait || pause > 0 && now.Sub(g.told) >= quietTell {
		g.told, g.limited, g.waiting = now, true, false
		notices = append(notices, limitNotice(pause, "Kustomer answered 429"))
	}
	g.wake()
	g.mu.Unlock()
	g.tell(notices)
	return alone
}

// lost takes in that an attempt never reached Kustomer, and why. An empty cause: nobody is to blame.
func (g *gate) lost(f flight, cause string) {
	g.mu.Lock()
	g.pacer.lost(f)
	var notices []Notice
	if cause != "" {
		notices = g.failed(f, g.now(), cause)
	}
	g.wake()
	g.mu.Unlock()
	g.tell(notices)
}

// kill lets nothing leave any more: everybody gets a copy of err.
func (g *gate) kill(err *sinks.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead == nil {
		dead := *err
		g.dead = &dead
	}
	g.wake()
}

// fatal returns a copy of dead, since callers count their attempts in it.
func (g *gate) fatal() error {
	err := *g.dead
	err.Attempts = 0
	return &err
}

// limit is the org's limit as far as it is known, else 0.
func (g *gate) limit() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pacer.window.limit
}

// failed counts a failure, with the lock held. Attempts that left before everybody was stopped tell
// nothing new.
func (g *gate) failed(f flight, now time.Time, cause string) (notices []Notice) {
	if g.outage.told && f.seq <= g.pacer.pauseSeq {
		return nil
	}
	s := g.outage.fail(now)
	if s.pause > 0 {
		g.pacer.pause(now.Add(s.pause))
	}
	if s.begin {
		notices = append(notices, Notice{Kind: Outage, Wait: g.outage.patience,
			Message: fmt.Sprintf("Kustomer cannot be reached (%s); waiting up to %s for it", cause, g.outage.patience)})
	}
	if s.over && g.dead == nil {
		g.dead = &sinks.Error{Class: sinks.Fatal,
			Message: fmt.Sprintf("Kustomer could not be reached for %s (%s)", g.outage.patience, cause),
			Hint:    "when it is back, run the same command again: it goes on where it stopped"}
	}
	return notices
}

// recovered notes a good answer, with the lock held.
func (g *gate) recovered(notices []Notice) []Notice {
	if g.outage.heal() {
		notices = append(notices, Notice{Kind: Recovered, Message: "Kustomer answers again"})
	}
	if g.limited && g.pacer.probe == noProbe {
		g.limited = false
		notices = append(notices, Notice{Kind: LimitOver, Message: limitOver})
	}
	return notices
}

// wake tells those who wait to ask again, with the lock held.
func (g *gate) wake() {
	if g.news != nil {
		close(g.news)
		g.news = nil
	}
}

func (g *gate) tell(notices []Notice) {
	for _, n := range notices {
		g.notify(n)
	}
}

// stopped is the error of a request that ctx ended before it left.
func stopped(ctx context.Context) *sinks.Error {
	return &sinks.Error{Class: sinks.Unreached, Message: "stopped before the request was sent", Err: context.Cause(ctx)}
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }
