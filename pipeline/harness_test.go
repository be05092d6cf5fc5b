package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// bench is a pipeline with its files, its ledger and its service.
type bench struct {
	t       *testing.T
	dir     string
	yaml    string
	service *service
	sink    sinks.Sink // in the place of service; nil for none
	settled []Settlement
	said    []string
	started func(*program.Step)    // hears StepStarted; may be nil
	bound   func(*program.Program) // changes what was bound; may be nil
	teach   func(*sinks.Spec)      // what is known of the service; nil for nothing
	opts    Options
}

// onePerson is the smallest pipeline.
const onePerson = `
version: 1
run: { workers: 4 }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    mapping: { name: "{{ .name }}", email: "{{ .email }}" }
`

func newBench(t *testing.T, yaml string, files map[string]string) *bench {
	b := &bench{t: t, dir: t.TempDir(), yaml: yaml, service: newService()}
	for name, text := range files {
		b.file(name, text)
	}
	return b
}

func (b *bench) file(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) plan() (*program.Program, error) {
	f, err := config.Parse(filepath.Join(b.dir, "p.yaml"), []byte(b.yaml), config.Options{Specs: specs()})
	if err != nil {
		return nil, err
	}
	return program.Bind(b.t.Context(), f, program.BindOptions{Specs: specs(), Forms: forms(), Stdin: strings.NewReader("")})
}

func (b *bench) mustPlan() *program.Program {
	b.t.Helper()
	p, err := b.plan()
	if err != nil {
		b.t.Fatalf("binding the pipeline: %v", err)
	}
	return p
}

func (b *bench) ledgerPath() string { return filepath.Join(b.dir, "state", "ledger.db") }

func (b *bench) openLedger() *ledger.Ledger {
	b.t.Helper()
	l, err := ledger.Open(b.ledgerPath(), ledger.Binding{Pipeline: "p", Target: "test", OrgID: "org"})
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}

// run is one run; change may alter its options.
func (b *bench) run(change ...func(*Options)) (Summary, error) {
	return b.runContext(b.t.Context(), change...)
}

func (b *bench) runContext(ctx context.Context, change ...func(*Options)) (Summary, error) {
	b.t.Helper()
	plan := b.mustPlan()
	defer plan.Close()
	if b.bound != nil {
		b.bound(plan)
	}
	for _, s := range plan.Steps {
		if b.teach != nil {
			b.teach(s.Spec)
		}
	}
	o := b.opts
	o.RunID, o.Start, o.Locked = fmt.Sprintf("run-%d", time.Now().UnixNano()), time.Now(), time.Now()
	for _, c := range change {
		c(&o)
	}
	d := Deps{Sink: b.service, Observer: b}
	if b.sink != nil {
		d.Sink = b.sink
	}
	b.settled = nil
	if o.DryRun || o.Survey {
		r, err := ledger.OpenReadOnly(b.ledgerPath(), ledger.Binding{Pipeline: "p", Target: "test", OrgID: "org"})
		if err == nil {
			defer r.Close()
			d.Reader = r
		} else if !errors.Is(err, os.ErrNotExist) {
			b.t.Fatal(err)
		}
		return Run(ctx, plan, d, o)
	}
	d.Ledger = b.openLedger()
	defer func() {
		if err := d.Ledger.Close(); err != nil {
			b.t.Errorf("closing the ledger: %v", err)
		}
	}()
	return Run(ctx, plan, d, o)
}

// mustRun is a run that comes to its end.
func (b *bench) mustRun(change ...func(*Options)) Summary {
	b.t.Helper()
	sum, err := b.run(change...)
	if err != nil {
		b.t.Fatalf("the run ended with %v", err)
	}
	return sum
}

// all is a max_errors that lets every row be rejected.
var all = config.Budget{Percent: 100}

// want compares a summary's counters with "created 2, rejected 1".
func want(t *testing.T, sum Summary, text string) {
	t.Helper()
	var got []string
	for _, o := range ledger.Outcomes {
		if n := sum.Of(o); n > 0 {
			got = append(got, fmt.Sprintf("%s %d", o, n))
		}
	}
	if s := strings.Join(got, ", "); s != text {
		t.Errorf("the run ended with %q, want %q", s, text)
	}
	rows := 0
	for _, s := range sum.Steps {
		rows += s.Rows()
	}
	if rows != sum.Rows() {
		t.Errorf("the steps count %d rows, the run %d", rows, sum.Rows())
	}
}

// entries lists the ledger as "step key outcome id".
func (b *bench) entries() []string {
	b.t.Helper()
	l := b.openLedger()
	defer l.Close()
	var out []string
	for e, err := range l.Entries(b.t.Context(), ledger.Filter{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %s %s %s", e.Step, e.Key, e.Outcome, e.KustomerID))
	}
	return out
}

// withLedger opens the ledger between runs.
func (b *bench) withLedger(use func(l *ledger.Ledger)) {
	b.t.Helper()
	l := b.openLedger()
	use(l)
	if err := l.Close(); err != nil {
		b.t.Error(err)
	}
}

// doubts lists what is begun as "step key", sorted.
func (b *bench) doubts() (keys []string) {
	b.t.Helper()
	b.withLedger(func(l *ledger.Ledger) {
		for _, in := range l.Doubts() {
			keys = append(keys, in.Step+" "+in.Key)
		}
	})
	return keys
}

// wantSaid looks for a text among the messages.
func (b *bench) wantSaid(part string) {
	b.t.Helper()
	if got := strings.Join(b.messages(), "\n"); !strings.Contains(got, part) {
		b.t.Errorf("the messages %q do not say %q", got, part)
	}
}

// wantStop checks why a run ended.
func wantStop(t *testing.T, err error, reason StopReason) *StopError {
	t.Helper()
	var stop *StopError
	if !errors.As(err, &stop) || stop.Reason != reason {
		t.Fatalf("the run ended with %v, want reason %d", err, reason)
	}
	return stop
}

// messages lists why rows were not loaded, as "step key: message".
func (b *bench) messages() []string {
	var out []string
	for _, s := range b.settled {
		if s.Message != "" {
			out = append(out, fmt.Sprintf("%s %s: %s", s.Step, s.Key, s.Message))
		}
	}
	slices.Sort(out)
	return out
}

func (b *bench) StepStarted(s *program.Step) {
	if b.started != nil {
		b.started(s)
	}
}

func (b *bench) Waiting(string, int)  {}
func (b *bench) Settled(s Settlement) { b.settled = append(b.settled, s) }

// idOf is the id of the object in the service that has this value.
func (b *bench) idOf(field, value string) string {
	b.t.Helper()
	for _, o := range b.service.objects {
		if o.payload[field] == value {
			return o.id
		}
	}
	b.t.Fatalf("no object has the %s %q", field, value)
	return ""
}
