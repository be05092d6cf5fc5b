package kustomer

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// world is a Kustomer in virtual time: it counts the requests of a window, ours and those of others.
type world struct {
	now     time.Time
	limit   int
	sliding bool
	reset   bool    // tells x-ratelimit-reset
	others  float64 // share of the limit that others use
	phase   time.Duration
	rng     *rand.Rand

	windowAt    time.Time
	used        int
	recent      []time.Time // accepted, for the sliding window
	othersNext  time.Time
	mine        []time.Time // ours that were accepted
	refused     int
	othersShut  int // calls of others that were refused
	othersTotal int
}

// answerAt is an answer on its way back.
type answerAt struct {
	at time.Time
	f  flight
	r  reply
}

// serve decides on one request.
func (w *world) serve(at time.Time) (ok bool, remaining int) {
	if w.sliding {
		for len(w.recent) > 0 && at.Sub(w.recent[0]) >= windowLength {
			w.recent = w.recent[1:]
		}
		if len(w.recent) >= w.limit {
			return false, 0
		}
		w.recent = append(w.recent, at)
		return true, w.limit - len(w.recent)
	}
	if at.Sub(w.windowAt) >= windowLength {
		w.windowAt = w.windowAt.Add(at.Sub(w.windowAt).Truncate(windowLength))
		w.used = 0
	}
	if w.used >= w.limit {
		return false, 0
	}
	w.used++
	return true, w.limit - w.used
}

// othersUntil lets the others send what they send until at.
func (w *world) othersUntil(at time.Time) {
	if w.others == 0 {
		return
	}
	rate := w.others * float64(w.limit) / windowLength.Seconds()
	for w.othersNext.Before(at) {
		w.othersTotal++
		if ok, _ := w.serve(w.othersNext); !ok {
			w.othersShut++
		}
		w.othersNext = w.othersNext.Add(time.Duration(w.rng.ExpFloat64() / rate * float64(time.Second)))
	}
}

// ask sends one request of ours at now and returns its answer. It reaches Kustomer halfway.
func (w *world) ask(f flight) answerAt {
	latency := time.Duration(100+w.rng.IntN(200)) * time.Millisecond
	at := f.at.Add(latency / 2)
	w.othersUntil(at)
	ok, remaining := w.serve(at)
	r := reply{rates: rates{limit: w.limit, remaining: remaining}, good: ok, limited: !ok}
	if w.reset {
		r.rates.reset = (windowLength - at.Sub(w.windowAt)).Truncate(time.Second) + resetGrain
	}
	if ok {
		w.mine = append(w.mine, at)
	} else {
		w.refused++
	}
	return answerAt{at: f.at.Add(latency), f: f, r: r}
}

