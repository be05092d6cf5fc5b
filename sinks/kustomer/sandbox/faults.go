package sandbox

import (
	"fmt"
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/inject"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Fault is one thing that goes wrong on purpose, and how often.
type Fault = inject.Fault

// ParseFaults reads a list of faults as the flag --faults gives it; FaultHelp has the grammar. All mistakes are
// reported at once. An empty text is no fault.
func ParseFaults(spec string) ([]Fault, error) { return inject.Parse(spec) }

// FaultHelp describes the grammar of ParseFaults and every kind of fault, for a help text.
func FaultHelp() string { return inject.Help() }

// pickFault finds the fault for a request, if there is one.
func (s *Server) pickFault(c *router.Call) (inject.Planned, bool) {
	in := inject.OnRequest
	if c.Route.Bulk {
		in = inject.OnJob
	}
	if !s.faults.Wants(in, c.Method) {
		return inject.Planned{}, false
	}
	return s.faults.Pick(inject.Target{Scope: in, Method: c.Method, Object: s.objectOf(c), Path: c.Request.URL.Path})
}

// objectOf names what a request is about: the externalId in its body or of the object in its path, else the path,
// and for a write without an externalId its body.
func (s *Server) objectOf(c *router.Call) string {
	if name := wire.Text(c.Fields(), "externalId"); name != "" {
		return name
	}
	if c.Method == http.MethodPost || c.Route.Bulk {
		return fmt.Sprintf("%s %x", c.Request.URL.Path, inject.Hash(c.Text))
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, arg := range c.Args {
		if id, ok := wire.ParseID(arg); ok {
			if r := s.store.ByID(id); r != nil {
				if name := r.ExternalID(); name != "" {
					return name
				}
			}
		}
	}
	return c.Request.URL.Path
}

// spoil carries out a request as its fault lets it, and gives the client what the fault leaves of the answer.
func (s *Server) spoil(w http.ResponseWriter, c *router.Call, f inject.Planned) {
	s.stats.Fault(f.Name())
	e := inject.Exchange{
		W: w, R: c.Request, Errors: s.errors, Closed: s.done,
		Send: func(a router.Answer) { s.send(w, a) },
	}
	switch {
	case f.Kind.Scope == inject.OnJob:
		c.Fault = f.Fault.Kind
		e.Answer = s.perform(c)
	case f.Kind.Before:
	case f.Kind.Late:
		time.AfterFunc(f.Fault.Delay, func() { s.perform(c) })
	default:
		e.Answer = s.perform(c)
	}
	f.Deliver(e)
}
