package pace

import (
	"math"
	"time"
)

const (
	resetGrain       = 2 * time.Second        // x-ratelimit-reset and Date are in whole seconds: a reset may seem this much later than it is
	lateWindow       = time.Second            // when no new window shows this long after the end, the end was wrong
	lookAheadOverdue = 2 * time.Second        // over how long what is left is spread when the window should be over and is not
	lookAheadSliding = 600 * time.Millisecond // the same when the window slides: only its answers say what is left

	marginShare   = 0.002 // of the limit is never spent, for others who begin to send
	marginFixed   = 1.5   // standard deviations of what others send while an answer is on its way, not spent either
	marginSliding = 2.7   // the same when the window slides: then too little may be left at any moment, not only at the window's end
	answerAge     = 500 * time.Millisecond
)

// Attempt is one HTTP try that has left.
type Attempt struct {
	seq int64     // attempts are numbered in the order in which they leave
	at  time.Time // when it left
}

// window is what the answers say about Kustomer's rate limit: how much is left, when the window ends, and how fast
// others spend it. Kustomer does not document the window's bounds (kustomer-api.md 18, 6), so they are learned.
// When a fixed window begins, what remains jumps up. Before the first jump the end is taken to be a minute after
// the first answer, the latest that it can be, or sooner when a header says so. When no jump comes there, the window
// slides: each request is given back a minute after it was made. A jump that no sliding window can make means that
// the window is a fixed one after all.
type window struct {
	limit         int
	remaining     int       // after the attempt seq
	seq           int64     // the newest attempt that was answered
	sent          time.Time // when that one left
	at            time.Time // when its answer came; zero until an answer says what remains
	first         int64     // the first attempt of this window
	opened        time.Time // when its answer came
	end           time.Time // when a fixed window ends, at the latest
	sliding       bool      // there is no end
	endSeen       bool      // a new window was seen to begin, so end is not only assumed or read from a header
	endFromHeader bool      // end is what x-ratelimit-reset says
	resetWrong    bool      // what x-ratelimit-reset said was wrong
	others        otherTraffic
	before429     *window // the window before the 429s that came since the last good answer with a remaining; see check429
}

// known reports whether an answer has said the limit.
func (w *window) known() bool { return w.limit > 0 }

// counted reports whether an answer has said what remains of it.
func (w *window) counted() bool { return !w.at.IsZero() }

// observe takes in the headers of the answer to a, when own requests of this run were made in the last minute. An
// answer to an older attempt than the newest one says nothing new of what remains.
func (w *window) observe(a Attempt, now time.Time, r Rates, own int) {
	if r.Limit > 0 {
		w.limit = r.Limit
	}
	if r.Remaining < 0 || !w.known() || a.seq <= w.seq {
		return
	}
	switch {
	case !w.counted():
		w.end = now.Add(windowLength)
		w.open(a, now)
	case w.isNew(a, r.Remaining, own):
		w.startNew(a, now)
	case a.at.After(w.end.Add(lateWindow)):
		w.noNewWindow()
	}
	if end := now.Add(r.Reset); r.Reset > 0 && !w.resetWrong && !w.endSeen && end.Before(w.end) {
		w.end, w.endFromHeader = end, true
	}
	w.seq, w.remaining, w.sent, w.at = a.seq, r.Remaining, a.at, now
	w.others.observe(now, w.usedByOthers(own))
}

// isNew reports whether the answer to a is the first of a new window: remaining jumps up, to more than a sliding
// window would leave after so many own requests. Where these are too few to tell, it must jump by a quarter of
// the limit; or a new window must be due, and nearly all remain.
func (w *window) isNew(a Attempt, remaining, own int) bool {
	slack, rise := 3+w.limit/50, remaining-w.remaining
	if w.sliding || own > 2*slack && !a.at.After(w.end) {
		return rise > slack && remaining > w.limit-own+slack
	}
	full := remaining >= w.limit-slack-int(w.others.usual*a.at.Sub(w.at).Seconds())
	return rise > w.limit/4 || full && (rise > slack || a.at.After(w.end))
}

