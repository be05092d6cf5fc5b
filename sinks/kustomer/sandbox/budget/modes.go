package budget

import (
	"slices"
	"time"
)

// Mode says how the requests of an org are counted; which Kustomer does is not known (kustomer-api.md 2.1, 17.22).
type Mode string

// The ways to count.
const (
	Fixed   Mode = "fixed"   // the default: windows that follow one another
	Sliding Mode = "sliding" // so many in any span of a window's length
	Leaky   Mode = "leaky"   // a bucket that holds so many, and empties evenly within a window
)

// meter counts requests.
type meter interface {
	take(now time.Time) bool                          // counts one more, unless the limit is reached
	left(now time.Time) (requests int, all time.Time) // how many are left, and from when on requests are allowed again
}

func newMeter(l Limits) meter {
	switch l.Mode {
	case Sliding:
		return &sliding{limit: l.Requests, window: l.Window}
	case Leaky:
		return &leaky{limit: float64(l.Requests), window: l.Window}
	}
	return &fixed{limit: l.Requests, window: l.Window}
}

type fixed struct {
	limit, spent int
	window       time.Duration
	ends         time.Time // of the window; the next request after it opens a new one
}

func (m *fixed) take(now time.Time) bool {
	m.left(now)
	if m.spent >= m.limit {
		return false
	}
	m.spent++
	return true
}

func (m *fixed) left(now time.Time) (int, time.Time) {
	if !now.Before(m.ends) {
		m.ends, m.spent = now.Add(m.window), 0
	}
	return m.limit - m.spent, m.ends
}

type sliding struct {
	limit  int
	window time.Duration
	at     []time.Time // of the requests of the last window
}

func (m *sliding) take(now time.Time) bool {
	if n, _ := m.left(now); n <= 0 {
		return false
	}
	m.at = append(m.at, now)
	return true
}

func (m *sliding) left(now time.Time) (int, time.Time) {
	old := slices.IndexFunc(m.at, func(t time.Time) bool { return now.Sub(t) < m.window })
	if old < 0 {
		old = len(m.at)
	}
	m.at = m.at[old:]
	if len(m.at) == 0 {
		return m.limit, now
	}
	return m.limit - len(m.at), m.at[0].Add(m.window)
}

type leaky struct {
	limit, level float64
	window       time.Duration
	seen         time.Time
}

func (m *leaky) take(now time.Time) bool {
	if n, _ := m.left(now); n < 1 {
		return false
	}
	m.level++
	return true
}

// each is how long one request takes to leave the bucket.
func (m *leaky) each() time.Duration { return time.Duration(float64(m.window) / m.limit) }

func (m *leaky) left(now time.Time) (int, time.Time) {
	m.level = max(0, m.level-float64(now.Sub(m.seen))/float64(m.each()))
	m.seen = now
	over := max(0, m.level+1-m.limit)
	return int(m.limit - m.level + 1e-9), now.Add(time.Duration(over * float64(m.each())))
}
