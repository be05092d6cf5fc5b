package pace

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The meter forgets an event after a minute, at most a step late, and never early.
func TestMeter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m meter
		now := time.Unix(1e9, 0)
		var events []time.Time
		within := func(d time.Duration) (n int) {
			for _, at := range events {
				if now.Sub(at) < d {
					n++
				}
			}
			return n
		}
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "gap")))
			if got, least, most := m.count(now), within(windowLength), within(windowLength+meterStep); got < least || got > most {
				t.Fatalf("counts %d, want %d to %d", got, least, most)
			}
			before := m.count(now)
			if relief := m.untilForgotten(now); (relief > 0) != (before > 0) || before > 0 && m.count(now.Add(relief)) >= before {
				t.Fatalf("relief of %d after %s leaves %d", before, relief, m.count(now.Add(relief)))
			} else {
				now = now.Add(relief)
			}
			n := rapid.IntRange(0, 3).Draw(t, "n")
			m.add(now, n)
			for range n {
				events = append(events, now)
			}
		}
	})
}