// run loads as fast as the pacer allows for a time, with as many workers.
func (w *world) run(p *pacer, span time.Duration, workers int) {
	start := w.now
	w.windowAt = w.now.Add(-w.phase)
	w.othersNext = w.now
	var back []answerAt
	for w.now.Sub(start) < span {
		next := w.now.Add(time.Second)
		if len(back) < workers {
			wait := p.flyWait(w.now)
			if wait <= 0 {
				back = append(back, w.ask(p.fly(w.now, false)))
				slices.SortFunc(back, func(a, b answerAt) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
				continue
			}
			next = earlier(next, w.now.Add(wait))
		}
		if len(back) > 0 && !back[0].at.After(next) {
			w.now = back[0].at
			p.settle(back[0].f, w.now, back[0].r)
			back = back[1:]
			continue
		}
		w.now = next
	}
}

// worst is the largest number of our accepted requests in any minute.
func (w *world) worst() int {
	worst, tail := 0, 0
	slices.SortFunc(w.mine, time.Time.Compare)
	for head := range w.mine {
		for w.mine[head].Sub(w.mine[tail]) >= windowLength {
			tail++
		}
		worst = max(worst, head-tail+1)
	}
	return worst
}

func TestPacerSharesTheLimit(t *testing.T) {
	for _, tc := range []struct {
		share, others float64
		limit         int
		sliding       bool
		reset         bool
		use           float64 // of what the budget, or the others, leave
		refused       float64 // our 429s per 1,000, at most
		shut          float64 // share of others' calls that fail, at most
	}{
		{share: 0.8, limit: 1000, use: 0.97},
		{share: 0.8, limit: 1000, others: 0.2, use: 0.96, refused: 0.5, shut: 0.01},
		{share: 0.8, limit: 1000, others: 0.5, use: 0.95, refused: 1, shut: 0.01},
		{share: 1, limit: 1000, use: 0.97},
		{share: 1, limit: 1000, reset: true, use: 0.97},
		{share: 1, limit: 1000, reset: true, others: 0.5, use: 0.95, refused: 1, shut: 0.01},
		{share: 1, limit: 1000, others: 0.2, use: 0.95, refused: 1, shut: 0.01},
		{share: 1, limit: 2000, others: 0.5, use: 0.94, refused: 1, shut: 0.01},
		{share: 0.5, limit: 300, use: 0.96},
		{share: 0.05, limit: 300, use: 0.9},
		{share: 0.8, limit: 1000, sliding: true, use: 0.97},
		{share: 0.8, limit: 1000, sliding: true, others: 0.5, use: 0.9, refused: 2, shut: 0.02},
	} {
		name := fmt.Sprintf("share %g, limit %d, others %g, sliding %t, reset %t", tc.share, tc.limit, tc.others, tc.sliding, tc.reset)
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(2) {
				rng := rand.New(rand.NewPCG(seed, 1))
				w := &world{now: time.Unix(1e9, 0), limit: tc.limit, others: tc.others, sliding: tc.sliding, reset: tc.reset,
					rng: rng, phase: time.Duration(rng.Int64N(int64(windowLength)))}
				const minutes = 12
				w.run(newPacer(tc.share), minutes*time.Minute, 16)
				limit := float64(tc.limit)
				leave := min(tc.share, 1-tc.others) * limit * minutes
				use := float64(len(w.mine)) / leave
				refused := 1000 * float64(w.refused) / float64(len(w.mine))
				shut := float64(w.othersShut) / float64(max(w.othersTotal, 1))
				t.Logf("use %.3f, refused %.2f per 1,000, others shut out %.4f, worst minute %d", use, refused, shut, w.worst())
				if use < tc.use || refused > tc.refused || shut > tc.shut {
					t.Errorf("want use of at least %.3f, at most %.2f refused, %.4f shut out", tc.use, tc.refused, tc.shut)
				}
				if worst := w.worst(); worst > int(tc.share*limit) {
					t.Errorf("%d requests in a minute, above the share of %g", worst, tc.share*limit)
				}
			}
		})
	}
}

// What flies without a place may overtake those that hold one, but never makes a minute see too much.
func TestPacerKeepsTheShareWhenPlacesAreOvertaken(t *testing.T) {
	now := time.Unix(1e9, 0)
	p := newPacer(0.5)
	good := reply{rates: rates{limit: 20, remaining: 20}, good: true}
	p.settle(p.fly(now, false), now, good)
	for range 9 {
		for p.reserveWait(now) > 0 {
			now = now.Add(p.reserveWait(now))
		}
		p.reserve(now)
	}
	for range 5 { // look-ups
		for p.flyWait(now) > 0 {
			now = now.Add(p.flyWait(now))
		}
		p.settle(p.fly(now, false), now, good)
	}
	flown := 0
	for p.heldWait(now) <= 0 && flown < 9 {
		p.settle(p.fly(now, true), now, good)
		flown++
	}
	if recent := p.spent.count(now); recent != 10 || flown == 9 {
		t.Errorf("%d of 9 places were used, %d requests in a minute; want 10", flown, recent)
	}
}
