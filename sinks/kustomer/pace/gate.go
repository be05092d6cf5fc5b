// Package pace decides when a request may leave: within a share of the rate limit, not during a pause, and not
// while Kustomer cannot be reached.
package pace

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

const (
	longWait    = 5 * time.Second // a wait for the limit that is always reported
	reportEvery = time.Minute     // between two reports of shorter waits
)

// Gate makes goroutines wait until they may send. All goroutines that send to one org share one Gate. Pacer and
// outage decide; the Gate has the clock, the lock and the waiting.
type Gate struct {
	notify func(Event) // not nil

	reserveTurn Places // held by the one goroutine that waits to reserve a place
	startTurn   Places // held by the one that waits to send without a place

	mu            sync.Mutex
	pacer         *pacer
	outage        outage
	changed       chan struct{} // closed when asking the pacer again may help; nil while nobody waits
	stop          *sinks.Error  // not nil: why nothing leaves any more
	pauseReported bool          // a pause after a 429 was reported, and its end was not
	waitReported  bool          // a wait for the run's own share was reported, and its end was not
	reportedAt    time.Time     // when either was last reported

	begun time.Time
	speed time.Duration // see Options
}

// Options say what a Gate keeps to.
type Options struct {
	Share    float64       // of the limit that may be spent, 0 < Share <= 1
	Patience time.Duration // how long an outage may last before everything ends
	Notify   func(Event)   // hears of long waits and outages; called from any goroutine; not nil
	Speed    time.Duration // how many times as fast time passes for the gate as for the machine, for tests; 0 is 1
}

// New returns a gate that knows nothing of the limit yet: it lets one request go first.
func New(o Options) *Gate {
	return &Gate{
		notify:      o.Notify,
		reserveTurn: make(Places, 1),
		startTurn:   make(Places, 1),
		pacer:       newPacer(o.Share),
		outage:      outage{patience: o.Patience},
		begun:       time.Now(),
		speed:       max(o.Speed, 1),
	}
}

// now is the time that pacer and outage are given.
func (g *Gate) now() time.Time { return g.begun.Add(time.Since(g.begun) * g.speed) }

// Reserve waits for a place: the right to send one request later. It fails when ctx ends, or when nothing leaves
// any more.
func (g *Gate) Reserve(ctx context.Context) error {
	return g.wait(ctx, g.reserveTurn, g.pacer.reserveWait, g.pacer.reserve)
}

// Start waits until an attempt may leave at once. With hasPlace it uses up a place that was reserved, also when it
// fails. After an attempt that has started comes exactly one call of Settle or Unsent.
func (g *Gate) Start(ctx context.Context, hasPlace bool) (a Attempt, err error) {
	take := func(now time.Time) { a = g.pacer.start(now, hasPlace) }
	if hasPlace {
		if err = g.wait(ctx, nil, g.pacer.reservedWait, take); err != nil {
			g.Release()
		}
		return a, err
	}
	return a, g.wait(ctx, g.startTurn, g.pacer.startWait, take)
}

