package pace

import "time"

const (
	windowLength = time.Minute            // of Kustomer's rate limit (kustomer-api.md 2.1)
	meterStep    = 100 * time.Millisecond // the meter counts in steps of this length
	meterSteps   = int(windowLength/meterStep) + 1
)

// meter counts events over the last minute. It forgets an event up to meterStep late, never early. Its memory does
// not grow with the count.
type meter struct {
	start     time.Time // of step 0
	last      int64     // newest step
	counts    [meterSteps]int
	total     int
	forgotten int // events older than a minute, since the start
}

// add counts n events at now.
func (m *meter) add(now time.Time, n int) {
	m.forget(now)
	m.counts[m.last%int64(meterSteps)] += n
	m.total += n
}

// count returns how many events the last minute saw.
func (m *meter) count(now time.Time) int {
	m.forget(now)
	return m.total
}

// untilForgotten returns how long it takes until the oldest event is forgotten; 0 when there is none.
func (m *meter) untilForgotten(now time.Time) time.Duration {
	m.forget(now)
	if m.total == 0 {
		return 0
	}
	for step := m.last - int64(meterSteps) + 1; step <= m.last; step++ {
		if step >= 0 && m.counts[step%int64(meterSteps)] > 0 {
			end := m.start.Add(time.Duration(step+int64(meterSteps)) * meterStep)
			return end.Sub(now)
		}
	}
	return 0
}

// allForgotten returns how many events were forgotten since the start.
func (m *meter) allForgotten(now time.Time) int {
	m.forget(now)
	return m.forgotten
}

// forgottenWithin returns how many events will be forgotten within d, at most a minute.
func (m *meter) forgottenWithin(now time.Time, d time.Duration) (n int) {
	m.forget(now)
	until := int64(now.Add(d).Sub(m.start)/meterStep) - int64(meterSteps)
	for step := max(0, m.last-int64(meterSteps)+1); step <= min(until, m.last); step++ {
		n += m.counts[step%int64(meterSteps)]
	}
	return n
}

// forget moves the newest step on to now and drops the steps that are too old.
func (m *meter) forget(now time.Time) {
	if m.start.IsZero() {
		m.start = now
	}
	step := max(int64(now.Sub(m.start)/meterStep), m.last)
	for range min(step-m.last, int64(meterSteps)) {
		m.last++
		i := m.last % int64(meterSteps)
		m.total -= m.counts[i]
		m.forgotten += m.counts[i]
		m.counts[i] = 0
	}
	m.last = step
}
