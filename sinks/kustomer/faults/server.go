// Package faults is a hostile Kustomer: a server for tests that breaks on purpose, and remembers what it did.
package faults

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Shape is the form of an error body (kustomer-api.md 3.1).
type Shape int

// The two shapes that are known.
const (
	ShapeA Shape = iota // JSON:API, as seen on the wire
	ShapeB              // code and message, as the portal shows it
)

// Options say which reading of Kustomer a Server is, and what goes wrong. The zero value is a kind,
// fast Kustomer without a rate limit that keeps customers unique, and nothing else.
type Options struct {
	Seed    uint64 // of every choice between a fault and none
	Rules   string // which faults, for what: see ParseRules
	Token   string // the only key that is taken; default "test-token"
	OrgID   string // default 24 hex digits
	Journal string // a file that gets every event as a line of JSON before its answer leaves; "" is none

	Unique    bool  // external ids of conversations and messages are unique too
	Duplicate int   // status of a duplicate: 409 (default), 400 or 422
	Shape     Shape // of errors

	Lag   time.Duration // look-ups see an object only so long after it was written
	Blind bool          // look-ups by external id always answer 404

	Rates Rates
	Jobs  Jobs

	Kill func() // ends the client, for faults that do; nil is nobody
}

// Server is a hostile Kustomer. It is an http.Handler for HTTP/1.1: many faults take the connection over.
type Server struct {
	opts   Options
	rules  []rule
	book   journal
	store  store
	drafts drafts
	jobs   jobs
	rates  *meter

	mu       sync.Mutex
	token    string
	org      string
	attempts map[string]int // by method and object
	stop     chan struct{}  // closed by Close: lets go of requests that are held
	later    sync.WaitGroup // writes that come late
	clog     clog
	cuts     atomic.Int64 // answers that cut-each has struck
}

// New returns a server. Close ends it.
func New(o Options) (*Server, error) {
	rules, err := ParseRules(o.Rules)
	if err != nil {
		return nil, err
	}
	if o.Token == "" {
		o.Token = "test-token"
	}
	if o.OrgID == "" {
		o.OrgID = "65aa00000000000000000001"
	}
	if o.Duplicate == 0 {
		o.Duplicate = http.StatusConflict
	}
	s := &Server{
		opts: o, rules: rules, token: o.Token, org: o.OrgID, attempts: map[string]int{},
		stop: make(chan struct{}), rates: newMeter(o.Rates),
	}
	if o.Journal != "" {
		if s.book.file, err = os.OpenFile(o.Journal, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
			return nil, fmt.Errorf("opening the journal: %w", err)
		}
	}
	return s, nil
}

// Close lets go of the requests that are held and waits for writes that come late.
func (s *Server) Close() error {
	s.mu.Lock()
	select {
	case <-s.stop:
	default:
		close(s.stop)
	}
	s.mu.Unlock()
	s.later.Wait()
	return s.book.close()
}

// SetRules puts other faults in the place of those so far.
func (s *Server) SetRules(text string) error {
	rules, err := ParseRules(text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = rules
	return nil
}

// SetToken puts another key in the place of the one that is taken.
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// SetOrg makes the key one of another org; "" is the first one again.
func (s *Server) SetOrg(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.org = cmp.Or(id, s.opts.OrgID)
}

func (s *Server) kill() {
	if s.opts.Kill != nil {
		s.opts.Kill()
	}
}

func (s *Server) orgID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.org
}

func (s *Server) takes(authorization string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return authorization == "Bearer "+s.token
}

const maxRequest = 100 << 10 // bytes of a body (kustomer-api.md 2.4)

// exchange is one request on its way through the server.
type exchange struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	body  []byte
	to    target
	rule  rule // that strikes it
	event Event
}

// ServeHTTP answers a request, or breaks as a rule says.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return // the client gave up while it wrote: nothing happened
	}
	x := &exchange{s: s, w: w, r: r, body: body, to: targetOf(r)}
	x.event = Event{Method: r.Method, Path: r.URL.Path, Kind: x.to.kind, At: time.Now()}
	x.event.Object = x.objectName()
	x.event.Attempt = s.count(r.Method + " " + x.event.Kind + " " + x.event.Object)
	x.event.Seq = s.book.arrive()
	s.clog.pass(s.stop)
	rule := s.pick(x.event)
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

// objectName is what a request is about, the same in every attempt: the external id that it writes, or
// the path.
func (x *exchange) objectName() string {
	if x.to.op == submit {
		first, items := batchIn(x.body)
		x.event.Items = items
		return cmp.Or(first, x.r.URL.Path)
	}
	if x.r.Method == http.MethodPost {
		if id := externalIDIn(x.body); id != "" {
			return id
		}
	}
	return x.r.URL.Path
}

func (s *Server) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[name]++
	return s.attempts[name]
}

// answer goes through Kustomer's checks in their order (kustomer-api.md 2.2) and does what is asked.
func (x *exchange) answer() reply {
	if !x.s.takes(x.r.Header.Get("Authorization")) {
		return x.s.problem(http.StatusUnauthorized, "unauthorized", "Unauthorized", "")
	}
	x.event.Authorized = true
	if _, ok := x.s.rates.spend(time.Now()); !ok {
		return x.s.problem(http.StatusTooManyRequests, "rate_limit", "Too Many Requests", "")
	}
	if len(x.body) > cmp.Or(x.s.opts.Jobs.Body, maxRequest) {
		return x.s.problem(http.StatusRequestEntityTooLarge, "too_large", "Request Entity Too Large", "")
	}
	return x.do()
}

// send writes an answer whole, after the journal has it.
func (x *exchange) send(a reply) {
	x.note(a.status)
	for name, values := range x.headers(a) {
		x.w.Header()[name] = values
	}
	x.w.WriteHeader(a.status)
	_, _ = x.w.Write(a.body)
}

// note puts the event into the journal.
func (x *exchange) note(status int) {
	x.event.Status = status
	x.event.Took = time.Since(x.event.At)
	x.s.book.add(x.event)
}
