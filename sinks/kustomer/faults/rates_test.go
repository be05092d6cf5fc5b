package faults

import (
	"fmt"
	"slices"
	"time"
)

// pace are R1 to R4, and F18: the budget of requests, with windows of a minute as Kustomer has them.
var pace = []scenario{
	{id: "R1", fault: "1,000 a minute, budget 100%, end of the window unsaid", fewer: true, do: budgetUsed(1000, 0), size: size{2350, 1, 1}, limit: 5 * time.Minute, config: map[string]string{"workers": "32"},
		more: map[string]string{"KUSTOMER": ", budget: 100%"}, tune: func(o *Options) { o.Rates = Rates{Limit: 1000} }},
	{id: "R2", fault: "the same beside a client that takes 300 a minute from second 20 on", fewer: true, do: budgetUsed(1000, 300), size: size{1700, 1, 1}, limit: 5 * time.Minute, config: map[string]string{"workers": "32"},
		more: map[string]string{"KUSTOMER": ", budget: 100%"}, tune: func(o *Options) { o.Rates = Rates{Limit: 1000, Others: 5, After: 20 * time.Second} }},
	{id: "R3", fault: "1,000 a minute that slide, budget 80%", fewer: true, do: budgetUsed(800, 0), size: size{1700, 1, 1}, limit: 5 * time.Minute, config: map[string]string{"workers": "32"},
		tune: func(o *Options) { o.Rates = Rates{Limit: 1000, Sliding: true, Reset: Only429} }},
	{id: "R4", fault: "a window of 2 s with 200, told by the reset header", fewer: true, do: smallWindow, size: size{150, 1, 1}, limit: 2 * time.Minute,
		more: map[string]string{"KUSTOMER": ", budget: 100%"}, tune: func(o *Options) { o.Rates = Rates{Limit: 200, Window: 2 * time.Second, Reset: Always} }},
	{id: "F18", fault: "Kustomer's clock is a day ahead", fewer: true, do: pausedFor(2 * time.Second), rules: "limited=date object=c40 attempt=1",
		tune: func(o *Options) { o.Rates = Rates{Limit: 900_000, Skew: 24 * time.Hour} }},
	{id: "F18", fault: "Kustomer's clock is a day behind", fewer: true, do: pausedFor(2 * time.Second), rules: "limited=date object=c40 attempt=1",
		tune: func(o *Options) { o.Rates = Rates{Limit: 900_000, Skew: -24 * time.Hour} }},
}

// budgetUsed expects that of each whole window, once warm, at least 97% of what others leave is used, that
// no minute sees more than the budget, and that fewer than 1 in 1,000 requests are answered 429.
func budgetUsed(budget, others int) func(*lab) string {
	return func(l *lab) string {
		late := lateness()
		res := l.run()
		sum := res.said.Summary
		windows := l.server.Windows()
		least, busy := 0.97, ""
		if d := late(); d > 5*time.Millisecond {
			least, busy = 0.8, fmt.Sprintf(" (a busy machine, %v late on average: 80%% are enough)", d.Round(time.Millisecond))
		}
		var shares []string
		for i, w := range windows {
			if i == 0 || i == len(windows)-1 {
				continue // not warm, or not whole
			}
			share := float64(w.Granted) / float64(budget-min(w.Others, others))
			l.expect(share >= least, "window %d: %d of %d requests used, others took %d", i, w.Granted, budget, w.Others)
			l.expect(w.OthersRefused == 0, "window %d: %d requests of others were refused", i, w.OthersRefused)
			shares = append(shares, fmt.Sprintf("%.1f%%", 100*share))
		}
		l.expect(len(shares) > 0, "no window was whole: %+v", windows)
		l.expect(sum.HTTP429*1000 <= sum.Requests, "%d of %d requests answered 429", sum.HTTP429, sum.Requests)
		most := l.busiestMinute()
		l.expect(most <= budget, "%d requests in one minute, the budget is %d", most, budget)
		return fmt.Sprintf("%v of the budget in warm windows, %d of %d answered 429, at most %d in any minute%s", shares, sum.HTTP429, sum.Requests, most, busy)
	}
}

// lateness measures, until it is asked, by how much this machine is late when somebody wants to be woken.
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
func (l *lab) busiestMinute() (most int) {
	var times []time.Time
	for _, e := range l.server.Events() {
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

// smallWindow only has to end well: a window of two seconds is none that Kustomer has.
func smallWindow(l *lab) string {
	sum := l.run().said.Summary
	l.expect(sum.HTTP429 <= 1, "%d answers of 429", sum.HTTP429)
	return fmt.Sprintf("%d requests, %d answered 429", sum.Requests, sum.HTTP429)
}
