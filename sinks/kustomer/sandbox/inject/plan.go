package inject

import (
	"cmp"
	"net/http"
	"sync"
)

// Plan decides which attempts fail. The decision rests on a hash of seed, method, object and attempt, never on the
// order of arrival, so that a run with the same seed meets the same faults however its requests interleave. It is
// safe for concurrent use.
type Plan struct {
	mu       sync.Mutex
	faults   []Planned
	seed     uint64
	attempts map[string]int // by method and object
}

// Planned is a fault with its row in the table of kinds.
type Planned struct {
	Fault Fault
	Kind  *Kind

	status int // in the name of the kind
}

// Name is how the fault is counted: the kind as it was written, with get- before it when it hits reads.
func (p Planned) Name() string {
	if p.Fault.Reads {
		return "get-" + p.Fault.Kind
	}
	return p.Fault.Kind
}

// Set replaces the faults, which Check must have accepted. The attempts that were counted stay: a fault that is
// switched on late meets an object at the attempt that it has reached.
func (p *Plan) Set(faults []Fault, seed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seed, p.faults = seed, nil
	if p.attempts == nil {
		p.attempts = map[string]int{}
	}
	for _, f := range faults {
		kind, status, err := kindOf(f.Kind)
		if err != nil {
			continue // Check refuses such a fault
		}
		f.Delay = cmp.Or(f.Delay, kind.delay)
		p.seed = cmp.Or(f.Seed, p.seed)
		p.faults = append(p.faults, Planned{f, kind, status})
	}
}

// Target is what a fault could hit: a request, the submission of a job, or an item of one.
type Target struct {
	Scope  Scope
	Method string
	Object string // what it is about: an externalId, a path, or a hash of a body
	Path   string // of a request
}

// hits reports whether the fault is meant for such a target at this attempt.
func (p *Planned) hits(t Target, attempt int) bool {
	f := p.Fault
	return p.suits(t.Scope, t.Method) && (f.On == "" || f.On == t.Object || f.On == t.Path) && (f.Attempt == 0 || f.Attempt == attempt)
}

// suits reports whether the fault is of the right kind: a submission is also a request.
func (p *Planned) suits(in Scope, method string) bool {
	return p.Fault.Reads == (method == http.MethodGet) && (p.Kind.Scope == in || p.Kind.Scope == OnRequest && in == OnJob)
}

// special reports whether the fault is for one object or attempt.
func (p *Planned) special() bool { return p.Fault.On != "" || p.Fault.Attempt != 0 }

// Wants reports whether any fault could hit such a target. When none could, Pick need not be asked.
func (p *Plan) Wants(in Scope, method string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		if f.suits(in, method) {
			return true
		}
	}
	return false
}

// Pick counts one attempt on an object and gives the fault that hits it, if any. A fault for one object or attempt
// comes before those that go by share.
func (p *Plan) Pick(t Target) (Planned, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := t.Method + " " + t.Object
	p.attempts[key]++
	attempt := p.attempts[key]
	drawn := Draw(p.seed, key, attempt)
	for _, f := range p.faults {
		if f.special() && f.hits(t, attempt) && drawn < f.Fault.Share {
			return f, true
		}
	}
	var share float64
	for _, f := range p.faults {
		if f.special() || !f.hits(t, attempt) {
			continue
		}
		if share += f.Fault.Share; drawn < share {
			return f, true
		}
	}
	return Planned{}, false
}
