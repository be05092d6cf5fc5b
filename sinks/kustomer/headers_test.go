package kustomer

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
		want rates
	}{
		{"nothing", nil, rates{remaining: -1}},
		{"usual", map[string]string{"X-Ratelimit-Limit": "1000", "X-Ratelimit-Remaining": "999"}, rates{limit: 1000, remaining: 999}},
		{"with a window", map[string]string{"X-Ratelimit-Limit": "1000, 1000;w=60", "X-Ratelimit-Remaining": " 0 "}, rates{limit: 1000}},
		{"garbage", map[string]string{"X-Ratelimit-Limit": "1k", "X-Ratelimit-Remaining": "-1", "X-Ratelimit-Reset": "x"}, rates{remaining: -1, resetUnit: "unreadable"}},
		{"zero", map[string]string{"X-Ratelimit-Limit": "0"}, rates{remaining: -1}},
		{"huge", map[string]string{"X-Ratelimit-Limit": "99999999999", "X-Ratelimit-Remaining": "99999999999999999999"}, rates{remaining: -1}},
		{"reset in epoch seconds", map[string]string{"X-Ratelimit-Reset": "1792591230"}, rates{remaining: -1, reset: 30 * time.Second, resetUnit: "epoch seconds"}},
		{"reset in epoch milliseconds", map[string]string{"X-Ratelimit-Reset": "1792591230500"}, rates{remaining: -1, reset: 30500 * time.Millisecond, resetUnit: "epoch milliseconds"}},
		{"reset from now", map[string]string{"X-Ratelimit-Reset": "12"}, rates{remaining: -1, reset: 12 * time.Second, resetUnit: "seconds"}},
		{"reset in the past", map[string]string{"X-Ratelimit-Reset": "1792591199"}, rates{remaining: -1, resetUnit: "epoch seconds"}},
		{"reset far away", map[string]string{"X-Ratelimit-Reset": "9223372036854775807"}, rates{remaining: -1, reset: 2 * time.Minute, resetUnit: "epoch milliseconds"}},
		{"reset by the server's clock", map[string]string{"X-Ratelimit-Reset": "1761055230", "Date": "Tue, 21 Oct 2025 14:00:00 GMT"}, rates{remaining: -1, reset: 30 * time.Second, resetUnit: "epoch seconds"}},
		{"retry after seconds", map[string]string{"Retry-After": "5"}, rates{remaining: -1, retryAfter: 5 * time.Second}},
		{"retry after a date", map[string]string{"Retry-After": "Wed, 21 Oct 2026 14:00:09 GMT"}, rates{remaining: -1, retryAfter: 9 * time.Second}},
		{"retry after too much", map[string]string{"Retry-After": "9223372036854775807"}, rates{remaining: -1, retryAfter: 2 * time.Minute}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := http.Header{}
			for name, value := range tc.head {
				h.Set(name, value)
			}
			if got := readRates(h, now); got != tc.want {
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
		r := readRates(h, now)
		if r.limit < 0 || r.limit > maxLimit || r.remaining < -1 || r.reset < 0 || r.reset > maxPause || r.retryAfter < 0 || r.retryAfter > maxPause {
			t.Fatalf("rates %+v", r)
		}
		p := newPacer(0.8)
		for range 5 {
			if wait := p.flyWait(now); wait > maxPause+windowLength || wait == untilNews {
				t.Fatalf("waits %s with %+v", wait, r)
			} else {
				now = now.Add(max(wait, 0))
			}
			for i := 0; p.flyWait(now) > 0; i++ {
				if i > 1000 {
					t.Fatalf("never lets go with %+v", r)
				}
				now = now.Add(p.flyWait(now))
			}
			flown := p.fly(now, false)
			now = now.Add(time.Millisecond)
			p.settle(flown, now, reply{rates: r, limited: status == 429, good: status == 200})
		}
	})
}
