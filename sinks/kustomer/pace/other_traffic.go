package pace

import (
	"math"
	"time"
)

const (
	sampleEvery = time.Second      // between two samples
	usualSpan   = 90 * time.Second // the time that usual is the mean of
	riseWeight  = 0.5              // weight of a sample above recent
	fallWeight  = 0.3              // weight of a sample below recent
	burstLasts  = 4 * time.Second  // how long more than usual is expected to go on
)

// otherTraffic estimates how many requests a second others send who share the org's limit. Where the window slides,
// it is how many more they send than they did a minute before.
type otherTraffic struct {
	usual  float64       // over the last minutes
	recent float64       // over the last seconds: quick to rise, slower to fall
	span   time.Duration // that usual has seen, up to othersLong
	fresh  bool          // the next observation only sets the mark
	used   int           // at the mark
	at     time.Time     // of the mark
}

// restart makes the next observation the mark that later ones are compared with.
func (o *otherTraffic) restart() { o.fresh = true }

// observe takes in how much others have used by now.
func (o *otherTraffic) observe(now time.Time, used int) {
	if o.fresh {
		o.fresh, o.used, o.at = false, used, now
		return
	}
	elapsed := now.Sub(o.at)
	if elapsed < sampleEvery {
		return
	}
	seen := float64(used-o.used) / elapsed.Seconds()
	weight := fallWeight
	if seen > o.recent {
		weight = riseWeight
	}
	o.recent = max(0, o.recent+weight*(seen-o.recent))
	o.span = min(o.span+elapsed, usualSpan)
	o.usual += (seen - o.usual) * min(1, elapsed.Seconds()/o.span.Seconds())
	o.used, o.at = used, now
}

// expect is how many requests others are expected to send in d: as many as usual, and for burstLasts as many as
// recently. Where the window slides, the usual ones make no difference: as many are given back meanwhile.
func (o *otherTraffic) expect(d time.Duration, slides bool) float64 {
	usual := max(o.usual, 0)
	if slides {
		usual = 0
	}
	lasts := burstLasts.Seconds() * (1 - math.Exp(-d.Seconds()/burstLasts.Seconds()))
	return usual*d.Seconds() + max(o.recent-usual, 0)*lasts
}
