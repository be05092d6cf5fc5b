package report

import (
	"testing"
	"time"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

func TestLoad(t *testing.T) {
	limits := &sinks.Batches{MaxItems: 100, MaxBytes: 90_000}
	large := []batch.Load{{Rows: 100_000, Batch: 100_000, Limits: limits, Bytes: 20_000_000}, {Rows: 100_000, Batch: 100_000, Limits: limits, Bytes: 20_000_000}}
	for _, c := range []struct {
		name  string
		loads []batch.Load
		finds int
		pace  Pace
		want  string
	}{
		{"nothing to send", []batch.Load{{}}, 0, Pace{1000, false, 0.8, "auto"}, ""},
		{"a few", []batch.Load{{Rows: 3, Batch: 3, Bytes: 300}}, 0, Pace{1000, false, 0.8, "auto"},
			"load: 3 requests one by one (about 1s), at 80% of an assumed limit of 1,000 a minute; bulk: auto"},
		{"with look-ups", []batch.Load{{Rows: 3}}, 1200, Pace{1000, false, 0.8, "auto"},
			"load: 3 requests one by one (about 1s), and up to 1,200 look-ups for find, at 80% of an assumed limit of 1,000 a minute; bulk: auto"},
		{"of a known limit", []batch.Load{{Rows: 3}}, 1, Pace{1000, true, 0.8, "auto"},
			"load: 3 requests one by one (about 1s), and up to 1 look-up for find, at 80% of the org's limit of 1,000 a minute; bulk: auto"},
		{"with reads", []batch.Load{{Rows: 3, Asks: 2}}, 0, Pace{2000, true, 0.5, "auto"},
			"load: 5 requests one by one (about 1s), at 50% of the org's limit of 2,000 a minute; bulk: auto"},
		{"many", large, 0, Pace{1000, false, 0.8, "auto"},
			"load: 200,000 requests one by one (about 4h10m) or 4,000 in bulk (about 5m06s), at 80% of an assumed limit of 1,000 a minute; bulk: auto"},
		{"never", large, 0, Pace{2000, false, 0.125, "never"},
			"load: 200,000 requests one by one (about 13h20m) or 4,000 in bulk (about 16m06s), at 12.5% of an assumed limit of 2,000 a minute; bulk: never"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Load(c.loads, c.finds, c.pace); got != c.want {
				t.Errorf("Load returns\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestEffortShowsTheShareOfTheLimit(t *testing.T) {
	for _, c := range []struct {
		took  time.Duration
		limit int
		want  string
	}{
		{time.Minute, 1000, "400 requests in 1m00s, run r, 50 rows a request, 40% of the limit of 1,000 a minute"},
		{12 * time.Second, 1000, "400 requests in 12s, run r, 50 rows a request, 100% of the limit of 1,000 a minute"},
		{time.Minute, 0, "400 requests in 1m00s, run r, 50 rows a request"},
		{time.Second, 1000, "400 requests in 1.0s, run r, 50 rows a request"},
	} {
		sum := pipeline.Summary{RunID: "r", Requests: 400, DurationMS: c.took.Milliseconds(), Limit: c.limit}
		for range 20_000 {
			sum.Add(ledger.Created)
		}
		if got := effort(sum); got != c.want {
			t.Errorf("effort of a run of %v returns %q, want %q", c.took, got, c.want)
		}
	}
}

func TestProgressShowsUsage(t *testing.T) {
	p := NoProgress()
	start := time.Now()
	p.lastAt = start
	used := Usage{Limit: 1000}
	p.SetUsage(func() Usage { return used })
	for range 5000 {
		p.Settled(pipeline.Settlement{Outcome: ledger.Created})
	}
	used.Requests = 100
	now := start.Add(10 * time.Second)
	p.measure(now)
	if got, want := p.text(now), "5,000 rows, 500/s, 50 rows a request, 60% of the limit"; got != want {
		t.Errorf("the progress is %q, want %q", got, want)
	}
	used.Requests = 1000 // 900 in ten seconds, the last ones of one of Kustomer's minutes
	p.measure(start.Add(20 * time.Second))
	if got, want := p.text(now), "5,000 rows, 183/s, 5 rows a request, 100% of the limit"; got != want {
		t.Errorf("the progress is %q, want %q", got, want)
	}
}
