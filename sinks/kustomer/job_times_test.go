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
		looks   int     // that a job needs at least, however old it is; 0: 1
		polls   float64 // most, a job
		latency float64 // most, times what the job took
	}{
		{"always 2s", func(int) time.Duration { return 2 * time.Second }, 0, 1.1, 1.2},
		{"always 10s", func(int) time.Duration { return 10 * time.Second }, 0, 1.15, 1.2},
		{"always 400ms", func(int) time.Duration { return 400 * time.Millisecond }, 0, 1.1, 3},
		{"1s to 3s", func(int) time.Duration { return between(1, 3) }, 0, 1.1, 2},
		{"1 in 100 takes 30s", func(n int) time.Duration {
			if n%100 == 50 {
				return 30 * time.Second
			}
			return between(1, 3)
		}, 0, 1.2, 2.5},
		{"becomes slower", func(n int) time.Duration { return between(1.8, 2.2) * time.Duration(1+n/1000) }, 0, 1.15, 1.4},
		{"becomes faster", func(n int) time.Duration { return between(1.8, 2.2) * time.Duration(3-n/1000) }, 0, 1.15, 2},
		{"done only at the second look", func(int) time.Duration { return between(0.15, 2) }, 2, 2.15, 2.4},
		{"done only at the third look", func(int) time.Duration { return between(0.15, 2) }, 3, 3.1, 2.4},
		{"done only at the second look, then slower", func(n int) time.Duration { return between(1, 2) * time.Duration(1+n/1500*4) }, 2, 2.2, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			polls, latency := playJobs(3000, tc.takes, max(tc.looks, 1))
			if polls > tc.polls || latency > tc.latency {
				t.Errorf("%.2f requests a job, and %.2f times as long as it took; want at most %.2f and %.2f", polls, latency, tc.polls, tc.latency)
			}
		})
	}
}

// jobUnderWay is a job that will be asked for at a time.
type jobUnderWay struct {
	at, began, takes, waited time.Duration
	asked                    int
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
func playJobs(n int, takes func(int) time.Duration, looks int) (polls, latency float64) {
	var known jobTimes
	var underWay jobsUnderWay
	var now, next time.Duration
	var took float64
	for started, done := 0, 0; done < n; {
		if started < n && len(underWay) < 32 && (len(underWay) == 0 || max(now, next) <= underWay[0].at) {
			now = max(now, next)
			next = now + time.Second/8
			wait := known.expect()
			heap.Push(&underWay, jobUnderWay{at: now + wait, began: now, waited: wait, takes: takes(started)})
			started++
			continue
		}
		j := heap.Pop(&underWay).(jobUnderWay)
		now = j.at
		polls++
		j.asked++
		if after := now - j.began; after < j.takes || j.asked < looks {
			j.at += known.next(after)
			heap.Push(&underWay, j)
		} else {
			known.learn(jobAnswered{j.waited, after, j.asked})
			latency += after.Seconds()
			took += j.takes.Seconds()
			done++
		}
	}
	return polls / float64(n), latency / took
}

func TestJobTimesBounds(t *testing.T) {
	for _, c := range []struct{ took, want time.Duration }{{0, leastJobWait}, {time.Hour, mostJobWait}} {
		var known jobTimes
		if got := known.expect(); got != firstJobWait {
			t.Errorf("the first wait is %v", got)
		}
		for range trialJobs {
			known.learn(jobAnswered{firstJobWait, c.took, 2})
		}
		if got := known.expect(); got != c.want {
			t.Errorf("after jobs that took %v the wait is %v, want %v", c.took, got, c.want)
		}
		if got := known.next(time.Hour); got != mostJobWait {
			t.Errorf("the longest wait is %v", got)
		}
	}
}

// TestWaitLimit: a longer wait that saves no looks is held down, a shorter one that needs no more is kept, and the limit
// ends when jobs need many more looks.
func TestWaitLimit(t *testing.T) {
	var l waitLimit
	trial := func(looks int, learned time.Duration) time.Duration {
		wait := l.wait()
		for range trialJobs {
			if l.wait() == wait {
				l.add(wait, looks, learned)
			}
		}
		return l.wait()
	}
	for i, c := range []struct {
		looks         int
		learned, want time.Duration
		why           string
	}{
		{2, 4 * time.Second, 4 * time.Second, "a longer wait is tried"},
		{2, 8 * time.Second, 1400 * time.Millisecond, "it saved nothing: a shorter one than the first is tried"},
		{2, 8 * time.Second, 980 * time.Millisecond, "that needs no more looks: a still shorter one is tried"},
		{3, 8 * time.Second, 1400 * time.Millisecond, "that needs more: back"},
		{2, 8 * time.Second, 1400 * time.Millisecond, "the shortest wait without more looks stays"},
		{4, 8 * time.Second, 8 * time.Second, "jobs have become slower: no limit any more"},
		{1, 7 * time.Second, 7 * time.Second, "the wait that the times suggest is right"},
	} {
		if got := trial(c.looks, c.learned).Round(time.Millisecond); got != c.want {
			t.Errorf("trial %d: the next wait is %v, want %v: %s", i+1, got, c.want, c.why)
		}
	}
	l = waitLimit{}
	longest := time.Duration(0)
	for range 40 * holdTrials {
		longest = max(longest, trial(2, l.wait()*5/4))
	}
	if longest > 2*firstJobWait {
		t.Errorf("where no wait saves a look, the longest is %v", longest)
	}
}
