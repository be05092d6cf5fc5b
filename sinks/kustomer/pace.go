package kustomer

import "time"

const (
	burst       = 2 * time.Second        // what may be sent at once after a rest, in time at the even rate
	burstTight  = 200 * time.Millisecond // the same where every moment is as tight as a window's last one
	trickle     = time.Second            // between requests that are sent to see what others do
	mostCredit  = 30 * time.Second
	doubleSpeed = 6 * time.Second // of credit make the pace twice the even one
)

// pace spreads requests over what is left.
type pace struct {
	due     time.Time     // of the next request
	last    time.Time     // when one was spread last
	starved bool          // others leave less than the share
	credit  time.Duration // how far they have put this run behind the even pace; it may catch up when they rest
}

// calm lets no burst follow.
func (s *pace) calm(now time.Time) { s.due, s.credit = later(s.due, now), 0 }

// paceWait spreads requests evenly over what is left of the window. open counts what is under way, held
// the part of it that has not left.
func (p *pacer) paceWait(now time.Time, open, held int) time.Duration {
	if d := p.shareWait(now, open); d > 0 || !p.window.known() {
		return d
	}
	interval, ok := p.interval(now, held)
	if !ok {
		return p.starvedWait(now, held)
	}
	p.pace.due = earlier(p.pace.due, now.Add(interval))
	return p.pace.due.Sub(now)
}

// starvedWait is the wait when nothing is left. As long as it is only feared that others will take what
// is there, a request now and then sees what they do; and one finds out about the next window, or whether a
// 429 has told rightly when to come again.
func (p *pacer) starvedWait(now time.Time, held int) time.Duration {
	w, next := &p.window, p.pace.last.Add(trickle)
	switch {
	case p.hasty && p.probe != noProbe:
		return 0
	case w.slides && p.spent.leaving(now, glimpse+trickle) > 0:
		return meterStep
	case w.slides:
		return next.Sub(now)
	case w.over(now) && p.pace.last.Before(w.end):
		return 0
	case w.over(now), w.remaining-p.pending(held) > int(w.kept()):
		return next.Sub(now)
	}
	return w.end.Sub(now)
}

// interval is the time between two requests that are spread evenly; false when nothing is left.
func (p *pacer) interval(now time.Time, held int) (time.Duration, bool) {
	even := p.share * float64(p.window.limit) / windowLength.Seconds()
	rate := even
	if p.window.counted() {
		ahead := p.window.ahead(now)
		left := p.window.left(now, p.pending(held), p.back(now, ahead))
		rate = left / ahead.Seconds()
		p.pace.starved = rate < even
		if left < 1 {
			return 0, false
		}
	}
	most := even * (1 + min(1, p.pace.credit.Seconds()/doubleSpeed.Seconds()))
	return time.Duration(float64(time.Second) / min(rate, most)), true
}

// pending counts the attempts that no answer has told about, and the places held.
func (p *pacer) pending(held int) int { return int(p.seq-p.window.seq) + held }

// back is what a sliding window gives back between its newest answer and a time ahead.
func (p *pacer) back(now time.Time, ahead time.Duration) int {
	if !p.window.slides {
		return 0
	}
	return p.spent.gone(now) - p.gone + p.spent.leaving(now, ahead)
}

// step moves on by one request.
func (p *pacer) step(now time.Time, held int) {
	s := &p.pace
	gap := now.Sub(s.last)
	s.last = now
	if !p.window.known() {
		return
	}
	even := time.Duration(float64(windowLength) / (p.share * float64(p.window.limit)))
	if behind := min(gap, trickle) - even; s.starved || behind < 0 {
		s.credit = min(max(s.credit+behind, 0), mostCredit)
	}
	rest := burst
	if s.starved && p.window.slides {
		rest = burstTight
	}
	if interval, ok := p.interval(now, held); ok {
		s.due = later(s.due, now.Add(-rest)).Add(interval)
	}
}
