package report

import (
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/batch"
)

// Pace is what a run may spend.
type Pace struct {
	Limit  int     // requests a minute that the org has
	Known  bool    // Kustomer has said so; else the limit is assumed
	Budget float64 // share of them
	Bulk   string  // the pipeline's bulk: auto, always or never
}

// Load says how many requests a load needs and how long they take, one by one and in bulk; "" when there
// is nothing to send. finds is what templates look up besides.
func Load(loads []batch.Load, finds int, p Pace) string {
	singly, batched := batch.Estimate(loads, float64(p.Limit)*p.Budget/time.Minute.Seconds())
	if singly.Requests == 0 {
		return ""
	}
	text := fmt.Sprintf("load: %s one by one (about %s)", Plural(singly.Requests, "request"), roughly(singly.Time))
	if batched.Requests < singly.Requests {
		text += fmt.Sprintf(" or %s in bulk (about %s)", Count(batched.Requests), roughly(batched.Time))
	}
	if finds > 0 {
		text += fmt.Sprintf(", and up to %s for find", Plural(finds, "look-up"))
	}
	whose := "an assumed"
	if p.Known {
		whose = "the org's"
	}
	return text + fmt.Sprintf(", at %g%% of %s limit of %s a minute; bulk: %s", p.Budget*100, whose, Count(p.Limit), p.Bulk)
}

// roughly writes a time that is a forecast.
func roughly(d time.Duration) string {
	if d < time.Second {
		return "1s"
	}
	if d < 10*time.Second {
		return fmt.Sprintf("%ds", int(d.Round(time.Second).Seconds()))
	}
	return Duration(d.Round(time.Second))
}
