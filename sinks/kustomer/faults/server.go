// Package faults is a server for tests that behaves as Kustomer does, misbehaves as its rules say, and records all
// that it did.
package faults

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"time"
)

// Server is a Kustomer that misbehaves. It is an http.Handler for HTTP/1.1: many faults take the connection over.
type Server struct {
	service
	holdback holdback
}

// New returns a server. Close ends it.
func New(o Options) (*Server, error) {
	rules, err := ParseRules(o.Rules)
	if err != nil {
		return nil, err
	}
	o.Token = cmp.Or(o.Token, "test-token")
	o.OrgID = cmp.Or(o.OrgID, "65aa00000000000000000001")
	o.Duplicate = cmp.Or(o.Duplicate, http.StatusConflict)
	s := &Server{service: service{
		opts: o, rules: ruleSet{seed: o.Seed, list: rules}, token: o.Token, org: o.OrgID, attempts: map[string]int{},
		stop: make(chan struct{}), rates: newMeter(o.Rates),
	}}
	if o.Journal != "" {
		if s.journal.file, err = os.OpenFile(o.Journal, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
			return nil, fmt.Errorf("opening the journal: %w", err)
		}
	}
	return s, nil
}

// Close ends the requests that hang and waits for writes that come late.
func (s *Server) Close() error {
	s.mu.Lock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.mu.Unlock()
	s.later.Wait()
	return s.journal.close()
}

// SetRules replaces the rules.
func (s *Server) SetRules(text string) error {
	rules, err := ParseRules(text)
	if err != nil {
		return err
	}
	s.rules.set(rules)
	return nil
}

// SetToken replaces the key that is accepted.
func (s *Server) SetToken(token string) { s.setToken(token) }

// SetOrg makes the key one of another org; "" is the first one again.
func (s *Server) SetOrg(id string) { s.setOrg(id) }

// HoldAll keeps every request that comes from now on waiting.
func (s *Server) HoldAll() { s.holdback.start() }

// ReleaseAll ends HoldAll. The requests that wait go on one after the other, in a random order.
func (s *Server) ReleaseAll(random *rand.Rand) { s.holdback.release(random) }

// ServeHTTP answers a request, or misbehaves as a rule says.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return // the client gave up while it wrote: nothing happened
	}
	x := &exchange{s: &s.service, w: w, r: r, body: body, to: targetOf(r)}
	x.event = Event{Method: r.Method, Path: r.URL.Path, Kind: x.to.kind, At: time.Now()}
	x.event.Object = x.objectName()
	x.event.Attempt = s.countAttempt(r.Method + " " + x.event.Kind + " " + x.event.Object)
	x.event.Seq = s.journal.arrive()
	s.holdback.pass(s.stop)
	rule := s.rules.pick(x.event)
	x.rule = rule
	x.event.Fault = rule.text
	if rule.fault.before != nil && rule.fault.before(x, rule) {
		return
	}
	a := x.answer()
	if rule.fault.after != nil && rule.fault.after(x, rule, a) {
		return
	}
	x.send(a)
}
