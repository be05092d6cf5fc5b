package pace

import (
	"cmp"
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/pace/pacetest"
)

// answerAt is an answer on its way back.
type answerAt struct {
	sent, at time.Time
	attempt  Attempt
	reply    Reply
}

// run loads as fast as the pacer allows for a time, with as many workers.
func run(w *pacetest.Server, p *pacer, span time.Duration, workers int) {
	p.jitter = func(d time.Duration) time.Duration { return time.Duration(w.Jitter.Int64N(int64(d))) }
	var there, back []answerAt // on the way to the server, in the order of arrival, and on the way back
	order := func(a, b answerAt) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) }
	put := func(list []answerAt, a answerAt) []answerAt {
		i, _ := slices.BinarySearchFunc(list, a, order)
		return slices.Insert(list, i, a)
	}
	for w.Now.Sub(w.Start) < span {
		next := w.Now.Add(time.Second)
		if len(there)+len(back) < workers {
			wait := p.startWait(w.Now)
			if wait <= 0 {
				half := w.Latency() / 2
				there = put(there, answerAt{sent: w.Now, at: w.Now.Add(half), attempt: p.start(w.Now, false)})
				continue
			}
			next = earlier(next, w.Now.Add(wait))
		}
		if len(there) > 0 && !there[0].at.After(next) && (len(back) == 0 || !there[0].at.After(back[0].at)) {
			a := there[0]
			there = there[1:]
			w.Now = a.at
			a.reply = replyOf(w.Ask(a.at))
			a.at = a.at.Add(w.Latency() / 2)
			back = put(back, a)
			continue
		}
		if len(back) > 0 && !back[0].at.After(next) {
			w.Now = back[0].at
			p.settle(back[0].attempt, w.Now, back[0].reply)
			back = back[1:]
			continue
		}
		w.Now = next
	}
}

// replyOf is what the client reads from the headers of an answer.
func replyOf(a pacetest.Answer) Reply {
	r := Reply{Rates: Rates{Limit: a.Limit, Remaining: a.Remaining}, Good: !a.Refused, Limited: a.Refused}
	if a.Reset > 0 {
		r.Rates.Reset = clampPause(a.Reset)
	}
	return r
}
