package sandbox

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"sync"
)

// plan decides which attempts fail. The decision rests on a hash of seed, method, object and
// attempt, never on the order of arrival, so that a run with the same seed meets the same faults
// however its requests interleave.
type plan struct {
	mu       sync.Mutex
	faults   []plannedFault
	seed     uint64
	attempts map[string]int // by method and object
}

// plannedFault is a fault with its row in the table of kinds.
type plannedFault struct {
	Fault
	kind   *faultKind
	status int
}

// set replaces the faults. The attempts that were counted stay: a fault that is switched on late
// meets an object at the attempt that it has reached.
func (p *plan) set(faults []Fault, seed uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seed, p.faults = seed, nil
	if p.attempts == nil {
		p.attempts = map[string]int{}
	}
	for _, f := range faults {
		kind, status, err := kindOf(f.Kind)
		if err != nil {
			continue // New and the admin endpoint have refused such a fault
		}
		f.Delay = orDefault(f.Delay, kind.delay)
		p.seed = orDefault(f.Seed, p.seed)
		p.faults = append(p.faults, plannedFault{f, kind, status})
	}
}

// target is what a fault could hit: a request, the submission of a job, or an item of one.
type target struct {
	scope  scope
	method string
	object string
	path   string // of a request
}

// hits says whether the fault is meant for such a target at this attempt.
func (f *plannedFault) hits(t target, attempt int) bool {
	return f.suits(t.scope, t.method) && (f.On == "" || f.On == t.object || f.On == t.path) && (f.Attempt == 0 || f.Attempt == attempt)
}

// suits says whether the fault is of the right kind: a submission is also a request.
func (f *plannedFault) suits(in scope, method string) bool {
	return f.Reads == (method == http.MethodGet) && (f.kind.scope == in || f.kind.scope == onRequest && in == onJob)
}

// wants says whether any fault could hit such a target.
func (p *plan) wants(in scope, method string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.faults {
		if f.suits(in, method) {
			return true
		}
	}
	return false
}

// pick counts one attempt on an object and gives the fault that hits it, if any. A fault for one
// object or attempt comes before those that go by share.
func (p *plan) pick(t target) (plannedFault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := t.method + " " + t.object
	p.attempts[key]++
	attempt := p.attempts[key]
	luck := draw(p.seed, key, attempt)
	var general float64
	for _, f := range p.faults {
		if special := f.On != "" || f.Attempt != 0; special && f.hits(t, attempt) && luck < f.Share {
			return f, true
		}
	}
	for _, f := range p.faults {
		if f.On != "" || f.Attempt != 0 || !f.hits(t, attempt) {
			continue
		}
		if general += f.Share; luck < general {
			return f, true
		}
	}
	return plannedFault{}, false
}

// draw is a number in [0, 1) that looks random and always is the same.
func draw(seed uint64, key string, attempt int) float64 {
	x := hashOf(fmt.Appendf(nil, "%d %s %d", seed, key, attempt))
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

// pickFault finds the fault for a request, if there is one.
func (s *Server) pickFault(c *call) (plannedFault, bool) {
	in := onRequest
	if c.route.bulk {
		in = onJob
	}
	if !s.faults.wants(in, c.method) {
		return plannedFault{}, false
	}
	return s.faults.pick(target{in, c.method, s.objectOf(c), c.r.URL.Path})
}

// objectOf names what a request is about: the externalId in its body or of the object in its
// path, else the path, and for a write without an externalId its body.
func (s *Server) objectOf(c *call) string {
	if name := textOf(c.fields(), "externalId"); name != "" {
		return name
	}
	if c.method == http.MethodPost || c.route.bulk {
		return fmt.Sprintf("%s %x", c.r.URL.Path, hashOf(c.text))
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, arg := range c.args {
		if id, ok := parseID(arg); ok {
			if r := s.store.byID[id]; r != nil {
				if f, err := factsOf(r.kind, r.doc); err == nil && f.ExternalID != "" {
					return f.ExternalID
				}
			}
		}
	}
	return c.r.URL.Path
}

func hashOf(text []byte) uint64 {
	h := fnv.New64a()
	_, err := h.Write(text)
	ignore(err) // a hash never fails
	return h.Sum64()
}
