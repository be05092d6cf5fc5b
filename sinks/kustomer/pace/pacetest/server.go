// Package pacetest simulates, in virtual time, a server that counts the requests of a minute, and others who spend
// part of its limit.
package pacetest

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Window is the length of the window in which requests are counted.
const Window = time.Minute

// Resets are the habits of servers with x-ratelimit-reset (kustomer-api.md 2.2).
type Resets string

// The habits.
const (
	ResetNever  Resets = "never"
	ResetOn429  Resets = "on a 429"
	ResetAlways Resets = "always"
	ResetWrong  Resets = "wrong" // "5 seconds from now", whatever the window does
)

// AllResets are all habits.
var AllResets = []Resets{ResetNever, ResetOn429, ResetAlways, ResetWrong}

// Others are clients that spend part of the limit.
type Others struct {
	Share  float64       // of the limit, on average
	Bursty bool          // for 6 s on average five times as fast, then silent for 24 s on average
	From   time.Duration // they begin so late
}

// String names them in a table.
func (o Others) String() string {
	if o.Bursty {
		return fmt.Sprintf("%g%% in bursts", o.Share*100)
	}
	return fmt.Sprintf("%g%%", o.Share*100)
}

// Server is a Kustomer in virtual time that counts the requests of a window, ours and those of others.
type Server struct {
	Limit   int
	Sliding bool
	Lazy    bool // a window begins with the first request after the last one
	Reset   Resets
	Others  Others
	Slow    bool          // one answer in a hundred takes 1 to 4 s
	Far     time.Duration // every answer takes so much longer

	rng    *rand.Rand
	Jitter *rand.Rand // for the random waits of whoever is tested, so that a seed is always the same run
	Start  time.Time
	Now    time.Time

	WindowAt time.Time   // when the fixed window began
	used     int         // of it
	recent   []time.Time // requests that were accepted, of the sliding window
	next     time.Time   // request of others
	flips    time.Time   // when others fall silent, or wake
	silent   bool

	Mine, Theirs []time.Time // requests that were accepted: ours, and those of others
	Refused      []time.Time // requests of ours
	Shut         int         // requests of others that were refused
}

// NewServer returns a server of 1,000 requests a minute whose windows begin at a random time of the minute.
func NewServer(seed uint64) *Server {
	rng := rand.New(rand.NewPCG(seed, 1))
	start := time.Unix(1e9, rng.Int64N(int64(time.Second)))
	return &Server{
		Limit: 1000, rng: rng, Jitter: rand.New(rand.NewPCG(seed, 2)),
		Start: start, Now: start, WindowAt: start.Add(-time.Duration(rng.Int64N(int64(Window)))),
	}
}

// serve decides on one request.
func (s *Server) serve(at time.Time) (ok bool, remaining int) {
	if s.Sliding {
		old := 0
		for old < len(s.recent) && at.Sub(s.recent[old]) >= Window {
			old++
		}
		s.recent = s.recent[old:]
		if len(s.recent) >= s.Limit {
			return false, 0
		}
		s.recent = append(s.recent, at)
		return true, s.Limit - len(s.recent)
	}
	if at.Sub(s.WindowAt) >= Window {
		s.WindowAt = s.WindowAt.Add(at.Sub(s.WindowAt).Truncate(Window))
		if s.Lazy {
			s.WindowAt = at
		}
		s.used = 0
	}
	if s.used >= s.Limit {
		return false, 0
	}
	s.used++
	return true, s.Limit - s.used
}

// End is where a server says that the window ends.
func (s *Server) End(at time.Time) time.Time {
	if s.Sliding && len(s.recent) > 0 {
		return s.recent[0].Add(Window)
	}
	return s.WindowAt.Add(Window)
}

// othersUntil lets the others send what they send until at.
func (s *Server) othersUntil(at time.Time) {
	if s.Others.Share == 0 {
		return
	}
	if s.next.IsZero() {
		s.next = s.Start.Add(s.Others.From)
		s.flips = s.next
	}
	for s.next.Before(at) {
		rate := s.Others.Share * float64(s.Limit) / Window.Seconds()
		if s.Others.Bursty {
			rate *= 5
			for !s.next.Before(s.flips) {
				s.silent = !s.silent
				mean := 6.0
				if s.silent {
					mean = 24
					s.next = laterOf(s.next, s.flips)
				}
				s.flips = s.flips.Add(time.Duration(mean * s.rng.ExpFloat64() * float64(time.Second)))
				if s.silent {
					s.next = s.flips
				}
			}
			if !s.next.Before(at) {
				return
			}
		}
		if ok, _ := s.serve(s.next); ok {
			s.Theirs = append(s.Theirs, s.next)
		} else {
			s.Shut++
		}
		s.next = s.next.Add(time.Duration(s.rng.ExpFloat64() / rate * float64(time.Second)))
	}
}

// Answer is what a server says to one request.
type Answer struct {
	Refused   bool // a 429
	Limit     int
	Remaining int
	Reset     time.Duration // until the window ends, in whole seconds; 0 when unsaid
}

// Ask serves a request of ours that arrives at a time.
func (s *Server) Ask(at time.Time) Answer {
	s.othersUntil(at)
	ok, remaining := s.serve(at)
	if ok {
		s.Mine = append(s.Mine, at)
	} else {
		s.Refused = append(s.Refused, at)
	}
	return Answer{Refused: !ok, Limit: s.Limit, Remaining: remaining, Reset: s.said(at, !ok)}
}

// said is what the client reads from the headers about the end of the window. Date is in whole seconds.
func (s *Server) said(at time.Time, limited bool) time.Duration {
	if s.Reset == ResetWrong {
		return 5 * time.Second
	}
	if s.Reset == ResetNever || s.Reset == ResetOn429 && !limited {
		return 0
	}
	return max(0, s.End(at).Truncate(time.Second).Sub(at.Truncate(time.Second)))
}

// Latency is how long the next answer takes in all, at random.
func (s *Server) Latency() time.Duration {
	if s.Slow && s.rng.IntN(100) == 0 {
		return time.Duration(1000+s.rng.IntN(3000)) * time.Millisecond
	}
	return s.Far + time.Duration(100+s.rng.IntN(200))*time.Millisecond
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
