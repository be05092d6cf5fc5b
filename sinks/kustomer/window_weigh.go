package kustomer

import "time"

// weigh compares what a 429 and the answers around it say of the window. A 429 says that nothing remains. The
// next good answer bears that out, or it goes on where the answers before the 429 had come to: then the 429 was
// of another limit, one of an object (kustomer-api.md 2.3) or of what stands before Kustomer, and what it told
// is forgotten. Else others would seem to have spent all that remained, and to go on like that.
func (w *window) weigh(f flight, r reply) {
	switch before := w.before; {
	case r.limited && r.rates.remaining <= 0 && w.counted() && before == nil:
		known := *w
		w.before = &known
	case r.good && r.rates.remaining >= 0 && before != nil:
		w.before = nil
		if before.goesOn(f, r.rates.remaining) {
			*w = *before
		}
	}
}

// goesOn reports whether the answer to f, of which the window knows nothing yet, shows the same window, and
// that it was not used up meanwhile: a good part of the limit remains, about as much as was to be expected.
func (w *window) goesOn(f flight, remaining int) bool {
	since := f.at.Sub(w.at)
	if w.over(f.at) || since >= windowLength || remaining <= w.limit/4 {
		return false
	}
	slack, rise := 3+w.limit/50, remaining-w.remaining
	spent, back := int(f.seq-w.seq)+int(w.others.expect(since, w.slides)), 0
	if w.slides {
		back = int(float64(w.limit) * since.Seconds() / windowLength.Seconds())
	}
	return -rise <= spent+slack && rise <= back+slack
}

// bounds reports whether the window is known to end later than now, and when at the latest: it is not only told.
func (w *window) bounds(now time.Time) bool { return !w.slides && !w.told && !w.over(now) }

// hastens reports whether the headers of a 429 tell how long to wait, and that it is not until the window's
// end: a Retry-After, which is the server's own word, or an x-ratelimit-reset that has told no untruth and
// names an end well before the one that was learned.
func (w *window) hastens(r rates, now time.Time) bool {
	if r.retryAfter > 0 && r.retryAfter >= r.reset {
		return true
	}
	return r.reset > 0 && !w.lies && !w.slides && now.Add(r.reset+resetGrain).Before(w.end)
}
