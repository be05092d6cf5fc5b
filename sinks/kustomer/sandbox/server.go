// Package sandbox is a Kustomer in the binary: an http.Handler that behaves as kustomer-api.md describes, keeps its
// data in a folder, and fails on request.
//
// This package takes requests in: it checks key, role, budget, size and schema, and injects faults. What an endpoint
// does stands in sandbox/resources, one file for each resource, whose package comment says how to add one; what its
// body may hold stands in sandbox/schema; what it keeps, in sandbox/store.
package sandbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/budget"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/inject"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/resources"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/stats"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Server is the sandbox. It is an http.Handler and safe for concurrent use.
//
// Besides Kustomer's endpoints it has some of its own, for which no key is needed:
//   - GET /_sandbox/stats counts requests, answers, objects, jobs, refused duplicates and faults.
//   - GET /_sandbox/objects?type=customer streams what it holds, one JSON object a line.
//   - GET /_sandbox/delivered streams what left for customers, one JSON object a line.
//   - POST /_sandbox/faults replaces the faults; its body is a list as for ParseFaults.
//   - POST /_sandbox/agent does what a person does in the org: lines of JSON, see Action.
//   - POST /_sandbox/seed makes objects; its body is lines as GET /_sandbox/objects writes them.
type Server struct {
	opts   Options
	errors router.Errors
	budget *budget.Budget
	stats  *stats.Stats
	faults *inject.Plan
	done   chan struct{} // closed by Close

	mu        sync.RWMutex // guards what follows
	closed    bool
	failed    error // the store is ahead of its journal
	store     *store.Store
	resources *resources.Resources
}

// New opens a sandbox. With Options.Dir it loads what earlier runs left there, and holds the folder until Close; a
// folder that another process holds is an error.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: o, errors: o.errors(), budget: budget.New(o.limits()), stats: stats.New(), faults: &inject.Plan{}, done: make(chan struct{}),
		store: store.New(store.Options{Dir: o.Dir, Org: newOrg(o.Seed), Unique: o.Unique, Identifiers: o.Identifiers}),
	}
	s.faults.Set(o.Faults, o.Seed)
	s.resources = resources.New(resources.Deps{
		Store: s.store, Budget: s.budget, Faults: s.faults, Stats: s.stats, Errors: s.errors, Rules: o.rules(), Later: s.later,
	}, o.jobs())
	if err := s.store.Open(s.give, s.resources.Jobs.Load); err != nil {
		return nil, err
	}
	if o.Dir != "" {
		s.resources.Resume()
	}
	return s, nil
}

// newOrg makes the id of an org: the same for the same seed, random for 0.
func newOrg(seed uint64) string {
	var id wire.ID
	if seed == 0 {
		_, _ = rand.Read(id[:]) // never fails
	} else {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("kustsync sandbox org "), seed))
		copy(id[:], sum[:])
	}
	return id.String()
}

// Close stops the sandbox: requests that are held by a fault are let go, later ones get 503, and the data folder is
// given back. Everything that was answered is already in it. To end a server in order, close the sandbox first and
// the http.Server after it.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.done)
	return s.store.Close()
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
func (s *Server) OrgID() string { return s.store.OrgID() }

// ServeHTTP answers one request as Kustomer would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		s.serveAdmin(w, r)
		return
	}
	defer s.stats.Enter(time.Now())()
	c, refusal := s.admit(w, r)
	inject.Wait(r.Context().Done(), s.done, s.opts.Latency)
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

// perform checks a request that was let in against its schema, carries it out and commits it.
func (s *Server) perform(c *router.Call) router.Answer {
	if schema := c.Route.Schema(c.Query); schema != nil {
		if mistakes := schema.Validate(c.Body); len(mistakes) > 0 {
			return s.errors.Invalid(c.Route.Bulk, mistakes...)
		}
		c.Body = schema.Tidy(c.Body)
	}
	if c.Method == http.MethodGet {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	if s.closed {
		return s.errors.Refuse(http.StatusServiceUnavailable, router.Problem{Code: router.CodeInternal, Title: "The sandbox is closed"})
	}
	if s.failed != nil {
		return s.errors.Broken(s.failed)
	}
	a := c.Route.Handle(c)
	if a.Record != nil && c.Method != http.MethodGet {
		s.stats.Row()
	}
	return a
}

// later calls do at a time, with the lock held, unless the sandbox is closed or has failed by then. When do fails,
// the store is ahead of its journal, and the sandbox answers nothing more.
func (s *Server) later(at time.Time, do func() error) {
	time.AfterFunc(time.Until(at), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.closed || s.failed != nil {
			return
		}
		s.failed = do()
	})
}

// send writes an answer and counts it.
func (s *Server) send(w http.ResponseWriter, a router.Answer) {
	s.stats.Answered(a.Status)
	a.Send(w)
}