// wait waits until the pacer, asked by ask, lets the caller go, and then calls take. Only the goroutine that holds
// turn asks; a turn of nil lets all ask at once.
func (g *Gate) wait(ctx context.Context, turn Places, ask func(time.Time) time.Duration, take func(time.Time)) error {
	if turn != nil {
		if !turn.Take(ctx) {
			return Stopped(ctx)
		}
		defer turn.Leave()
	}
	for {
		if ctx.Err() != nil {
			return Stopped(ctx)
		}
		d, changed, err := g.try(ask, take)
		if err != nil || d <= 0 {
			return err
		}
		timer := time.NewTimer(d / g.speed)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// try asks the pacer once. It returns how long to wait, and a channel that is closed as soon as asking again may
// help. Without a wait it calls take.
func (g *Gate) try(ask func(time.Time) time.Duration, take func(time.Time)) (d time.Duration, changed chan struct{}, err error) {
	g.mu.Lock()
	var events []Event
	defer func() { g.mu.Unlock(); g.report(events) }()
	now := g.now()
	if g.stop != nil {
		return 0, nil, g.stopError()
	}
	if d = ask(now); d <= 0 {
		take(now)
		if g.waitReported {
			g.waitReported = false
			events = append(events, Event{Kind: LimitOver, Message: pauseOver})
		}
		return 0, nil, nil
	}
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	if d >= longWait && d < untilAnswer && !g.pauseReported && !g.outage.reported && now.Sub(g.reportedAt) >= reportEvery {
		g.reportedAt, g.waitReported = now, true
		events = append(events, pauseEvent(d, "the requests that this run may send now are used up"))
	}
	return d, g.changed, nil
}

// pauseOver is the message of a LimitOver.
const pauseOver = "the rate limit allows requests again"

// pauseEvent reports a wait for the limit.
func pauseEvent(d time.Duration, why string) Event {
	return Event{Kind: RateLimited, Wait: d, Message: fmt.Sprintf("waiting for the rate limit, %s: %s", rounded(d), why)}
}

// Release gives back a place that was reserved and is not used.
func (g *Gate) Release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pacer.release()
	g.wake()
}

// Settle takes in how an attempt ended that reached Kustomer. cause says in what way Kustomer failed; "" that it
// did not. Settle returns how long this request alone has to wait, when it met a limit of its own object.
func (g *Gate) Settle(a Attempt, r Reply, cause string) (alone time.Duration) {
	g.mu.Lock()
	now := g.now()
	pause, alone := g.pacer.settle(a, now, r)
	var events []Event
	switch {
	case r.Good || r.Limited:
		events = g.countSuccess(events)
	case cause != "":
		events = g.countFailure(a, now, failure{cause: cause, down: r.Down, said: r.Rates.Away})
	}
	if pause >= longWait || pause > 0 && now.Sub(g.reportedAt) >= reportEvery {
		g.reportedAt, g.pauseReported, g.waitReported = now, true, false
		events = append(events, pauseEvent(pause, "Kustomer answered 429"))
	}
	g.wake()
	g.mu.Unlock()
	g.report(events)
	return alone
}

// Unsent takes in that an attempt never reached Kustomer. cause says in what way Kustomer, or the way to it, failed;
// "" that neither did.
func (g *Gate) Unsent(a Attempt, cause string) {
	g.mu.Lock()
	g.pacer.unsent(a)
	var events []Event
	if cause != "" {
		events = g.countFailure(a, g.now(), failure{cause: cause})
	}
	g.wake()
	g.mu.Unlock()
	g.report(events)
}

// Stop lets no request leave any more: all callers get a copy of err.
func (g *Gate) Stop(err *sinks.Error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stop == nil {
		stop := *err
		g.stop = &stop
	}
	g.wake()
}

// stopError returns a copy of the error, since callers count their attempts in it.
func (g *Gate) stopError() error {
	err := *g.stop
	err.Attempts = 0
	return &err
}

// State is where a Gate stands.
type State struct {
	Limit    int // requests a minute that the org has, as far as is known; else 0
	Reserved int // places that are reserved and not used
	UnderWay int // attempts that have left and not ended
	Failures int // attempts in a row that failed through Kustomer's fault
}

// State returns where the gate stands now.
func (g *Gate) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return State{Limit: g.pacer.window.limit, Reserved: g.pacer.reserved, UnderWay: g.pacer.underWay, Failures: g.outage.failures}
}

// countFailure counts a failure of Kustomer's. The lock is held. During an outage the failures of attempts that left
// before its last pause do not count.
func (g *Gate) countFailure(a Attempt, now time.Time, f failure) (events []Event) {
	if g.outage.reported && a.seq <= g.pacer.pauseSeq {
		return nil
	}
	s := g.outage.failure(now, f)
	if s.pause > 0 {
		g.pacer.pause(now.Add(s.pause))
	}
	if s.begins {
		events = append(events, Event{Kind: Outage, Wait: g.outage.patience,
			Message: fmt.Sprintf("Kustomer cannot be reached (%s)%s; waiting up to %s for it", f.cause, f.asks(), g.outage.patience)})
	}
	if s.over && g.stop == nil {
		g.stop = g.outage.overError(f, s, time.Now())
	}
	return events
}

// countSuccess takes in an answer that is no failure of Kustomer's. The lock is held.
func (g *Gate) countSuccess(events []Event) []Event {
	if g.outage.success() {
		events = append(events, Event{Kind: Recovered, Message: "Kustomer answers again"})
	}
	if g.pauseReported && g.pacer.trial == noTrial {
		g.pauseReported = false
		events = append(events, Event{Kind: LimitOver, Message: pauseOver})
	}
	return events
}

// wake lets those who wait ask again. The lock is held.
func (g *Gate) wake() {
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}

func (g *Gate) report(events []Event) {
	for _, n := range events {
		g.notify(n)
	}
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }
