package kustomer

import (
	"math"
	"time"
)

const (
	othersEvery = time.Second      // between two samples
	othersLong  = 90 * time.Second // what usual is the mean of
	othersRise  = 0.5              // weight of a sample above burst
	othersFall  = 0.3              // weight of one below
	othersBurst = 4 * time.Second  // how long a burst is thought to go on
)

// others estimates how many requests a second everybody else sends. Where the window slides, it is how
// many more they send than they did a minute before.
type others struct {
	usual float64       // over the last minutes
	burst float64       // of late: quick to rise, slower to fall
	span  time.Duration // that usual has seen, up to othersLong
	fresh bool          // the next observation only sets the mark
	used  int           // at the mark
	at    time.Time     // of the mark
}

// restart says that counting begins anew.
func (o *others) restart() { o.fresh = true }

// observe takes in how much others have used by now.
func (o *others) observe(now time.Time, used int) {
	if o.fresh {
		o.fresh, o.used, o.at = false, used, now
		return
	}
	elapsed := now.Sub(o.at)
	if elapsed < othersEvery {
		return
	}
	seen := float64(used-o.used) / elapsed.Seconds()
	weight := othersFall
	if seen > o.burst {
		weight = othersRise
	}
	o.burst = max(0, o.burst+weight*(seen-o.burst))
	o.span = min(o.span+elapsed, othersLong)
	o.usual += (seen - o.usual) * min(1, elapsed.Seconds()/o.span.Seconds())
	o.used, o.at = used, now
}

// expect is how many requests others should send in a time: as many as usual, and for a while as many as
// of late. Where the window slides, the usual ones make no difference: they are given back meanwhile.
func (o *others) expect(d time.Duration, slides bool) float64 {
	usual := max(o.usual, 0)
	if slides {
		usual = 0
	}
	lasts := othersBurst.Seconds() * (1 - math.Exp(-d.Seconds()/othersBurst.Seconds()))
	return usual*d.Seconds() + max(o.burst-usual, 0)*lasts
}
