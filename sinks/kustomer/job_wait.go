package kustomer

import "time"

// How the wait before a job's first look is judged: by the looks that jobs needed, over so many jobs.
const (
	trialJobs     = 32
	fewJobs       = 12   // enough to tell that a wait is too short
	holdTrials    = 8    // of a limit; twice as many each time that a longer wait is tried in vain
	mostHolds     = 6    // times that it doubles
	longerWait    = 1.15 // times another wait, from which on two waits are compared
	shorterWait   = 0.7  // times the wait that is held, for the next shorter one that is tried
	savedLooks    = 0.15 // looks a job that a longer wait must save
	addedLooks    = 0.1  // looks a job that a shorter wait may add
	manyMoreLooks = 0.7  // looks a job more than before: jobs take longer now
	fewLooks      = 1.25 // looks a job, up to which no wait is judged
)

// waitLimit holds the wait before the first look down where a longer one saves no looks: some services call a job done
// only when it is asked for the second time, however old it is. Without a limit each late answer would make the wait
// longer, and the next answer later. It tries shorter waits too, and after a while a longer one. The zero value holds
// nothing down.
type waitLimit struct {
	most     time.Duration // 0: no limit
	trials   int           // that are left of it
	holds    int           // how often in a row a longer wait was of no use
	isLowest bool          // a shorter wait needs more looks
	best     trial         // the wait that is compared with
	now      trial         // the one under way
}

// trial is a wait, and the looks that jobs needed with it.
type trial struct {
	wait        time.Duration
	jobs, looks int
}

// mean is how many looks a job needed.
func (t trial) mean() float64 { return float64(t.looks) / float64(t.jobs) }

// apply bounds a wait.
func (l *waitLimit) apply(wait time.Duration) time.Duration {
	if l.most > 0 {
		wait = min(wait, l.most)
	}
	return min(max(wait, leastJobWait), mostJobWait)
}

// wait is that of the trial under way.
func (l *waitLimit) wait() time.Duration {
	if l.now.wait == 0 {
		l.now.wait = firstJobWait
	}
	return l.now.wait
}

// add takes in that a job needed so many looks, the first after a wait. learned is the wait that the jobs' times alone
// suggest. Jobs that began under another wait than the one on trial are left out.
func (l *waitLimit) add(waited time.Duration, looks int, learned time.Duration) {
	if waited != l.wait() {
		return
	}
	l.now.jobs++
	l.now.looks += looks
	if l.now.jobs < trialJobs && !l.isTooShort() {
		return
	}
	l.judge()
	l.now = trial{wait: l.apply(learned)}
}

// isTooShort reports whether the wait on trial is surely too short, as far as nothing says that a longer one is of no use.
func (l *waitLimit) isTooShort() bool {
	return l.most == 0 && l.now.jobs >= fewJobs && l.now.mean() > fewLooks
}

// judge compares the trial that has ended with the best one.
func (l *waitLimit) judge() {
	t, best := l.now, l.best
	isLonger := float64(t.wait) > float64(best.wait)*longerWait
	isShorter := l.most > 0 && t.wait < best.wait
	switch {
	case best.jobs > 0 && isLonger && t.mean() > fewLooks && t.mean() > best.mean()-savedLooks:
		l.most, l.isLowest = best.wait, false
		l.trials = holdTrials << l.holds
		l.holds = min(l.holds+1, mostHolds)
	case isShorter && t.mean() > best.mean()+addedLooks:
		l.most, l.isLowest = best.wait, true
	case l.most > 0 && t.mean() > best.mean()+manyMoreLooks:
		*l = waitLimit{best: t}
	default:
		l.best = t
		if l.most == 0 && t.mean() <= fewLooks {
			l.holds = 0
		}
	}
	l.next()
}

// next chooses the limit of the next trial.
func (l *waitLimit) next() {
	if l.most == 0 {
		return
	}
	if l.trials--; l.trials <= 0 {
		l.most = 0
		return
	}
	l.most = l.best.wait
	if !l.isLowest {
		l.most = time.Duration(float64(l.best.wait) * shorterWait)
	}
}
