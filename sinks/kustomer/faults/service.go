package faults

import (
	"cmp"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
)

// service is a Kustomer: what it holds, and what its faults need.
type service struct {
	opts    Options
	rules   ruleSet
	journal journal
	store   store
	drafts  drafts
	jobs    jobs
	rates   *meter
	stop    chan struct{}  // closed by Server.Close: ends requests that hang
	later   sync.WaitGroup // writes that come late, and jobs
	cuts    atomic.Int64   // answers that the fault cut-each has cut

	mu       sync.Mutex
	token    string
	org      string
	attempts map[string]int // by method and object
}

// killClient ends the process that sends the requests, if the test gave a way to do so.
func (s *service) killClient() {
	if s.opts.Kill != nil {
		s.opts.Kill()
	}
}

func (s *service) orgID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.org
}

func (s *service) setOrg(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.org = cmp.Or(id, s.opts.OrgID)
}

func (s *service) setToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// accepts reports whether a request with this Authorization header has the right key.
func (s *service) accepts(authorization string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return authorization == "Bearer "+s.token
}

// countAttempt returns the number of the attempt for that method and object, from 1 on.
func (s *service) countAttempt(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[name]++
	return s.attempts[name]
}

// problem is an answer that says what is wrong, in the shape that the server has.
func (s *service) problem(status int, code, title, field string) reply {
	one := map[string]any{"code": code}
	if s.opts.Shape == ShapeA {
		one["status"], one["title"] = status, title
		if field != "" {
			one["source"] = map[string]any{"parameter": field}
		}
	} else {
		one["message"], one["meta"] = title, map[string]any{}
		if field != "" {
			one["message"] = title + ": " + field
		}
	}
	return reply{status: status, body: encode(map[string]any{"errors": []any{one}})}
}

// shown is the answer that shows an object.
func (s *service) shown(status int, o object) reply {
	return reply{status: status, body: encode(map[string]any{"data": s.document(o)})}
}

// document is an object as Kustomer shows it (kustomer-api.md 1.5).
func (s *service) document(o object) map[string]any {
	attributes := map[string]any{"rev": o.rev, "createdAt": o.written.UTC().Format("2006-01-02T15:04:05.000Z")}
	for name, value := range o.attributes {
		if name != o.parentKind {
			attributes[name] = value
		}
	}
	if o.gone {
		attributes["deleted"] = true
	}
	related := map[string]any{"org": relation("org", s.orgID())}
	if o.modifiedBy != "" {
		related["modifiedBy"] = relation("user", o.modifiedBy)
	}
	if o.into != nil && o.kind == "conversation" {
		attributes["mergedTarget"] = o.into.id
	}
	if o.parentID != "" {
		related[o.parentKind] = relation(o.parentKind, o.parentID)
	}
	return map[string]any{
		"type": o.kind, "id": o.id, "attributes": attributes, "relationships": related,
		"links": map[string]any{"self": "/v1/" + o.kind + "s/" + o.id},
	}
}

// failure is an answer with that status, which a fault sends.
func (s *service) failure(status int) reply {
	return s.problem(status, "fault", fmt.Sprintf("%s (on purpose)", http.StatusText(status)), "")
}

func (s *service) whoAmI() reply {
	return reply{status: 200, body: encode(map[string]any{"data": map[string]any{
		"type": "auth_token", "id": "65aa00000000000000000002",
		"attributes":    map[string]any{"name": "fault suite", "lastTokenChars": "....", "roles": []any{"org"}},
		"relationships": map[string]any{"org": relation("org", s.orgID()), "user": relation("user", "65aa00000000000000000003")},
	}})}
}
