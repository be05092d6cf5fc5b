package pace

import "time"

const (
	burst           = 2 * time.Second        // what may be sent at once after a rest: as much as the even rate sends in this time
	burstTight      = 200 * time.Millisecond // the same where others leave less than the share and the window slides
	starvedInterval = time.Second            // between requests that are sent, when nothing seems left, to see what others do
	mostCredit      = 30 * time.Second
	doubleSpeed     = 6 * time.Second // this much credit doubles the even rate
)

// schedule spreads requests evenly over time.
type schedule struct {
	due     time.Time     // of the next request
	last    time.Time     // when the last one was scheduled
	starved bool          // others leave less than the share
	credit  time.Duration // how far this run is behind the even rate because of them; it may catch up when they send less
}

// noBurst forgets a rest before now, which would allow a burst.
func (s *schedule) noBurst(now time.Time) { s.due, s.credit = later(s.due, now), 0 }

// spreadWait is the wait that spreads requests evenly over what is left of the window. open counts the requests
// under way or reserved, held those of them that are only reserved.
func (p *pacer) spreadWait(now time.Time, open, held int) time.Duration {
	if d := p.shareWait(now, open); d > 0 || !p.window.known() {
		return d
	}
	interval, ok := p.interval(now, held)
	if !ok {
		return p.starvedWait(now, held)
	}
	p.schedule.due = earlier(p.schedule.due, now.Add(interval))
	return p.schedule.due.Sub(now)
}

// starvedWait is the wait when nothing is left. While something remains, and is only kept for what others may send,
// a request every starvedInterval finds out what they do. One request also finds out whether the next window has
// begun, or whether a 429 has said rightly when to come again.
func (p *pacer) starvedWait(now time.Time, held int) time.Duration {
	w, next := &p.window, p.schedule.last.Add(starvedInterval)
	switch {
	case p.trialEarly && p.trial != noTrial:
		return 0
	case w.sliding && p.ended.forgottenWithin(now, lookAheadSliding+starvedInterval) > 0:
		return meterStep
	case w.sliding:
		return next.Sub(now)
	case w.over(now) && p.schedule.last.Before(w.end):
		return 0
	case w.over(now), w.remaining-p.pending(held) > int(w.margin()):
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
		left := p.window.left(now, p.pending(held), p.givenBack(now, ahead))
		rate = left / ahead.Seconds()
		p.schedule.starved = rate < even
		if left < 1 {
			return 0, false
		}
	}
	most := even * (1 + min(1, p.schedule.credit.Seconds()/doubleSpeed.Seconds()))
	return time.Duration(float64(time.Second) / min(rate, most)), true
}

// pending counts the attempts newer than the window's newest answer, and held reserved places.
func (p *pacer) pending(held int) int { return int(p.seq-p.window.seq) + held }

// givenBack is how many requests a sliding window gives back from its newest answer until ahead from now.
func (p *pacer) givenBack(now time.Time, ahead time.Duration) int {
	if !p.window.sliding {
		return 0
	}
	return p.ended.allForgotten(now) - p.forgotten + p.ended.forgottenWithin(now, ahead)
}

// advance schedules one request; held places are reserved before it.
func (p *pacer) advance(now time.Time, held int) {
	s := &p.schedule
	gap := now.Sub(s.last)
	s.last = now
	if !p.window.known() {
		return
	}
	even := time.Duration(float64(windowLength) / (p.share * float64(p.window.limit)))
	if behind := min(gap, starvedInterval) - even; s.starved || behind < 0 {
		s.credit = min(max(s.credit+behind, 0), mostCredit)
	}
	rest := burst
	if s.starved && p.window.sliding {
		rest = burstTight
	}
	if interval, ok := p.interval(now, held); ok {
		s.due = later(s.due, now.Add(-rest)).Add(interval)
	}
}
