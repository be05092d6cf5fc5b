package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// The limits of the batches of every sink.
const (
	maxItems      = 100
	maxBatchBytes = 90_000
	itemOverhead  = 56
)

func batches(path string) *sinks.Batches {
	return &sinks.Batches{Path: path, MaxItems: maxItems, MaxBytes: maxBatchBytes, ItemOverhead: itemOverhead, RefField: "_clientRef"}
}

// specs are three kinds of objects: people, whom the service keeps unique, and tickets and replies,
// which it does not. A reply cannot be updated.
func specs() []sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text, MaxLen: 64} }
	by := func(name, from string) sinks.Lookup {
		return sinks.Lookup{By: name, From: from, Paths: []string{"/x/" + name + "={value}"}}
	}
	return sinks.Prepare(
		sinks.Spec{
			Name: "make_person", ExternalID: "externalId", Object: "person", Batch: batches("/people/bulk"), Preserve: []string{"name"}, Unique: true,
			Create: []sinks.Route{{Method: "POST", Path: "/people"}},
			Update: &sinks.Route{Method: "PATCH", Path: "/people/{id}"},
			Fields: []sinks.Field{text("externalId"), text("name"), text("email"), text("note"), {Name: "age", Type: sinks.Integer},
				{Name: "custom", Type: sinks.Custom}, {Name: "tags", Type: sinks.List, MaxItems: 2, Unique: true, Items: &sinks.Field{Type: sinks.Text}}},
			Lookups: []sinks.Lookup{by("externalId", "externalId"), by("email", "email")},
		},
		sinks.Spec{
			Name: "make_ticket", ExternalID: "externalId", Object: "ticket", Batch: batches("/tickets/bulk"),
			Create:  []sinks.Route{{Method: "POST", Path: "/tickets"}},
			Update:  &sinks.Route{Method: "PUT", Path: "/tickets/{id}"},
			Fields:  []sinks.Field{text("externalId"), text("subject"), {Name: "person", Type: sinks.ID}, text("status")},
			Final:   &sinks.Final{Field: "status", Value: "done"},
			Lookups: []sinks.Lookup{by("externalId", "externalId")},
		},
		sinks.Spec{
			Name: "make_reply", ExternalID: "externalId", Object: "reply",
			Create:  []sinks.Route{{Method: "POST", Path: "/tickets/{ticket}/replies"}},
			Fields:  []sinks.Field{text("externalId"), text("text"), {Name: "ticket", Type: sinks.ID}},
			Lookups: []sinks.Lookup{by("externalId", "externalId")},
		},
		sinks.Spec{
			Name: "change_person", Object: "person", Kind: sinks.Changes, Target: "id", Batch: batches("/people/bulk"), Preserve: []string{"name"},
			Create: []sinks.Route{{Method: "PATCH", Path: "/people/{id}"}},
			Fields: []sinks.Field{
				{Name: "id", Type: sinks.ID, Required: true, Aliases: []string{"person"}},
				text("externalId"), text("name"), text("email"), text("note"), {Name: "age", Type: sinks.Integer},
			},
		},
		sinks.Spec{
			Name: "make_remark", ExternalID: "externalId", Object: "remark", Batch: batches("/remarks/bulk"),
			Create: []sinks.Route{{Method: "POST", Path: "/tickets/{ticket}/remarks"}},
			Fields: []sinks.Field{text("externalId"), text("text"), {Name: "ticket", Type: sinks.ID}},
		},
		sinks.Spec{
			Name: "merge_people", Object: "merge", Kind: sinks.Acts, Destructive: true,
			Create:     []sinks.Route{{Method: "POST", Path: "/people/merges"}},
			Fields:     []sinks.Field{{Name: "source", Type: sinks.ID, Required: true}, {Name: "target", Type: sinks.ID, Required: true}},
			MustDiffer: [2]string{"source", "target"},
		},
		sinks.Spec{
			Name: "delete_person", Object: "person", Kind: sinks.Changes, Target: "id", Destructive: true,
			Create: []sinks.Route{{Method: "DELETE", Path: "/people/{id}"}},
			Fields: []sinks.Field{{Name: "id", Type: sinks.ID, Required: true}},
		},
		sinks.Spec{
			Name: "make_thing", ExternalID: "externalId", Object: "thing {klass}", Params: []string{"klass"},
			Create:  []sinks.Route{{Method: "POST", Path: "/things/{klass}"}},
			Fields:  []sinks.Field{{Name: "klass", Type: sinks.Text, Required: true}, text("externalId"), text("title")},
			Lookups: []sinks.Lookup{{By: "externalId", From: "externalId", Paths: []string{"/things/{klass}/externalId={value}"}}},
		},
		saySpec(),
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
	bodies    []string       // of updates and changes that came through
	tries     map[string]int // by kind and key
	flying    int
	most      int
	givenBack int // places of Admit that no Do used

	// fault decides on each attempt; nil is none.
	fault func(kind, key string, try int) fault
	// seek decides on each look-up; nil, or a nil error, is to answer it.
	seek func(q sinks.Query) error
	// blind: look-ups never find anything.
	blind  bool
	lag    time.Duration // until look-ups find a new object
	delay  time.Duration // of an answer
	lateBy time.Duration
	admit  func(ctx context.Context) error
}

