package faults

import (
	"math/rand/v2"
	"sync"
	"time"
)

// holdback keeps requests waiting and lets them go in another order, as FoundationDB's tests do ("swizzling").
type holdback struct {
	mu      sync.Mutex
	on      bool
	waiting []chan struct{}
}

// pass returns when a request may go on, or when stop is closed.
func (h *holdback) pass(stop <-chan struct{}) {
	h.mu.Lock()
	if !h.on {
		h.mu.Unlock()
		return
	}
	gate := make(chan struct{})
	h.waiting = append(h.waiting, gate)
	h.mu.Unlock()
	select {
	case <-gate:
	case <-stop:
	}
}

func (h *holdback) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = true
}

func (h *holdback) release(random *rand.Rand) {
	h.mu.Lock()
	waiting := h.waiting
	h.on, h.waiting = false, nil
	h.mu.Unlock()
	random.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
	for _, gate := range waiting {
		close(gate)
		time.Sleep(2 * time.Millisecond)
	}
}
