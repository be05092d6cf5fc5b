package faults

import (
	"math/rand/v2"
	"sync"
	"time"
)

// clog holds requests back and lets them go in another order, as FoundationDB's swizzle does.
type clog struct {
	mu      sync.Mutex
	on      bool
	waiting []chan struct{}
}

// pass returns when a request may go on.
func (c *clog) pass(stop <-chan struct{}) {
	c.mu.Lock()
	if !c.on {
		c.mu.Unlock()
		return
	}
	gate := make(chan struct{})
	c.waiting = append(c.waiting, gate)
	c.mu.Unlock()
	select {
	case <-gate:
	case <-stop:
	}
}

// Clog holds every request that comes from now on.
func (s *Server) Clog() {
	s.clog.mu.Lock()
	defer s.clog.mu.Unlock()
	s.clog.on = true
}

// Unclog lets all requests go, those that are held one after the other in an order of chance.
func (s *Server) Unclog(random *rand.Rand) {
	s.clog.mu.Lock()
	waiting := s.clog.waiting
	s.clog.on, s.clog.waiting = false, nil
	s.clog.mu.Unlock()
	random.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
	for _, gate := range waiting {
		close(gate)
		time.Sleep(2 * time.Millisecond)
	}
}
