package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// TestNoticesOfWaits checks the lines that are printed when Kustomer makes a run wait. The end of a wait for the rate limit
// prints none: the next line of progress shows that rows settle again.
func TestNoticesOfWaits(t *testing.T) {
	var out bytes.Buffer
	p := report.NewProgress(&out, false)
	for _, n := range []pace.Event{
		{Kind: pace.RateLimited, Wait: 23 * time.Second, Message: "waiting for the rate limit, 23s: Kustomer answered 429"},
		{Kind: pace.LimitOver, Message: "the rate limit allows requests again"},
		{Kind: pace.Outage, Wait: 10 * time.Minute, Message: "Kustomer cannot be reached (connection refused); waiting up to 10m0s for it"},
		{Kind: pace.Recovered, Message: "Kustomer answers again"},
	} {
		showNotice(p, n)
	}
	p.Stop()
	want := "waiting for the rate limit, 23s: Kustomer answered 429\n" +
		"Kustomer cannot be reached (connection refused); waiting up to 10m0s for it\nKustomer answers again\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}