// startNew starts a new window, which an answer of now is the first to show. The window began by now, and after the
// newest attempt of the window before had left. It ends at the latest a window's length after the end of the one
// before; not where that end came from a header, which may be too early.
func (w *window) startNew(a Attempt, now time.Time) {
	end := now.Add(windowLength)
	switch {
	case w.sliding:
		w.others = otherTraffic{}
	case !w.endFromHeader:
		next := w.end.Add(windowLength)
		for !next.After(now) {
			next = next.Add(windowLength)
		}
		end = earlier(end, next)
	}
	w.end = later(end, w.sent.Add(windowLength))
	w.sliding, w.endSeen, w.endFromHeader = false, true, false
	w.open(a, now)
}

func (w *window) open(a Attempt, now time.Time) {
	w.first, w.opened = a.seq, now
	w.others.restart()
}

// noNewWindow takes in that no window began where one should have.
func (w *window) noNewWindow() {
	switch {
	case w.sliding:
	case w.endFromHeader:
		w.resetWrong, w.endFromHeader = true, false
		w.end = w.opened.Add(windowLength)
	default:
		w.sliding, w.endSeen = true, false
		w.others = otherTraffic{}
		w.others.restart()
	}
}

// assumeNew takes in a good answer to a without a remaining. When the window was over as a left, a new one is assumed
// to have begun with a. Otherwise a limit that only a 429 names would seem used up for ever.
func (w *window) assumeNew(a Attempt, now time.Time) {
	if !w.counted() || w.sliding || a.seq <= w.seq || !a.at.After(w.end) {
		return
	}
	w.end, w.endSeen, w.endFromHeader = now.Add(windowLength), false, false
	w.others = otherTraffic{}
	w.open(a, now)
	w.seq, w.remaining, w.sent, w.at = a.seq, w.limit-1, a.at, now
}

// skip takes in that a never reached Kustomer, so that no answer is awaited.
func (w *window) skip(a Attempt) {
	if a.seq > w.seq {
		w.seq++
		w.first++
	}
}

// usedByOthers is what others have spent when the newest answered attempt came in: of this window, or, when it
// slides, of the last minute. Attempts reach Kustomer nearly in the order in which they leave.
func (w *window) usedByOthers(own int) int {
	if !w.sliding {
		own = int(w.seq - w.first + 1)
	}
	return w.limit - w.remaining - own
}

// exhaust takes in a 429: nothing is left before until.
func (w *window) exhaust(until time.Time) {
	w.remaining = 0
	if !w.endSeen && !w.sliding {
		w.end = until
	}
}

// over reports whether the window should have ended, so that what is known of it is old.
func (w *window) over(now time.Time) bool { return !w.sliding && !now.Before(w.end) }

// ahead is the time over which what is left is spread.
func (w *window) ahead(now time.Time) time.Duration {
	switch {
	case w.sliding:
		return lookAheadSliding
	case w.over(now):
		return lookAheadOverdue
	}
	return max(w.end.Sub(now), time.Second)
}

// left is how many requests may still be sent over the time ahead, when pending attempts are not answered and the
// window gives back requests: without what others are expected to send until then, and without a margin.
func (w *window) left(now time.Time, pending, back int) float64 {
	span := now.Add(w.ahead(now)).Sub(w.at)
	return float64(w.remaining-pending+back) - w.margin() - w.others.expect(span, w.sliding)
}

// margin is how many requests are never spent, because others may have sent more than usual while the newest answer
// was on its way. Where the window slides, how many requests they are given back is uncertain as well.
func (w *window) margin() float64 {
	rate, sure := max(w.others.usual, w.others.recent), marginFixed
	if w.sliding {
		rate, sure = 2*float64(max(w.others.used, 0))/windowLength.Seconds(), marginSliding
	}
	return 1 + marginShare*float64(w.limit) + sure*math.Sqrt(rate*answerAge.Seconds())
}
