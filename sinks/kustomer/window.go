package kustomer

import (
	"math"
	"time"
)

const (
	resetGrain = 2 * time.Second        // x-ratelimit-reset and Date are in whole seconds: a reset may seem so much later
	lateWindow = time.Second            // a window that is later than this behind its end does not come
	shortSight = 2 * time.Second        // how far ahead is planned when a window should be over and is not
	glimpse    = 600 * time.Millisecond // the same when the window slides: its answers are all that can be planned by

	keptShare   = 0.002 // of the limit is never spent: it covers the bad luck of others' beginning
	keptFixed   = 1.5   // standard deviations of what others do meanwhile, which are not spent either
	keptSliding = 2.7   // the same when the window slides: then every moment is as tight as a window's last one
	meanwhile   = 500 * time.Millisecond
)

// flight is one attempt on its way.
type flight struct {
	seq int64     // attempts are numbered in the order in which they leave
	at  time.Time // when it left
}

// window is what the answers have told about Kustomer's rate limit: how much is left, when the window
// ends, and how fast others spend it. Nobody documents the window's bounds (kustomer-api.md 18, 6), so
// they are learned. Remaining jumps up when a fixed window begins. Before the first jump the end is taken
// to be a minute after the first answer, the latest that it can be, or sooner when a header says so. A
// jump that does not come there means that the window slides: each request is given back a minute after
// it was made. A jump that no sliding window can make says that it is a fixed one after all.
type window struct {
	limit     int
	remaining int       // after the attempt seq
	seq       int64     // the newest attempt that an answer told about
	sent      time.Time // when that one left
	at        time.Time // when its answer came; zero as long as no answer has told what remains
	first     int64     // the first attempt of this window
	opened    time.Time // when its answer came
	end       time.Time // when a fixed window ends, at the latest
	slides    bool      // there is no end
	jumped    bool      // the end was seen to come, and is not only thought or told
	told      bool      // the end is what x-ratelimit-reset says
	lies      bool      // what it said was wrong
	others    others
	before    *window // what was known before the 429s since the last good answer that told what remains
}

// known reports whether an answer has told a limit.
func (w *window) known() bool { return w.limit > 0 }

// counted reports whether an answer has told what remains of it.
func (w *window) counted() bool { return !w.at.IsZero() }

// observe takes in the headers of the answer to f, when the last minute saw so many own requests.
// Answers that overtook it have told newer news.
func (w *window) observe(f flight, now time.Time, r rates, own int) {
	if r.limit > 0 {
		w.limit = r.limit
	}
	if r.remaining < 0 || !w.known() || f.seq <= w.seq {
		return
	}
	switch {
	case !w.counted():
		w.end = now.Add(windowLength)
		w.open(f, now)
	case w.begins(f, r.remaining, own):
		w.begin(f, now)
	case f.at.After(w.end.Add(lateWindow)):
		w.miss()
	}
	if end := now.Add(r.reset); r.reset > 0 && !w.lies && !w.jumped && end.Before(w.end) {
		w.end, w.told = end, true
	}
	w.seq, w.remaining, w.sent, w.at = f.seq, r.remaining, f.at, now
	w.others.observe(now, w.usedByOthers(own))
}

// begins reports whether the answer to f is the first of a new window: remaining jumps up, to more than a
// sliding window would leave after so many own requests. Where these are too few to tell, it jumps by a
// good part of the limit; or a new window is due, and nearly all remains.
func (w *window) begins(f flight, remaining, own int) bool {
	slack, rise := 3+w.limit/50, remaining-w.remaining
	if w.slides || own > 2*slack && !f.at.After(w.end) {
		return rise > slack && remaining > w.limit-own+slack
	}
	full := remaining >= w.limit-slack-int(w.others.usual*f.at.Sub(w.at).Seconds())
	return rise > w.limit/4 || full && (rise > slack || f.at.After(w.end))
}

// begin starts a new window, which an answer of now is the first to show. It began by now, and after the
// attempt had left that showed the last one; and if that one ended where it was thought to, at the latest,
// this one ends a window's length after it. What a header told is no such bound: it may be early.
func (w *window) begin(f flight, now time.Time) {
	end := now.Add(windowLength)
	switch {
	case w.slides:
		w.others = others{}
	case !w.told:
		next := w.end.Add(windowLength)
		for !next.After(now) {
			next = next.Add(windowLength)
		}
		end = earlier(end, next)
	}
	w.end = later(end, w.sent.Add(windowLength))
	w.slides, w.jumped, w.told = false, true, false
	w.open(f, now)
}

func (w *window) open(f flight, now time.Time) {
	w.first, w.opened = f.seq, now
	w.others.restart()
}

// miss says that no window began where one should have.
func (w *window) miss() {
	switch {
	case w.slides:
	case w.told:
		w.lies, w.told = true, false
		w.end = w.opened.Add(windowLength)
	default:
		w.slides, w.jumped = true, false
		w.others = others{}
		w.others.restart()
	}
}

// assume says that a good answer to f told nothing though the window was over when f left: a new one has
// begun, as far as anybody can know, and f is the first request of it. Else a limit that only a 429 tells
// would seem used up for ever.
func (w *window) assume(f flight, now time.Time) {
	if !w.counted() || w.slides || f.seq <= w.seq || !f.at.After(w.end) {
		return
	}
	w.end, w.jumped, w.told = now.Add(windowLength), false, false
	w.others = others{}
	w.open(f, now)
	w.seq, w.remaining, w.sent, w.at = f.seq, w.limit-1, f.at, now
}

// skip says that f never reached Kustomer, so that it is not awaited.
func (w *window) skip(f flight) {
	if f.seq > w.seq {
		w.seq++
		w.first++
	}
}

// usedByOthers is what others have spent when attempt seq came in: of this window, or, when it slides,
// of the last minute. Attempts reach Kustomer nearly in the order in which they leave.
func (w *window) usedByOthers(own int) int {
	if !w.slides {
		own = int(w.seq - w.first + 1)
	}
	return w.limit - w.remaining - own
}

// exhaust says that a 429 was seen: nothing is left before until.
func (w *window) exhaust(until time.Time) {
	w.remaining = 0
	if !w.jumped && !w.slides {
		w.end = until
	}
}

// over reports whether the window should have ended, so that what is known of it is old.
func (w *window) over(now time.Time) bool { return !w.slides && !now.Before(w.end) }

// ahead is the time over which what is left is spread.
func (w *window) ahead(now time.Time) time.Duration {
	switch {
	case w.slides:
		return glimpse
	case w.over(now):
		return shortSight
	}
	return max(w.end.Sub(now), time.Second)
}

// left is what may still be sent over the time ahead when so many attempts are on their way that no
// answer has told about, and the window gives so many back: what others are expected to take until then
// is not ours, and a little is kept.
func (w *window) left(now time.Time, pending, back int) float64 {
	span := now.Add(w.ahead(now)).Sub(w.at)
	return float64(w.remaining-pending+back) - w.kept() - w.others.expect(span, w.slides)
}

// kept is what is not spent for fear of others: an answer is old when it comes, and they may send more
// meanwhile than they use to. Where the window slides, what they gave back is uncertain as well.
func (w *window) kept() float64 {
	rate, sure := max(w.others.usual, w.others.burst), keptFixed
	if w.slides {
		rate, sure = 2*float64(max(w.others.used, 0))/windowLength.Seconds(), keptSliding
	}
	return 1 + keptShare*float64(w.limit) + sure*math.Sqrt(rate*meanwhile.Seconds())
}
