//go:build unix

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

// BenchmarkRows begins and settles rows as the engine does: with a window of rows in flight. Each row waits until its
// intent is durable, and leaves the window when its outcome is.
func BenchmarkRows(b *testing.B) {
	keys := map[string]func(int) string{
		"sequential": func(i int) string { return "zd-" + strconv.Itoa(i) },
		"random": func(i int) string {
			h := sha256.Sum256([]byte(strconv.Itoa(i)))
			return fmt.Sprintf("%x@example.com", h[:6])
		},
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
							if err := l.Settle(e); err != nil {
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

// BenchmarkKnown scans a step: ns/row times a million is how long a run over a million finished rows waits for it.
func BenchmarkKnown(b *testing.B) {
	const rows = 200_000
	l := newLedger(b)
	fill(b, l, rows, func(i int) string { return "zd-" + strconv.Itoa(i) })
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range l.Known(b.Context(), "customer") {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != rows {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}

func BenchmarkGet(b *testing.B) {
	const rows = 100_000
	l := newLedger(b)
	fill(b, l, rows, func(i int) string { return "zd-" + strconv.Itoa(i) })
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, found, err := l.Get(b.Context(), "customer", "zd-"+strconv.Itoa(i*7919%rows)); !found || err != nil {
			b.Fatal(found, err)
		}
		i++
	}
}

// BenchmarkOpen opens a ledger of 200,000 entries, which checks it whole.
func BenchmarkOpen(b *testing.B) {
	l := newLedger(b)
	fill(b, l, 200_000, func(i int) string { return "zd-" + strconv.Itoa(i) })
	path := l.path
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l, err := Open(path, binding)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
