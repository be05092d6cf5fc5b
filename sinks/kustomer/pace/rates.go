package pace

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	minPause = time.Second     // the shortest after a 429, whatever its headers say
	maxPause = 2 * time.Minute // the longest: a header that asks for more is not believed
)

// MaxLimit is the most requests a minute that a header is believed to allow.
const MaxLimit = 10_000_000

// Rates is what the headers of an answer say about the rate limit (kustomer-api.md 2.2). All of them are optional.
type Rates struct {
	Limit      int           // requests per window; 0 when unsaid
	Remaining  int           // of them; -1 when unsaid
	Reset      time.Duration // until the window ends; 0 when unsaid
	RetryAfter time.Duration // at most two minutes; 0 when unsaid
	Away       time.Duration // the same, however long: a 503 may announce a maintenance of hours
	ResetUnit  string        // of reset as it was written; "" when unsaid
}

// ReadRates reads the headers of an answer that came at now. What cannot be understood is unsaid.
func ReadRates(h http.Header, now time.Time) Rates {
	r := Rates{Remaining: -1}
	if n, ok := leadingInt(h.Get("X-Ratelimit-Limit")); ok && n > 0 && n <= MaxLimit {
		r.Limit = int(n)
	}
	if n, ok := leadingInt(h.Get("X-Ratelimit-Remaining")); ok {
		r.Remaining = int(min(n, MaxLimit))
	}
	reset, retryAfter := h.Get("X-Ratelimit-Reset"), h.Get("Retry-After")
	if reset == "" && retryAfter == "" {
		return r
	}
	server := now
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		server = date // a clock that is wrong here then does no harm
	}
	r.Reset, r.ResetUnit = readReset(reset, server), resetUnit(reset)
	if r.Away = readRetryAfter(retryAfter, server); r.Away > 0 {
		r.RetryAfter = clampPause(r.Away)
	}
	return r
}

// readReset reads a time that is epoch seconds, epoch milliseconds, or seconds from now
// (kustomer-api.md 2.2), and returns how far away it is.
func readReset(text string, server time.Time) time.Duration {
	n, ok := leadingInt(text)
	if !ok {
		return 0
	}
	var away time.Duration
	switch {
	case n >= 1e12:
		away = time.UnixMilli(n).Sub(server)
	case n >= 1e9:
		away = time.Unix(n, 0).Sub(server)
	default:
		away = time.Duration(n) * time.Second
	}
	if away <= 0 {
		return 0 // of a window that is over
	}
	return clampPause(away)
}

// resetUnit names the unit in which a reset is written.
func resetUnit(text string) string {
	n, ok := leadingInt(text)
	switch {
	case text == "":
		return ""
	case !ok:
		return "unreadable"
	case n >= 1e12:
		return "epoch milliseconds"
	case n >= 1e9:
		return "epoch seconds"
	}
	return "seconds"
}

// readRetryAfter reads seconds or an HTTP date, at least minPause; 0: it says neither.
func readRetryAfter(text string, server time.Time) time.Duration {
	if n, ok := leadingInt(text); ok {
		return max(time.Duration(min(n, 1e6))*time.Second, minPause)
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(date.Sub(server), minPause)
	}
	return 0
}

func clampPause(d time.Duration) time.Duration { return min(max(d, minPause), maxPause) }

// leadingInt reads the digits that text begins with, as in "1000" and "1000, 1000;w=60".
func leadingInt(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	if end == 0 || end < len(text) && !strings.ContainsRune(",;. ", rune(text[end])) {
		return 0, false
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	return n, err == nil
}