// fault is what goes wrong with an attempt.
type fault int

const (
	fine        fault = iota
	lostBefore        // unknown, and it did not happen
	lostAfter         // unknown, and it did happen
	late              // unknown, and it happens lateBy later (in virtual time only)
	refuse            // refused
	key401            // fatal
	unreachable       // surely not sent
)

func newService() *service { return &service{tries: map[string]int{}, lateBy: time.Second} }

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
	if s.seek != nil {
		if err := s.seek(q); err != nil {
			return sinks.Found{}, false, err
		}
	}
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

// Read implements sinks.Reader.
func (s *service) Read(_ context.Context, spec *sinks.Spec, id string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf("read %s %s", spec.Object, id))
	for _, o := range s.objects {
		if o.id == id {
			return maps.Clone(o.payload), nil
		}
	}
	return nil, &sinks.Error{Class: sinks.Missing, Status: 404, Message: "there is no such object"}
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
	return s.answer(f, req, s.lateBy)
}

// answer is what becomes of a request, with a fault. The caller holds the lock.
func (s *service) answer(f fault, req sinks.Request, lateBy time.Duration) (sinks.Result, error) {
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
	if f == late {
		time.AfterFunc(lateBy, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.write(req)
		})
		return sinks.Result{}, &sinks.Error{Class: sinks.Unknown, Message: "the answer was lost"}
	}
	res, err := s.write(req)
	if err == nil && f == lostAfter {
		err = &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "the answer was lost"}
	}
	return res, err
}

// write creates or updates an object.
func (s *service) write(req sinks.Request) (sinks.Result, error) {
	req.Payload = req.Values()
	if req.Op == sinks.Update || req.Spec.Kind == sinks.Changes {
		id := req.ID
		if id == "" {
			id, _ = req.Payload["id"].(string)
		}
		for i, o := range s.objects {
			if strings.EqualFold(o.id, id) {
				if req.Spec.Destructive {
					s.objects = slices.Delete(s.objects, i, i+1)
					return sinks.Result{ID: o.id, Status: 204}, nil
				}
				same := contains(o.payload, req.Payload)
				body, _ := sinks.Canonical(req.Payload)
				s.bodies = append(s.bodies, string(body))
				maps.Copy(o.payload, req.Payload)
				return sinks.Result{ID: o.id, Status: 200, Unchanged: same && req.Spec.Kind == sinks.Changes}, nil
			}
		}
		return sinks.Result{}, &sinks.Error{Class: sinks.Missing, Status: 404, Message: "there is no such object"}
	}
	if req.Spec.Unique {
		for _, o := range s.objects {
			for _, field := range []string{"externalId", "email"} {
				if v := req.Payload[field]; v != nil && o.kind == req.Spec.Object && o.payload[field] == v {
					return sinks.Result{}, &sinks.Error{Class: sinks.Duplicate, Status: 409, Field: field, Message: "it exists"}
				}
			}
		}
	}
	o := &object{id: fmt.Sprintf("%024x", len(s.objects)+1), kind: req.Spec.Object, payload: maps.Clone(req.Payload), visible: time.Now().Add(s.lag)}
	for _, ticket := range s.objects { // what a ticket gets reopens it
		if ticket.payload["status"] == "done" && ticket.id == o.payload["ticket"] {
			ticket.payload["status"] = "open"
		}
	}
	s.objects = append(s.objects, o)
	return sinks.Result{ID: o.id, Status: 201, Attempts: 1}, nil
}

// contains reports whether an object holds all of a payload, besides its id.
func contains(object, payload map[string]any) bool {
	for name, v := range payload {
		if name != "id" && object[name] != v {
			return false
		}
	}
	return true
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
