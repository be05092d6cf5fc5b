package faults

import (
	"fmt"
	"slices"
	"time"
)

// pace are R1 to R4, and F18: the rate limit, with windows of a minute as Kustomer has them.
var pace = []scenario{
	{id: "R1", fault: "1,000 a minute, budget 100%, end of the window unsaid", oneReading: true, do: budgetUsed(1000, 0), size: size{2350, 1, 1}, limit: 5 * time.Minute, config: map[string]string{"workers": "32"},
		more: map[string]string{"KUSTOMER": ", budget: 100%"}, tune: func(o *Options) { o.Rates = Rates{Limit: 1000} }},
	{id: "R2", fault: "the same beside a client that takes 300 a minute from second 20 on", oneReading: true, do: budgetUsed(1000, 300), size: size{1700, 1, 1}, limit: 5 * time.Minute, config: map[string]string{"workers": "32"},
		more: map[string]string{"KUSTOMER": ", budget: 100%"}, tune: func(o *Options) { o.Rates = Rates{Limit: 1000, Others: 5, After: 20 * time.Second} }},
	{id: "R3", fault: "1,000 a minute that slide, budget 80%", oneReading: true, do: budgetUsed(800, 0), size: size{1700, 1, 1}, limit: 5 * time.Minute, config: map[string]string{"workers": "32"},
		tune: func(o *Options) { o.Rates = Rates{Limit: 1000, Sliding: true, Reset: Only429} }},
	{id: "R4", fault: "a window of 2 s with 200, told by the reset header", oneReading: true, do: smallWindow, size: size{150, 1, 1}, limit: 2 * time.Minute,
		more: map[string]string{"KUSTOMER": ", budget: 100%"}, tune: func(o *Options) { o.Rates = Rates{Limit: 200, Window: 2 * time.Second, Reset: Always} }},
	{id: "F18", fault: "Kustomer's clock is a day ahead", oneReading: true, do: pausedFor(2 * time.Second), rules: "limited=date object=c40 attempt=1",
		tune: func(o *Options) { o.Rates = Rates{Limit: 900_000, Skew: 24 * time.Hour} }},
	{id: "F18", fault: "Kustomer's clock is a day behind", oneReading: true, do: pausedFor(2 * time.Second), rules: "limited=date object=c40 attempt=1",
		tune: func(o *Options) { o.Rates = Rates{Limit: 900_000, Skew: -24 * time.Hour} }},
}

// budgetUsed expects that in each whole window after the first ones at least 97% of what others leave is used, that
// no minute has more requests than the limit, and that fewer than 1 in 1,000 requests are answered 429.
func budgetUsed(budget, others int) func(*trial) string {
	return func(tr *trial) string {
		late := lateness()
		res := tr.run()
		sum := res.json.Summary
		windows := tr.server.Windows()
		least, busy := 0.97, ""
		if d := late(); d > 5*time.Millisecond {
			least, busy = 0.8, fmt.Sprintf(" (a busy machine, %v late on average: 80%% are enough)", d.Round(time.Millisecond))
		}
		var shares []string
		for i, w := range windows {
			if i == 0 || i == len(windows)-1 {
				continue // one of the first windows, or not whole
			}
			share := float64(w.Granted) / float64(budget-min(w.Others, others))
			tr.expect(share >= least, "window %d: %d of %d requests used, others took %d", i, w.Granted, budget, w.Others)
			tr.expect(w.OthersRefused == 0, "window %d: %d requests of others were refused", i, w.OthersRefused)
			shares = append(shares, fmt.Sprintf("%.1f%%", 100*share))
		}
		tr.expect(len(shares) > 0, "no window was whole: %+v", windows)
		tr.expect(sum.HTTP429*1000 <= sum.Requests, "%d of %d requests answered 429", sum.HTTP429, sum.Requests)
		most := tr.busiestMinute()
		tr.expect(most <= budget, "%d requests in one minute, the budget is %d", most, budget)
		return fmt.Sprintf("%v of the budget in warm windows, %d of %d answered 429, at most %d in any minute%s", shares, sum.HTTP429, sum.Requests, most, busy)
	}
}

// lateness measures, until its result is asked for, how late timers of this machine fire.
func lateness() (mean func() time.Duration) {
	stop, total := make(chan struct{}), make(chan time.Duration)
	go func() {
		const nap = 20 * time.Millisecond
		sum, n := time.Duration(0), time.Duration(0)
		for {
			began := time.Now()
			select {
			case <-time.After(nap):
				sum, n = sum+time.Since(began)-nap, n+1
			case <-stop:
				total <- sum / max(n, 1)
				return
			}
		}
	}()
	return func() time.Duration { close(stop); return <-total }
}

// busiestMinute is the most requests of any 60 seconds.
func (tr *trial) busiestMinute() (most int) {
	var times []time.Time
	for _, e := range tr.server.Events() {
		times = append(times, e.At)
	}
	slices.SortFunc(times, time.Time.Compare)
	first := 0
	for i, at := range times {
		for at.Sub(times[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// smallWindow only expects that the load ends well: Kustomer has no window of two seconds.
func smallWindow(tr *trial) string {
	sum := tr.run().json.Summary
	tr.expect(sum.HTTP429 <= 1, "%d answers of 429", sum.HTTP429)
	return fmt.Sprintf("%d requests, %d answered 429", sum.Requests, sum.HTTP429)
}
