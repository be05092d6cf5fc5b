package kustomer

import (
	"container/heap"
	"math/rand/v2"
	"testing"
	"time"
)

// The wait that is learned: requests for results per job, and how much longer than the job it takes.
func TestJobTimes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	between := func(a, b float64) time.Duration {
		return time.Duration((a + random.Float64()*(b-a)) * float64(time.Second))
	}
	for _, tc := range []struct {
		name    string
		takes   func(n int) time.Duration
		polls   float64 // most, a job
		latency float64 // most, times what the job took
	}{
		{"always 2s", func(int) time.Duration { return 2 * time.Second }, 1.1, 1.2},
		{"always 10s", func(int) time.Duration { return 10 * time.Second }, 1.15, 1.2},
		{"always 400ms", func(int) time.Duration { return 400 * time.Millisecond }, 1.1, 3},
		{"1s to 3s", func(int) time.Duration { return between(1, 3) }, 1.1, 2},
		{"1 in 100 takes 30s", func(n int) time.Duration {
			if n%100 == 50 {
				return 30 * time.Second
			}
			return between(1, 3)
		}, 1.2, 2.5},
		{"becomes slower", func(n int) time.Duration { return between(1.8, 2.2) * time.Duration(1+n/1000) }, 1.15, 1.4},
		{"becomes faster", func(n int) time.Duration { return between(1.8, 2.2) * time.Duration(3-n/1000) }, 1.15, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			polls, latency := playJobs(3000, tc.takes)
			if polls > tc.polls || latency > tc.latency {
				t.Errorf("%.2f requests a job, and %.2f times as long as it took; want at most %.2f and %.2f", polls, latency, tc.polls, tc.latency)
			}
		})
	}
}

// jobUnderWay is a job that will be asked for at a time.
type jobUnderWay struct {
	at, began, takes time.Duration
	asked            int
}

type jobsUnderWay []jobUnderWay

func (h jobsUnderWay) Len() int           { return len(h) }
func (h jobsUnderWay) Less(i, j int) bool { return h[i].at < h[j].at }
func (h jobsUnderWay) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *jobsUnderWay) Push(x any)        { *h = append(*h, x.(jobUnderWay)) }
func (h *jobsUnderWay) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// playJobs simulates n jobs, eight more a second and at most 32 at once.
func playJobs(n int, takes func(int) time.Duration) (polls, latency float64) {
	var known jobTimes
	var underWay jobsUnderWay
	var now, next time.Duration
	for started, done := 0, 0; done < n; {
		if started < n && len(underWay) < 32 && (len(underWay) == 0 || max(now, next) <= underWay[0].at) {
			now = max(now, next)
			next = now + time.Second/8
			heap.Push(&underWay, jobUnderWay{at: now + known.expect(), began: now, takes: takes(started)})
			started++
			continue
		}
		j := heap.Pop(&underWay).(jobUnderWay)
		now = j.at
		polls++
		j.asked++
		if after := now - j.began; after < j.takes {
			j.at += known.next(after)
			heap.Push(&underWay, j)
		} else {
			known.learn(after, j.asked == 1)
			latency += after.Seconds() / j.takes.Seconds()
			done++
		}
	}
	return polls / float64(n), latency / float64(n)
}

func TestJobTimesBounds(t *testing.T) {
	var known jobTimes
	if got := known.expect(); got != firstJobWait {
		t.Errorf("the first wait is %v", got)
	}
	known.learn(0, false)
	if got := known.expect(); got != leastJobWait {
		t.Errorf("the least wait is %v", got)
	}
	if got := known.next(time.Hour); got != mostJobWait {
		t.Errorf("the longest wait is %v", got)
	}
}
