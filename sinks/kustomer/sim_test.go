package kustomer

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// resets are the habits of servers with x-ratelimit-reset (kustomer-api.md 2.2).
type resets string

const (
	resetNever  resets = "never"
	resetOn429  resets = "on a 429"
	resetAlways resets = "always"
	resetLies   resets = "wrong" // "5 seconds from now", whatever the window does
)

var allResets = []resets{resetNever, resetOn429, resetAlways, resetLies}

// crowd are the others that spend part of the limit.
type crowd struct {
	share  float64       // of the limit, on average
	bursty bool          // for 6 s on average five times as fast, then silent for 24 s on average
	from   time.Duration // they begin so late
}

// String names the crowd in a table.
func (c crowd) String() string {
	if c.bursty {
		return fmt.Sprintf("%g%% in bursts", c.share*100)
	}
	return fmt.Sprintf("%g%%", c.share*100)
}

// world is a Kustomer in virtual time that counts the requests of a window, ours and those of others.
type world struct {
	limit   int
	sliding bool
	lazy    bool // a window begins with the first request after the last one
	reset   resets
	crowd   crowd
	slow    bool          // one answer in a hundred takes 1 to 4 s
	far     time.Duration // every answer takes so much longer

	rng    *rand.Rand
	jitter *rand.Rand // the pacer's chance, so that a seed is always the same run
	start  time.Time
	now    time.Time

	windowAt time.Time   // of the fixed window
	used     int         // of it
	recent   []time.Time // requests that were accepted, of the sliding window
	next     time.Time   // request of others
	flips    time.Time   // when others fall silent, or wake
	silent   bool

	mine, theirs []time.Time // that were accepted
	refused      []time.Time // ours
	shut         int         // of others, that were refused
}

// newWorld returns a world whose windows begin at a random time of the minute.
func newWorld(seed uint64) *world {
	rng := rand.New(rand.NewPCG(seed, 1))
	start := time.Unix(1e9, rng.Int64N(int64(time.Second)))
	return &world{
		limit: 1000, rng: rng, jitter: rand.New(rand.NewPCG(seed, 2)),
		start: start, now: start, windowAt: start.Add(-time.Duration(rng.Int64N(int64(windowLength)))),
	}
}

// serve decides on one request.
func (w *world) serve(at time.Time) (ok bool, remaining int) {
	if w.sliding {
		old := 0
		for old < len(w.recent) && at.Sub(w.recent[old]) >= windowLength {
			old++
		}
		w.recent = w.recent[old:]
		if len(w.recent) >= w.limit {
			return false, 0
		}
		w.recent = append(w.recent, at)
		return true, w.limit - len(w.recent)
	}
	if at.Sub(w.windowAt) >= windowLength {
		w.windowAt = w.windowAt.Add(at.Sub(w.windowAt).Truncate(windowLength))
		if w.lazy {
			w.windowAt = at
		}
		w.used = 0
	}
	if w.used >= w.limit {
		return false, 0
	}
	w.used++
	return true, w.limit - w.used
}

// end is where a server says that the window ends.
func (w *world) end(at time.Time) time.Time {
	if w.sliding && len(w.recent) > 0 {
		return w.recent[0].Add(windowLength)
	}
	return w.windowAt.Add(windowLength)
}

// crowdUntil lets the others send what they send until at.
func (w *world) crowdUntil(at time.Time) {
	if w.crowd.share == 0 {
		return
	}
	if w.next.IsZero() {
		w.next = w.start.Add(w.crowd.from)
		w.flips = w.next
	}
	for w.next.Before(at) {
		rate := w.crowd.share * float64(w.limit) / windowLength.Seconds()
		if w.crowd.bursty {
			rate *= 5
			for !w.next.Before(w.flips) {
				w.silent = !w.silent
				mean := 6.0
				if w.silent {
					mean = 24
					w.next = later(w.next, w.flips)
				}
				w.flips = w.flips.Add(time.Duration(mean * w.rng.ExpFloat64() * float64(time.Second)))
				if w.silent {
					w.next = w.flips
				}
			}
			if !w.next.Before(at) {
				return
			}
		}
		if ok, _ := w.serve(w.next); ok {
			w.theirs = append(w.theirs, w.next)
		} else {
			w.shut++
		}
		w.next = w.next.Add(time.Duration(w.rng.ExpFloat64() / rate * float64(time.Second)))
	}
}

// answerAt is an answer on its way back.
type answerAt struct {
	sent, at time.Time
	f        flight
	r        reply
}

// ask serves a request of ours that arrives at a time.
func (w *world) ask(at time.Time) reply {
	w.crowdUntil(at)
	ok, remaining := w.serve(at)
	if ok {
		w.mine = append(w.mine, at)
	} else {
		w.refused = append(w.refused, at)
	}
	return reply{rates: rates{limit: w.limit, remaining: remaining, reset: w.said(at, !ok)}, good: ok, limited: !ok}
}

