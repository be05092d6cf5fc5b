package kustomer

import (
	"math"
	"time"
)

const (
	resetGrain = 2 * time.Second // x-ratelimit-reset and Date are in whole seconds: a reset may seem so much later
	reserve    = 0.01            // share of the limit that is never spent: it covers what the forecast misses
	shortSight = 2 * time.Second // how far ahead is planned once a window lasts longer than was thought
)

// flight is one attempt on its way.
type flight struct {
	seq int64     // attempts are numbered in the order in which they leave
	at  time.Time // when it left
}

// window is what the answers have told about Kustomer's rate limit: how much is left, when the window
// ends, and how fast others spend it. Nobody documents the window's bounds (kustomer-api.md 18, 6), so
// they are learned: remaining jumps up when a window begins. Before the first jump the end is taken to
// be a minute after the first answer, the latest that it can be; a jump that does not come there means
// a sliding window, or one of another length, and planning goes on by what the latest answer says is left.
type window struct {
	limit     int
	remaining int       // after the attempt seq
	seq       int64     // the newest attempt that an answer told about
	first     int64     // the first attempt of this window
	end       time.Time // when the window ends, at the latest
	others    others
}

// known reports whether an answer has told a limit.
func (w *window) known() bool { return w.limit > 0 }

// observe takes in the headers of the answer to f. Answers that overtook it have told newer news.
func (w *window) observe(f flight, now time.Time, r rates) {
	if r.limit > 0 {
		w.limit = r.limit
	}
	if r.remaining < 0 || !w.known() || f.seq <= w.seq {
		return
	}
	if w.begins(f, now, r.remaining) {
		w.begin(f, now)
	}
	if r.reset > 0 && r.reset <= windowLength+resetGrain {
		if end := now.Add(r.reset); w.over(now) || end.Before(w.end) {
			w.end = end
		}
	}
	w.seq, w.remaining = f.seq, r.remaining
	w.others.observe(now, w.usedByOthers())
}

// begins reports whether the answer to f is the first of a new window: remaining jumped up to nearly
// all of the limit, or by a good part of it; or it is due, and too little was spent for a jump.
func (w *window) begins(f flight, now time.Time, remaining int) bool {
	if w.end.IsZero() {
		return true
	}
	slack := 3 + w.limit/50
	full := w.limit - slack - int(w.others.since(now))
	switch rise := remaining - w.remaining; {
	case rise > w.limit/4:
		return true
	case rise > slack, f.at.After(w.end):
		return remaining >= full
	}
	return false
}

// begin starts a new window, which an answer of now is the first to show. It began by now; and if the
// last one ended where it was thought to, this one ends a window's length after it.
func (w *window) begin(f flight, now time.Time) {
	end := now.Add(windowLength)
	if !w.end.IsZero() {
		next := w.end.Add(windowLength)
		for !next.After(now) {
			next = next.Add(windowLength)
		}
		end = earlier(end, next)
	}
	w.end, w.first = end, f.seq
	w.others.restart(now)
}

// skip says that f never reached Kustomer, so that it is not awaited.
func (w *window) skip(f flight) {
	if f.seq > w.seq {
		w.seq++
		w.first++
	}
}

// usedByOthers is what others have spent of the window when attempt seq came in. Attempts reach
// Kustomer nearly in the order in which they leave.
func (w *window) usedByOthers() int {
	return w.limit - w.remaining - int(w.seq-w.first+1)
}

// exhaust says that a 429 was seen: nothing is left before until.
func (w *window) exhaust(until time.Time) {
	w.remaining, w.end = 0, until
}

// over reports whether the window should have ended, so that what is known of it is old.
func (w *window) over(now time.Time) bool { return !now.Before(w.end) }

// ahead is the time over which what is left is spread.
func (w *window) ahead(now time.Time) time.Duration {
	if w.over(now) {
		return shortSight
	}
	return max(w.end.Sub(now), time.Second)
}

// left is what may still be sent before the window ends when so many attempts are on their way that no
// answer has told about: a part is kept back, and what others are expected to take.
func (w *window) left(now time.Time, pending int) float64 {
	kept := math.Ceil(reserve * float64(w.limit))
	return float64(w.remaining-pending) - kept - w.others.rate*w.ahead(now).Seconds()
}

// others estimates how many requests a second everybody else sends: quick to rise, slow to fall.
type others struct {
	rate  float64
	fresh bool // the next observation only sets the mark
	used  int  // of this window, at the mark
	at    time.Time
}

const (
	othersEvery = 2 * time.Second // between two samples
	othersRise  = 0.5             // weight of a sample above the estimate
	othersFall  = 0.15            // weight of one below
)

func (o *others) restart(now time.Time) { o.fresh, o.at = true, now }

func (o *others) observe(now time.Time, used int) {
	if o.fresh {
		o.fresh, o.used, o.at = false, used, now
		return
	}
	elapsed := now.Sub(o.at)
	if elapsed < othersEvery {
		return
	}
	seen := max(float64(used-o.used)/elapsed.Seconds(), 0)
	weight := othersFall
	if seen > o.rate {
		weight = othersRise
	}
	o.rate += weight * (seen - o.rate)
	o.used, o.at = used, now
}

// since is how many requests others are thought to have sent since the mark.
func (o *others) since(now time.Time) float64 { return o.rate * now.Sub(o.at).Seconds() }
