package pace

import (
	"net/http"
	"testing"
	"time"
)

func TestReadRates(t *testing.T) {
	now := time.Date(2026, 10, 21, 14, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		head map[string]string
		want Rates
	}{
		{"nothing", nil, Rates{Remaining: -1}},
		{"usual", map[string]string{"X-Ratelimit-Limit": "1000", "X-Ratelimit-Remaining": "999"}, Rates{Limit: 1000, Remaining: 999}},
		{"with a window", map[string]string{"X-Ratelimit-Limit": "1000, 1000;w=60", "X-Ratelimit-Remaining": " 0 "}, Rates{Limit: 1000}},
		{"garbage", map[string]string{"X-Ratelimit-Limit": "1k", "X-Ratelimit-Remaining": "-1", "X-Ratelimit-Reset": "x"}, Rates{Remaining: -1, ResetUnit: "unreadable"}},
		{"zero", map[string]string{"X-Ratelimit-Limit": "0"}, Rates{Remaining: -1}},
		{"huge", map[string]string{"X-Ratelimit-Limit": "99999999999", "X-Ratelimit-Remaining": "99999999999999999999"}, Rates{Remaining: -1}},
		{"reset in epoch seconds", map[string]string{"X-Ratelimit-Reset": "1792591230"}, Rates{Remaining: -1, Reset: 30 * time.Second, ResetUnit: "epoch seconds"}},
		{"reset in epoch milliseconds", map[string]string{"X-Ratelimit-Reset": "1792591230500"}, Rates{Remaining: -1, Reset: 30500 * time.Millisecond, ResetUnit: "epoch milliseconds"}},
		{"reset from now", map[string]string{"X-Ratelimit-Reset": "12"}, Rates{Remaining: -1, Reset: 12 * time.Second, ResetUnit: "seconds"}},
		{"reset in the past", map[string]string{"X-Ratelimit-Reset": "1792591199"}, Rates{Remaining: -1, ResetUnit: "epoch seconds"}},
		{"reset far away", map[string]string{"X-Ratelimit-Reset": "9223372036854775807"}, Rates{Remaining: -1, Reset: 2 * time.Minute, ResetUnit: "epoch milliseconds"}},
		{"reset by the server's clock", map[string]string{"X-Ratelimit-Reset": "1761055230", "Date": "Tue, 21 Oct 2025 14:00:00 GMT"}, Rates{Remaining: -1, Reset: 30 * time.Second, ResetUnit: "epoch seconds"}},
		{"retry after seconds", map[string]string{"Retry-After": "5"}, Rates{Remaining: -1, RetryAfter: 5 * time.Second, Away: 5 * time.Second}},
		{"retry after a date", map[string]string{"Retry-After": "Wed, 21 Oct 2026 14:00:09 GMT"}, Rates{Remaining: -1, RetryAfter: 9 * time.Second, Away: 9 * time.Second}},
		{"retry after too much", map[string]string{"Retry-After": "9223372036854775807"}, Rates{Remaining: -1, RetryAfter: 2 * time.Minute, Away: 1e6 * time.Second}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := http.Header{}
			for name, value := range tc.head {
				h.Set(name, value)
			}
			if got := ReadRates(h, now); got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// Whatever the headers say, the pacer never waits for long, and never lets everything go.
func FuzzRates(f *testing.F) {
	f.Add("1000", "999", "1792591230", "", 200)
	f.Add("1000", "0", "", "Wed, 21 Oct 2026 14:00:09 GMT", 429)
	f.Add("1", "99", "12", "-1", 429)
	f.Add("1000;w=60", "", "1e9", "1e9", 500)
	f.Fuzz(func(t *testing.T, limit, remaining, reset, retryAfter string, status int) {
		now := time.Date(2026, 10, 21, 14, 0, 0, 0, time.UTC)
		h := http.Header{}
		h.Set("X-Ratelimit-Limit", limit)
		h.Set("X-Ratelimit-Remaining", remaining)
		h.Set("X-Ratelimit-Reset", reset)
		h.Set("Retry-After", retryAfter)
		r := ReadRates(h, now)
		if r.Limit < 0 || r.Limit > MaxLimit || r.Remaining < -1 || r.Reset < 0 || r.Reset > maxPause || r.RetryAfter < 0 || r.RetryAfter > maxPause {
			t.Fatalf("rates %+v", r)
		}
		p := newPacer(0.8)
		for range 5 {
			if wait := p.startWait(now); wait > maxPause+windowLength || wait == untilAnswer {
				t.Fatalf("waits %s with %+v", wait, r)
			} else {
				now = now.Add(max(wait, 0))
			}
			for i := 0; p.startWait(now) > 0; i++ {
				if i > 1000 {
					t.Fatalf("never lets go with %+v", r)
				}
				now = now.Add(p.startWait(now))
			}
			flown := p.start(now, false)
			now = now.Add(time.Millisecond)
			p.settle(flown, now, Reply{Rates: r, Limited: status == 429, Good: status == 200})
		}
	})
}
