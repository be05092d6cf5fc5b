package report

import (
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/batch"
)

// Pace says how many requests a minute a run may send, and whether in bulk.
type Pace struct {
	Limit  int     // requests a minute that the org has
	Known  bool    // whether Kustomer has told the limit; else it is assumed
	Budget float64 // share of Limit that the run may use, between 0 and 1
	Bulk   string  // the pipeline's bulk: auto, always or never
}

// Load describes how many requests a load needs and how long they take, one by one and in bulk; "" when there
// is nothing to send. finds is how many look-ups the templates add at most.
func Load(loads []batch.Load, finds int, p Pace) string {
	single, bulk := batch.Estimate(loads, float64(p.Limit)*p.Budget/time.Minute.Seconds())
	if single.Requests == 0 {
		return ""
	}
	text := fmt.Sprintf("load: %s one by one (about %s)", Plural(single.Requests, "request"), roughly(single.Time))
	if bulk.Requests < single.Requests {
		text += fmt.Sprintf(" or %s in bulk (about %s)", Count(bulk.Requests), roughly(bulk.Time))
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

// roughly formats an estimated time in whole seconds, at least one.
func roughly(d time.Duration) string {
	if d < time.Second {
		return "1s"
	}
	if d < 10*time.Second {
		return fmt.Sprintf("%ds", int(d.Round(time.Second).Seconds()))
	}
	return Duration(d.Round(time.Second))
}
