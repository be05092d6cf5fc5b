package faults

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Spending is the requests of one window.
type Spending struct {
	Granted, Refused int // our requests
	Others           int // requests that another client was granted
	OthersRefused    int
}

// meter counts requests against a limit.
type meter struct {
	Rates
	mu      sync.Mutex
	start   time.Time
	windows map[int]*Spending
	recent  []time.Time // of granted requests, for a window that slides
	others  int         // requests that the other client has made so far
}

func newMeter(r Rates) *meter {
	if r.Window == 0 {
		r.Window = time.Minute
	}
	return &meter{Rates: r, start: time.Now(), windows: map[int]*Spending{}}
}

// spend counts a request against the limit; false when it is used up. remaining is what is left of it.
func (m *meter) spend(now time.Time) (remaining int, ok bool) {
	if m.Limit == 0 {
		return 0, true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.at(now)
	m.compete(now)
	used := m.used(now)
	if used >= m.Limit {
		w.Refused++
		return 0, false
	}
	w.Granted++
	m.recent = append(m.recent, now)
	return m.Limit - used - 1, true
}

// at returns the window of a time.
func (m *meter) at(now time.Time) *Spending {
	n := int(now.Sub(m.start) / m.Window)
	w := m.windows[n]
	if w == nil {
		w = &Spending{}
		m.windows[n] = w
	}
	return w
}

// used is how many requests of the current window were granted.
func (m *meter) used(now time.Time) int {
	if !m.Sliding {
		w := m.at(now)
		return w.Granted + w.Others
	}
	old := 0
	for old < len(m.recent) && now.Sub(m.recent[old]) >= m.Window {
		old++
	}
	m.recent = m.recent[old:]
	return len(m.recent)
}

// compete counts the requests that the other client has made up to now.
func (m *meter) compete(now time.Time) {
	due := int(m.Others * max(0, now.Sub(m.start)-m.After).Seconds())
	for ; m.others < due; m.others++ {
		at := m.start.Add(m.After + time.Duration(float64(m.others)/m.Others*float64(time.Second)))
		w := m.at(at)
		if m.used(at) >= m.Limit {
			w.OthersRefused++
			continue
		}
		w.Others++
		m.recent = append(m.recent, at)
	}
}

// header adds the headers about the limit to an answer.
func (m *meter) header(h http.Header, now time.Time, status int) {
	if m.Limit == 0 {
		return
	}
	m.mu.Lock()
	left := max(0, m.Limit-m.used(now))
	m.mu.Unlock()
	h.Set("X-Ratelimit-Limit", strconv.Itoa(m.Limit))
	h.Set("X-Ratelimit-Remaining", strconv.Itoa(left))
	end := m.start.Add(now.Sub(m.start).Truncate(m.Window) + m.Window)
	told(h, "X-Ratelimit-Reset", m.Reset, status, end.Add(m.Skew).Unix()+1)
	told(h, "Retry-After", m.Retry, status, int64(end.Sub(now)/time.Second)+1)
}

func told(h http.Header, name string, when Header, status int, value int64) {
	switch {
	case when == Garbage:
		h.Set(name, "-17.5e soon")
	case when == Always, when == Only429 && status == http.StatusTooManyRequests:
		h.Set(name, strconv.FormatInt(value, 10))
	}
}
