package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// specs are two kinds of objects: people, whom the service keeps unique, and tickets, which it does not.
func specs() []sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text, MaxLen: 64} }
	by := func(name, from string) sinks.Lookup {
		return sinks.Lookup{By: name, From: from, Paths: []string{"/x/" + name + "={value}"}}
	}
	return sinks.Prepare(
		sinks.Spec{
			Name: "make_person", Object: "person", Unique: true,
			Create:  []sinks.Route{{Method: "POST", Path: "/people"}},
			Update:  &sinks.Route{Method: "PATCH", Path: "/people/{id}"},
			Fields:  []sinks.Field{text("externalId"), text("name"), text("email"), text("note"), {Name: "age", Type: sinks.Integer}},
			Lookups: []sinks.Lookup{by("externalId", "externalId"), by("email", "email")},
		},
		sinks.Spec{
			Name: "make_ticket", Object: "ticket",
			Create:  []sinks.Route{{Method: "POST", Path: "/tickets"}},
			Update:  &sinks.Route{Method: "PUT", Path: "/tickets/{id}"},
			Fields:  []sinks.Field{text("externalId"), text("subject"), {Name: "person", Type: sinks.ID}},
			Lookups: []sinks.Lookup{by("externalId", "externalId")},
		},
	)
}

// object is one object of the service.
type object struct {
	id      string
	kind    string
	payload map[string]any
	visible time.Time // look-ups find it from then on
}

// service is a sinks.Sink in memory, with faults.
type service struct {
	mu        sync.Mutex
	objects   []*object
	log       []string       // "create person 1", in the order of arrival
	tries     map[string]int // by kind and key
	flying    int
	most      int
	givenBack int // places of Admit that no Do used

	// fault decides on each attempt; nil is none.
	fault func(kind, key string, try int) fault
	// blind: look-ups never find anything.
	blind bool
	lag   time.Duration
	delay time.Duration
	admit func(ctx context.Context) error
}

// fault is what goes wrong with an attempt.
type fault int

const (
	fine        fault = iota
	lostBefore        // unknown, and it did not happen
	lostAfter         // unknown, and it did happen
	late              // unknown, and it happens a second later
	refuse            // refused
	key401            // fatal
	unreachable       // surely not sent
)

func newService() *service { return &service{tries: map[string]int{}} }

func (s *service) Admit(ctx context.Context) (func(), error) {
	giveBack := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.givenBack++
	}
	if s.admit != nil {
		return giveBack, s.admit(ctx)
	}
	return giveBack, ctx.Err()
}

func (s *service) Find(_ context.Context, q sinks.Query) (sinks.Found, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf("find %s %s=%s", q.Spec.Object, q.By, q.Value))
	if s.blind {
		return sinks.Found{}, false, nil
	}
	for _, o := range s.objects {
		if o.kind == q.Spec.Object && o.payload[q.By] == q.Value && !time.Now().Before(o.visible) {
			ext, _ := o.payload["externalId"].(string)
			return sinks.Found{ID: o.id, ExternalID: ext, Status: 200}, true, nil
		}
	}
	return sinks.Found{}, false, nil
}

func (s *service) Do(_ context.Context, req sinks.Request) (sinks.Result, error) {
	s.enter(1)
	defer s.enter(-1)
	if s.delay > 0 {
		time.Sleep(s.delay)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := req.Spec.Object
	s.tries[kind+" "+req.Key]++
	s.log = append(s.log, fmt.Sprintf("%s %s %s", req.Op, kind, req.Key))
	f := fine
	if s.fault != nil {
		f = s.fault(kind, req.Key, s.tries[kind+" "+req.Key])
	}
	switch f {
	case lostBefore:
		return sinks.Result{}, &sinks.Error{Class: sinks.Unknown, Message: "the answer was lost"}
	case refuse:
		return sinks.Result{}, &sinks.Error{Class: sinks.Refused, Status: 400, Field: "name", Message: "not like this"}
	case key401:
		return sinks.Result{}, &sinks.Error{Class: sinks.Fatal, Status: 401, Message: "the key was refused"}
	case unreachable:
		return sinks.Result{}, &sinks.Error{Class: sinks.Unreached, Message: "no way there"}
	}
	res, err := s.write(req, f == late)
	if err == nil && (f == lostAfter || f == late) {
		err = &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "the answer was lost"}
	}
	return res, err
}

// write creates or updates; a late write is committed a second later.
func (s *service) write(req sinks.Request, later bool) (sinks.Result, error) {
	if req.Op == sinks.Update {
		for _, o := range s.objects {
			if o.id == req.ID {
				maps.Copy(o.payload, req.Payload)
				return sinks.Result{ID: o.id, Status: 200}, nil
			}
		}
		return sinks.Result{}, &sinks.Error{Class: sinks.Refused, Status: 404, Message: "there is no such object"}
	}
	if req.Spec.Unique {
		for _, o := range s.objects {
			for _, field := range []string{"externalId", "email"} {
				if v := req.Payload[field]; v != nil && o.kind == req.Spec.Object && o.payload[field] == v {
					return sinks.Result{}, &sinks.Error{Class: sinks.Conflict, Status: 409, Field: field, Message: "it exists"}
				}
			}
		}
	}
	o := &object{id: fmt.Sprintf("%024x", len(s.objects)+1), kind: req.Spec.Object, payload: maps.Clone(req.Payload), visible: time.Now().Add(s.lag)}
	if later {
		o.visible = time.Now().Add(time.Second)
	}
	s.objects = append(s.objects, o)
	return sinks.Result{ID: o.id, Status: 201, Attempts: 1}, nil
}

func (s *service) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying += n
	s.most = max(s.most, s.flying)
}

// seed puts an object there that somebody else made.
func (s *service) seed(kind string, payload map[string]any) string {
	o := &object{id: fmt.Sprintf("%024x", 0xf000+len(s.objects)), kind: kind, payload: payload}
	s.objects = append(s.objects, o)
	return o.id
}

// requests lists what arrived and begins with one of the verbs.
func (s *service) requests(verbs ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, line := range s.log {
		if slices.Contains(verbs, strings.Fields(line)[0]) {
			out = append(out, line)
		}
	}
	return out
}

// held lists the objects as "kind externalId name", sorted.
func (s *service) held() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, o := range s.objects {
		label := o.payload["name"]
		if label == nil {
			label = o.payload["subject"]
		}
		out = append(out, fmt.Sprintf("%s %v %v", o.kind, o.payload["externalId"], label))
	}
	slices.Sort(out)
	return out
}

// bench is a pipeline with its files, its ledger and its service.
type bench struct {
	t       *testing.T
	dir     string
	yaml    string
	service *service
	settled []Settlement
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

func (b *bench) plan() (*Plan, error) {
	f, err := config.Parse(filepath.Join(b.dir, "p.yaml"), []byte(b.yaml), config.Options{Specs: specs()})
	if err != nil {
		return nil, err
	}
	return Bind(b.t.Context(), f, BindOptions{Specs: specs(), Stdin: strings.NewReader("")})
}

func (b *bench) mustPlan() *Plan {
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
	o := b.opts
	o.RunID, o.Start, o.Locked = fmt.Sprintf("run-%d", time.Now().UnixNano()), time.Now(), time.Now()
	for _, c := range change {
		c(&o)
	}
	d := Deps{Sink: b.service, Observer: b}
	b.settled = nil
	if o.DryRun {
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

func (b *bench) StepStarted(*Step)    {}
func (b *bench) Waiting(string, int)  {}
func (b *bench) Settled(s Settlement) { b.settled = append(b.settled, s) }
