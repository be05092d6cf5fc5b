package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// saySpec is a sink that can deliver: by mail, which names an address, or by shouting, which does not.
func saySpec() sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text} }
	channel := func(to ...string) sinks.Spec {
		return sinks.Spec{
			Name: "say", Object: "word", Kind: sinks.Acts,
			Create: []sinks.Route{{Method: "POST", Path: "/people/{person}/drafts"}},
			Fields: []sinks.Field{text("person"), text("channel"), text("to"), text("text"), {Name: "at", Type: sinks.Time}},
			Delivery: &sinks.Delivery{
				Send: sinks.Route{Method: "PUT", Path: "/drafts/{id}"}, TimeField: "at", FlagField: "go", RepeatedFields: []string{"channel"}, AddressPaths: to, PersonField: "person",
			},
		}
	}
	return sinks.Spec{
		Name: "say", Object: "word", ExternalID: "externalId",
		Create:   []sinks.Route{{Method: "POST", Path: "/words"}},
		Fields:   []sinks.Field{text("externalId"), text("person"), text("channel"), text("text")},
		Lookups:  []sinks.Lookup{{By: "externalId", From: "externalId", Paths: []string{"/x/{value}"}}},
		Channels: []sinks.Channel{{Name: "mail", Spec: channel("to")}, {Name: "shout", Spec: channel()}},
	}
}

// words is a pipeline that delivers.
const words = `
version: 1
run: { workers: 4, retries: 3, max_errors: 100% }
steps:
  word:
    from: words.csv
    sink: say
    key: "{{ .id }}"
    deliver: true
    max_deliveries: 100
    mapping: { person: "p{{ .id }}", channel: mail, to: "{{ .to }}", text: "{{ .text }}" }
`

// wordRows are n rows.
func wordRows(n int) string {
	text := "id,to,text\n"
	for i := range n {
		text += fmt.Sprintf("%d,u%d@x.example,hello %d\n", i, i%7, i)
	}
	return text
}

// mailbox is a sinks.Outbox in memory, with faults.
type mailbox struct {
	mu     sync.Mutex
	made   int
	drafts map[string]map[string]any // unsent, by id
	keys   map[string]string         // of drafts, sent or not
	sent   map[string][]string       // ids by key
	orders []map[string]any
	log    []string
	tries  map[string]int // by operation and key

	fault func(op sinks.Op, key string, try int) fault
	late  time.Duration
	blind error  // why drafts cannot be listed
	ask   func() // before each answer
}

func newMailbox() *mailbox {
	return &mailbox{drafts: map[string]map[string]any{}, keys: map[string]string{}, sent: map[string][]string{}, tries: map[string]int{}, late: time.Second}
}

func (m *mailbox) Admit(ctx context.Context) (func(), error) { return func() {}, ctx.Err() }

func (m *mailbox) Find(context.Context, sinks.Query) (sinks.Found, bool, error) {
	return sinks.Found{}, false, errors.New("a delivery was looked up")
}

func (m *mailbox) Do(_ context.Context, req sinks.Request) (sinks.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := req.Op.String() + " " + req.Key
	m.tries[name]++
	m.log = append(m.log, name)
	f := fine
	if m.fault != nil {
		f = m.fault(req.Op, req.Key, m.tries[name])
	}
	if m.ask != nil {
		m.ask()
	}
	switch f {
	case fine, lostAfter:
		res, err := m.apply(req)
		if f == lostAfter && err == nil {
			err = &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "the answer was lost"}
		}
		return res, err
	case late:
		time.AfterFunc(m.late, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			_, _ = m.apply(req)
		})
		return sinks.Result{}, &sinks.Error{Class: sinks.Unknown, Message: "the answer was lost"}
	}
	return newService().answer(f, req, 0)
}

func (m *mailbox) apply(req sinks.Request) (sinks.Result, error) {
	if req.Op == sinks.Create {
		m.made++
		id := fmt.Sprintf("d%d", m.made)
		if _, ok := req.Payload["at"]; ok {
			return sinks.Result{}, errors.New("a draft was made with a time to leave")
		}
		m.drafts[id], m.keys[id] = req.Payload, req.Key
		return sinks.Result{ID: id, Status: 200}, nil
	}
	if m.drafts[req.ID] == nil {
		return sinks.Result{}, &sinks.Error{Class: sinks.Unknown, Status: 404, Message: "there is no such draft"}
	}
	delete(m.drafts, req.ID)
	m.sent[req.Key] = append(m.sent[req.Key], req.ID)
	m.orders = append(m.orders, req.Payload)
	return sinks.Result{ID: req.ID, Status: 200}, nil
}

func (m *mailbox) Unsent(_ context.Context, req sinks.Request) (ids []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.log = append(m.log, "list "+req.Key)
	for id, draft := range m.drafts {
		if cmp.Equal(draft, req.Payload) {
			ids = append(ids, id)
		}
	}
	return ids, m.blind
}

// wantSent checks what was sent, as "key id", and that no key was sent twice.
func (m *mailbox) wantSent(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for key, ids := range m.sent {
		if len(ids) > 1 {
			t.Errorf("%s was sent %d times", key, len(ids))
		}
		got = append(got, key+" "+strings.Join(ids, " "))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent: %s", diff)
	}
}
