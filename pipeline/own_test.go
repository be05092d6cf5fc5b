package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// sharedAddress is people who share an e-mail address.
const sharedAddress = `
version: 1
run: { workers: 4, max_errors: 100%% }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    if_exists: %s
    mapping: { name: "{{ .name }}", email: "{{ .email }}" }
`

// TestOneObjectOneKey: several rows find one object that carries no external id. One of them becomes it; the others are
// rejected, naming that one, and change nothing.
func TestOneObjectOneKey(t *testing.T) {
	for i, c := range []struct {
		exists string
		opts   func(o *Options)
		wins   ledger.Outcome
	}{
		{"skip", func(*Options) {}, ledger.Existed},
		{"update", func(*Options) {}, ledger.Updated},
		{"update", func(o *Options) { o.Adopt = true }, ledger.Updated},
		{"update", func(o *Options) { o.Bulk = BulkAlways }, ledger.Updated},
	} {
		t.Run(fmt.Sprintf("%d: %s", i, c.exists), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, fmt.Sprintf(sharedAddress, c.exists), map[string]string{
					"people.csv": "id,name,email\n1,Ann,x@example.com\n2,Bob,x@example.com\n3,Cid,x@example.com\n4,Dan,d@example.com\n",
				})
				b.service.delay = time.Second
				b.service.seed("person", map[string]any{"name": "Zoe", "email": "x@example.com"})
				var opts Options
				if c.opts(&opts); opts.Bulk != "" {
					b.sink = newBulkService(b.service)
				}
				sum := b.mustRun(c.opts)
				if sum.Of(c.wins) != 1 || sum.Of(ledger.Created) != 1 || sum.Of(ledger.Rejected) != 2 {
					t.Fatalf("the run ended with %v, want one %s, one created and two rejected: %v", sum.Counters, c.wins, b.messages())
				}
				for _, message := range b.messages() {
					if strings.Contains(message, "rejected") && !strings.Contains(message, `is that of person "`) {
						t.Errorf("the message does not name the owner: %s", message)
					}
				}
				if n := len(b.service.requests("update")); c.wins == ledger.Updated && n > 1 {
					t.Errorf("%d updates, want one: two rows overwrite each other", n)
				}
				again := b.mustRun(c.opts)
				if again.Of(ledger.Rejected) != 2 || again.Of(ledger.Unchanged) != 2 {
					t.Errorf("the second run ended with %v, want two unchanged and two rejected", again.Counters)
				}
			})
		})
	}
}

// TestOneObjectOneKeyInAPlan: a plan shows one row that becomes the object.
func TestOneObjectOneKeyInAPlan(t *testing.T) {
	b := newBench(t, fmt.Sprintf(sharedAddress, "update"), map[string]string{
		"people.csv": "id,name,email\n1,Ann,x@example.com\n2,Bob,x@example.com\n",
	})
	b.service.seed("person", map[string]any{"name": "Zoe", "email": "x@example.com"})
	sum := b.mustRun(func(o *Options) { o.Survey = true })
	if sum.Of(ledger.Planned) != 1 || sum.Of(ledger.Rejected) != 1 {
		t.Errorf("the plan says %v, want one planned and one rejected: %v", sum.Counters, b.messages())
	}
}
