package ledger

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkRows begins and settles rows as the engine does: a window of rows in flight, each waits for
// its begun, and leaves the window when its outcome is durable.
func BenchmarkRows(b *testing.B) {
	keys := map[string]func(int) string{
		"sequential": func(i int) string { return "zd-" + strconv.Itoa(i) },
		"random":     func(i int) string { h := sha256.Sum256([]byte(strconv.Itoa(i))); return fmt.Sprintf("%x@example.com", h[:6]) },
	}
	for _, order := range []string{"sequential", "random"} {
		for _, window := range []int{32, 128, 256} {
			b.Run(fmt.Sprintf("%s/window=%d", order, window), func(b *testing.B) {
				l := newLedger(b)
				var next atomic.Int64
				var wg sync.WaitGroup
				key := keys[order]
				before := cpuTime()
				for range window {
					wg.Go(func() {
						done := make(chan error, 1)
						for {
							i := int(next.Add(1))
							if i > b.N {
								return
							}
							k := key(i)
							in := intent(k, 1)
							in.Place.Line = i
							if err := l.Begin(b.Context(), in); err != nil {
								b.Error(err)
								return
							}
							e := created(k, k)
							e.Place.Line = i
							l.Settle(e, func(err error) { done <- err })
							if err := <-done; err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-us/row")
			})
		}
	}
}
