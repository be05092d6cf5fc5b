package sandbox

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestRateLimitWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{RateLimit: 3, RetryAfter: true})
		for left := 2; left >= 0; left-- {
			h := do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 404).header
			if h.Get("x-ratelimit-limit") != "3" || h.Get("x-ratelimit-remaining") != strconv.Itoa(left) || h.Get("x-ratelimit-reset") != "" {
				t.Errorf("headers of a request within the limit, want %d left: %v", left, h)
			}
			time.Sleep(10 * time.Second)
		}
		ends := time.Now().Add(30 * time.Second)
		h := do(t, s, "GET", "/v1/users/current", "").want(t, 429).header
		if h.Get("x-ratelimit-remaining") != "0" || h.Get("x-ratelimit-reset") != strconv.FormatInt(ends.Unix(), 10) || h.Get("Retry-After") != "30" {
			t.Errorf("headers of a 429: %v", h)
		}
		time.Sleep(time.Until(ends) - 1)
		do(t, s, "GET", "/v1/users/current", "").want(t, 429)
		time.Sleep(1)
		do(t, s, "GET", "/v1/users/current", "").want(t, 200)
	})
}

func TestResetHeader(t *testing.T) {
	for mode, want := range map[ResetHeader][2]bool{ResetOn429: {false, true}, ResetAlways: {true, true}, ResetNever: {false, false}} {
		s := newServer(t, Options{RateLimit: 1, ResetHeader: mode})
		for i, status := range []int{200, 429} {
			h := do(t, s, "GET", "/v1/users/current", "").want(t, status).header
			if got := h.Get("x-ratelimit-reset") != ""; got != want[i] {
				t.Errorf("%s: an answer with %d has a reset header: %v", mode, status, got)
			}
		}
	}
}

func TestResetSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{RateLimit: 1, ResetHeader: ResetAlways, ResetSkew: -time.Hour})
		want := strconv.FormatInt(time.Now().Add(time.Minute-time.Hour).Unix(), 10)
		if got := do(t, s, "GET", "/v1/users/current", "").header.Get("x-ratelimit-reset"); got != want {
			t.Errorf("x-ratelimit-reset is %s, want %s", got, want)
		}
	})
}

func TestNoLimitNoHeaders(t *testing.T) {
	h := do(t, newServer(t, Options{}), "GET", "/v1/users/current", "").header
	if h.Get("x-ratelimit-limit") != "" {
		t.Errorf("there is no limit, but there are headers: %v", h)
	}
}

func TestCreationsPerCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ana, conversation := newConversation(t, Options{RateLimit: 10_000})
		send := func(extra string) int {
			return do(t, s, "POST", "/v1/conversations/"+conversation+"/messages", `{`+messageFields+extra+`}`).status
		}
		for range 120 {
			if got := send(""); got != http.StatusCreated {
				t.Fatalf("status %d, want 201 for 120 messages", got)
			}
		}
		r := do(t, s, "POST", "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`}`).want(t, 429)
		if r.header.Get("x-ratelimit-remaining") == "0" {
			t.Error("the limit of the customer must run out, not that of the org")
		}
		if got := send(`,"importedAt":"2026-01-01T00:00:00Z"`); got != http.StatusCreated {
			t.Errorf("an imported message is limited: status %d", got)
		}
		do(t, s, "POST", "/v1/customers/"+ana+"/messages", `{`+messageFields+`}`).want(t, 429)
		do(t, s, "POST", "/v1/conversations", `{"customer":"`+ana+`"}`).want(t, 201) // counted apart
		time.Sleep(time.Minute)
		if got := send(""); got != http.StatusCreated {
			t.Errorf("in the next window the status is %d, want 201", got)
		}
	})
}

func TestUpdatesPerObject(t *testing.T) {
	s := newServer(t, Options{RateLimit: 100, UpdateLimit: 2})
	path := "/v1/customers/" + create(t, s, "/v1/customers", `{}`)
	for _, status := range []int{200, 200, 429} {
		do(t, s, "PATCH", path, `{"name":"x"}`).want(t, status)
	}
	do(t, s, "PATCH", "/v1/customers/"+create(t, s, "/v1/customers", `{}`), `{}`).want(t, 200)
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{Latency: 3 * time.Second})
		start := time.Now()
		do(t, s, "GET", "/v1/users/current", "").want(t, 200)
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("the answer took %v, want 3s", got)
		}
	})
}
