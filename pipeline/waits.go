//go:build oldengine

package pipeline

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Waits between attempts: full jitter, doubling from half a second to twenty (reliability.md 2.6).
const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 20 * time.Second
)

// jitter is how long to wait after the n-th attempt.
func jitter(n int) time.Duration {
	limit := min(firstBackoff<<min(max(n-1, 0), 10), lastBackoff)
	return rand.N(limit)
}

// sleep waits, and reports whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// waitCond waits until over, or ctx is done. The caller holds the lock of the condition.
func waitCond(ctx context.Context, change *sync.Cond, over func() bool) {
	stop := context.AfterFunc(ctx, func() {
		change.L.Lock()
		defer change.L.Unlock()
		change.Broadcast()
	})
	defer stop()
	for !over() && ctx.Err() == nil {
		change.Wait()
	}
}