// said is what the client reads from the headers about the end of the window. Date is in whole seconds.
func (w *world) said(at time.Time, limited bool) time.Duration {
	if w.reset == resetLies {
		return 5 * time.Second
	}
	if w.reset == resetNever || w.reset == resetOn429 && !limited {
		return 0
	}
	away := w.end(at).Truncate(time.Second).Sub(at.Truncate(time.Second))
	if away <= 0 {
		return 0
	}
	return clampPause(away)
}

// run loads as fast as the pacer allows for a time, with as many workers.
func (w *world) run(p *pacer, span time.Duration, workers int) {
	p.jitter = func(d time.Duration) time.Duration { return time.Duration(w.jitter.Int64N(int64(d))) }
	var there, back []answerAt // on the way to the server, in the order of arrival, and on the way back
	order := func(a, b answerAt) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) }
	put := func(list []answerAt, a answerAt) []answerAt {
		i, _ := slices.BinarySearchFunc(list, a, order)
		return slices.Insert(list, i, a)
	}
	for w.now.Sub(w.start) < span {
		next := w.now.Add(time.Second)
		if len(there)+len(back) < workers {
			wait := p.flyWait(w.now)
			if wait <= 0 {
				half := w.latency() / 2
				there = put(there, answerAt{sent: w.now, at: w.now.Add(half), f: p.fly(w.now, false)})
				continue
			}
			next = earlier(next, w.now.Add(wait))
		}
		if len(there) > 0 && !there[0].at.After(next) && (len(back) == 0 || !there[0].at.After(back[0].at)) {
			a := there[0]
			there = there[1:]
			w.now = a.at
			a.r = w.ask(a.at)
			a.at = a.at.Add(w.latency() / 2)
			back = put(back, a)
			continue
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

func (w *world) latency() time.Duration {
	if w.slow && w.rng.IntN(100) == 0 {
		return time.Duration(1000+w.rng.IntN(3000)) * time.Millisecond
	}
	return w.far + time.Duration(100+w.rng.IntN(200))*time.Millisecond
}

// figures are what loads came to, after they were warm.
type figures struct {
	granted       float64
	limit         int
	mine, refused int
	others, shut  int // requests of others, and those of them that were refused
	worst         int // requests of ours in any minute
}

func (f *figures) add(g figures) {
	f.granted, f.limit = f.granted+g.granted, g.limit
	f.mine, f.refused = f.mine+g.mine, f.refused+g.refused
	f.others, f.shut = f.others+g.others, f.shut+g.shut
	f.worst = max(f.worst, g.worst)
}

// use is the part of what was granted that was used.
func (f figures) use() float64 { return float64(f.mine) / f.granted }

// limited is how many of 1,000 own requests were answered 429.
func (f figures) limited() float64 {
	return 1000 * float64(f.refused) / float64(max(f.mine+f.refused, 1))
}

// String is the line of a table.
func (f figures) String() string {
	return fmt.Sprintf("use %.1f%%, %.2f in 1,000 answered 429, %.1f in 1,000 of others, at most %d in any minute",
		100*f.use(), f.limited(), 1000*float64(f.shut)/float64(max(f.others, 1)), f.worst)
}

// check compares with what is wanted; that the share is kept in any minute always is.
func (f figures) check(t *testing.T, share, use, refused float64) {
	t.Helper()
	t.Log(f)
	if f.use() < use || f.limited() > refused {
		t.Errorf("%v; want a use of %.1f%% and at most %g in 1,000", f, 100*use, refused)
	}
	if budget := int(share * float64(f.limit)); f.worst > budget {
		t.Errorf("%d requests in a minute, the budget is %d", f.worst, budget)
	}
}

// measure counts from a time on, window by window. What is granted in a window is the share of the limit,
// or what others left of it.
func (w *world) measure(share float64, warm time.Duration) (f figures) {
	first := w.windowAt.Add(-w.windowAt.Sub(w.start.Add(warm)).Truncate(windowLength)).Add(windowLength)
	f.limit = w.limit
	i, j := 0, 0
	for at := first; !at.Add(windowLength).After(w.now); at = at.Add(windowLength) {
		others := within(w.theirs, &j, at)
		f.granted += min(share*float64(w.limit), float64(w.limit-others))
		f.mine += within(w.mine, &i, at)
	}
	for _, at := range w.refused {
		if !at.Before(first) {
			f.refused++
		}
	}
	f.others, f.shut = len(w.theirs)+w.shut, w.shut
	tail := 0
	for head := range w.mine {
		for w.mine[head].Sub(w.mine[tail]) >= windowLength {
			tail++
		}
		f.worst = max(f.worst, head-tail+1)
	}
	return f
}

// within counts the times of the window that begins at a time; i is where the last one ended.
func within(times []time.Time, i *int, at time.Time) (n int) {
	for ; *i < len(times) && times[*i].Before(at.Add(windowLength)); *i++ {
		if !times[*i].Before(at) {
			n++
		}
	}
	return n
}
