// Package sandbox is a Kustomer in the binary: an http.Handler that behaves as kustomer-api.md
// describes, keeps its data in a folder, and fails on request.
package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is the sandbox. It is an http.Handler and safe for concurrent use.
//
// Besides Kustomer's endpoints it has some of its own, for which no key is needed:
//   - GET /_sandbox/stats counts requests, answers, objects, jobs, refused duplicates and faults.
//   - GET /_sandbox/objects?type=customer streams what it holds, one JSON object a line.
//   - GET /_sandbox/delivered streams what left for customers, one JSON object a line.
//   - POST /_sandbox/faults replaces the faults; its body is a list as for ParseFaults.
//   - POST /_sandbox/seed makes objects; its body is lines as GET /_sandbox/objects writes them.
type Server struct {
	opts   Options
	routes routeTable
	budget *budget
	stats  *stats
	faults plan
	done   chan struct{} // closed by Close

	mu      sync.RWMutex // guards what follows
	closed  bool
	org     string
	store   *store
	ops     map[string]*operation // by context
	jobs    map[identifier]*job
	journal *journal // nil: memory only
	text    []byte   // of the document that is being written
	holding bool     // commits wait in held for the end of a batch
	held    []change
	failed  error // memory is ahead of the journal
}

// New opens a sandbox. With Options.Dir it loads what earlier runs left there, and holds the
// folder until Close; a folder that another process holds is an error.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	ops := bulkOperations()
	s := &Server{
		opts: o, routes: newRoutes(ops, o.ClientRef), budget: newBudget(o), stats: newStats(), done: make(chan struct{}),
		ops: map[string]*operation{},
	}
	for _, op := range ops {
		s.ops[op.context()] = op
	}
	s.faults.set(o.Faults, o.Seed)
	fresh := header{Sandbox: journalVersion, Org: newOrg(o.Seed)}
	if o.Dir == "" {
		return s, s.replay(fresh, nil)
	}
	if s.journal, err = openJournal(o.Dir, fresh, s.replay); err != nil {
		return nil, err
	}
	s.resume()
	return s, nil
}

// newOrg makes the id of an org: the same for the same seed, random for 0.
func newOrg(seed uint64) string {
	var id identifier
	if seed == 0 {
		_, err := rand.Read(id[:])
		ignore(err) // crypto/rand.Read never fails
	} else {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("kustsync sandbox org "), seed))
		copy(id[:], sum[:])
	}
	return id.String()
}

// replay takes in one line of the journal; the header comes first, without changes.
func (s *Server) replay(h header, changes []change) error {
	if s.store == nil {
		org, err := hex.DecodeString(h.Org)
		if err != nil {
			return fmt.Errorf("the org id %q is not hexadecimal", h.Org)
		}
		s.org, s.store, s.jobs = h.Org, newStore([4]byte(org)), map[identifier]*job{}
		if err := s.give(); err != nil {
			return err
		}
	}
	for _, c := range changes {
		if err := s.restore(c); err != nil {
			return err
		}
	}
	return nil
}

// restore takes in one change of the journal.
func (s *Server) restore(c change) error {
	if c.Type != jobType {
		r, err := s.store.apply(c, 0)
		if err == nil {
			s.store.saw(r.id)
		}
		return err
	}
	j, err := loadJob(c, s.ops)
	if err != nil {
		return err
	}
	s.jobs[j.id] = j
	s.store.saw(j.id)
	for _, b := range j.batches {
		if id, ok := parseID(b.ID); ok {
			s.store.saw(id)
		}
	}
	return nil
}

// Close stops the sandbox: requests that are held by a fault are let go, later ones get 503, and
// the data folder is given back. Everything that was answered is already in it. To end a server
// in order, close the sandbox first and the http.Server after it.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.done)
	return s.journal.close()
}

// Token is an API key that the sandbox accepts.
func (s *Server) Token() string {
	if len(s.opts.Keys) == 0 {
		return defaultKey
	}
	keys := make([]string, 0, len(s.opts.Keys))
	for k := range s.opts.Keys {
		keys = append(keys, k)
	}
	return slices.Min(keys)
}

// OrgID is the id of the org that the sandbox plays; it stays with the data folder.
func (s *Server) OrgID() string { return s.org }

// userID is the machine user of every key, the author of all that is written.
func (s *Server) userID() string { return s.org[:len(s.org)-2] + "01" }

// ServeHTTP answers one request as Kustomer would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		s.serveAdmin(w, r)
		return
	}
	defer s.stats.enter(time.Now())()
	c, refusal := s.admit(w, r)
	s.pause(r.Context(), s.opts.Latency)
	if refusal != nil {
		s.send(w, *refusal)
		return
	}
	if f, ok := s.pickFault(c); ok {
		s.spoil(w, c, f)
		return
	}
	s.send(w, s.perform(c))
}

// spoil lets a fault have its way with a request.
func (s *Server) spoil(w http.ResponseWriter, c *call, f plannedFault) {
	s.stats.fault(f.Fault)
	e := exchange{s: s, w: w, r: c.r, fault: f.Fault, status: f.status}
	switch {
	case f.kind.scope == onJob:
		c.fate = f.Kind
		e.answer = s.perform(c)
	case f.kind.before:
	case f.kind.name == "late":
		time.AfterFunc(f.Delay, func() { s.perform(c) })
	default:
		e.answer = s.perform(c)
	}
	f.kind.deliver(e)
}

// perform checks a request that was let in against its schema, carries it out and commits it.
func (s *Server) perform(c *call) answer {
	if schema := c.route.schema(c.query); schema != nil {
		if problems := schema.validate(c.body); len(problems) > 0 {
			return s.refuse(http.StatusBadRequest, s.named(c.route, problems)...)
		}
		c.body = tidy(schema, c.body)
	}
	if c.method == http.MethodGet {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	if s.closed {
		return s.refuse(http.StatusServiceUnavailable, problem{code: codeInternal, title: "The sandbox is closed"})
	}
	if s.failed != nil {
		return s.broken(s.failed)
	}
	a := c.route.handle(s, c)
	if a.record != nil && c.method != http.MethodGet {
		s.stats.row()
	}
	return a
}

// named says in mistakes what a client may know of their place: in a list of items that is a
// matter of the options, and else the parameter alone.
func (s *Server) named(r *route, problems []problem) []problem {
	for i := range problems {
		if !r.bulk || s.opts.NameItems != NameByPointer {
			problems[i].pointer = ""
		}
		if r.bulk && s.opts.NameItems == NameNothing {
			problems[i].parameter = ""
		}
	}
	return problems
}

// commit makes changes durable and then visible; those of a batch become durable at its end. The
// lock is held.
func (s *Server) commit(changes ...change) ([]*record, error) {
	if s.holding {
		s.held = append(s.held, changes...)
	} else if err := s.journal.append(changes); err != nil {
		return nil, err
	}
	born := time.Now().UnixNano()
	records := make([]*record, 0, len(changes))
	for _, c := range changes {
		r, err := s.store.apply(c, born)
		if err != nil {
			return nil, err
		}
		if c.Rev == 1 {
			s.stats.create(r.kind)
		}
		records = append(records, r)
	}
	return records, nil
}

// broken is the answer when a commit failed.
func (s *Server) broken(err error) answer {
	return s.refuse(http.StatusInternalServerError, problem{code: codeInternal, title: "The sandbox cannot keep its data", detail: err.Error()})
}

// send writes an answer and counts it.
func (s *Server) send(w http.ResponseWriter, a answer) {
	s.stats.answered(a.status)
	writeHead(w, a)
	writeAll(w, a.body)
}
