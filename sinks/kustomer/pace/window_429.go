package pace

import "time"

// check429 compares what a 429 says of the window with the next good answer. A 429 says that nothing remains. When the
// next good answer shows about as much as before the 429, then the 429 was about another limit, that of an
// object (kustomer-api.md 2.3) or of a proxy before Kustomer, and what it said is forgotten. Otherwise others would seem
// to have spent all that remained, and to go on like that.
func (w *window) check429(a Attempt, r Reply) {
	switch before := w.before429; {
	case r.Limited && r.Rates.Remaining <= 0 && w.counted() && before == nil:
		known := *w
		w.before429 = &known
	case r.Good && r.Rates.Remaining >= 0 && before != nil:
		w.before429 = nil
		if before.continues(a, r.Rates.Remaining) {
			*w = *before
		}
	}
}

// continues reports whether the answer to a, which the window has not taken in, shows the same window, not used up
// meanwhile: more than a quarter of the limit remains, about as much as was to be expected.
func (w *window) continues(a Attempt, remaining int) bool {
	since := a.at.Sub(w.at)
	if w.over(a.at) || since >= windowLength || remaining <= w.limit/4 {
		return false
	}
	slack, rise := 3+w.limit/50, remaining-w.remaining
	spent, back := int(a.seq-w.seq)+int(w.others.expect(since, w.sliding)), 0
	if w.sliding {
		back = int(float64(w.limit) * since.Seconds() / windowLength.Seconds())
	}
	return -rise <= spent+slack && rise <= back+slack
}

// endKnown reports whether the window ends after now, at an end that does not come from a header.
func (w *window) endKnown(now time.Time) bool { return !w.sliding && !w.endFromHeader && !w.over(now) }

// endsSooner reports whether the headers of a 429 name a wait that ends before the window: a Retry-After, which the
// server computes for this answer, or an x-ratelimit-reset that was never wrong and names an end well before the one
// that was learned.
func (w *window) endsSooner(r Rates, now time.Time) bool {
	if r.RetryAfter > 0 && r.RetryAfter >= r.Reset {
		return true
	}
	return r.Reset > 0 && !w.resetWrong && !w.sliding && now.Add(r.Reset+resetGrain).Before(w.end)
}
