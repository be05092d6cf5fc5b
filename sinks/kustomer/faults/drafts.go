package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// draft is a message that was written, and perhaps sent (kustomer-api.md 8).
type draft struct {
	id, customer string
	attributes   map[string]any
	gone         bool
}

// Sent is a message that was sent to a customer.
type Sent struct {
	At       time.Time
	Draft    string
	Customer string
	Body     string
}

// drafts holds the drafts of a server, and the messages that were sent.
type drafts struct {
	mu   sync.Mutex
	all  []*draft
	sent []Sent
}

// draftFields are what a draft may hold; others are refused.
var draftFields = []string{"channel", "conversation", "customer", "app", "to", "from", "cc", "bcc", "subject", "body", "sendAt", "scheduled"}

// draft does what a request for drafts asks.
func (x *exchange) draft() reply {
	s := x.s
	if x.to.op == listDrafts {
		return s.listDrafts(x.to.id)
	}
	var fields map[string]any
	if err := json.Unmarshal(x.body, &fields); err != nil || fields["channel"] == nil {
		return s.problem(http.StatusBadRequest, "badparam", "Missing required property: channel", "channel")
	}
	for name := range fields {
		if !slices.Contains(draftFields, name) {
			return s.problem(http.StatusBadRequest, "badparam", "Additional properties not allowed", name)
		}
	}
	if x.to.op == makeDraft {
		return s.makeDraft(x.to.id, fields)
	}
	return s.orderDraft(x.to.id, fields)
}

// makeDraft stores a draft. One with sendAt is sent at once: the documents can be read that way.
func (s *service) makeDraft(customer string, fields map[string]any) reply {
	s.store.mu.Lock()
	owner := s.store.byID[customer]
	s.store.mu.Unlock()
	if owner == nil || owner.kind != "customer" {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "customer")
	}
	s.drafts.mu.Lock()
	defer s.drafts.mu.Unlock()
	d := &draft{id: fmt.Sprintf("65ad%020x", len(s.drafts.all)+1), customer: customer, attributes: fields}
	s.drafts.all = append(s.drafts.all, d)
	s.drafts.send(d)
	return s.shownDraft(d)
}

// orderDraft updates a draft, and sends it when the update says when.
func (s *service) orderDraft(id string, fields map[string]any) reply {
	s.drafts.mu.Lock()
	defer s.drafts.mu.Unlock()
	i := slices.IndexFunc(s.drafts.all, func(d *draft) bool { return d.id == id && !d.gone })
	if i < 0 {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "id")
	}
	d := s.drafts.all[i]
	for name, value := range fields {
		d.attributes[name] = value
	}
	s.drafts.send(d)
	return s.shownDraft(d)
}

// send sends a draft if it has sendAt. The caller holds the lock.
func (all *drafts) send(d *draft) {
	if at, _ := d.attributes["sendAt"].(string); at == "" {
		return
	}
	d.gone = true
	body, _ := d.attributes["body"].(string)
	all.sent = append(all.sent, Sent{At: time.Now(), Draft: d.id, Customer: d.customer, Body: body})
}

func (s *service) listDrafts(customer string) reply {
	s.drafts.mu.Lock()
	defer s.drafts.mu.Unlock()
	list := []any{}
	for _, d := range s.drafts.all {
		if d.customer == customer && !d.gone {
			list = append(list, s.draftDocument(d))
		}
	}
	return reply{status: http.StatusOK, body: encode(map[string]any{"data": list})}
}

func (s *service) shownDraft(d *draft) reply {
	return reply{status: http.StatusOK, body: encode(map[string]any{"data": s.draftDocument(d)})}
}

func (s *service) draftDocument(d *draft) map[string]any {
	attributes := map[string]any{"status": "draft"}
	for name, value := range d.attributes {
		attributes[name] = value
	}
	return map[string]any{"type": "draft", "id": d.id, "attributes": attributes,
		"relationships": map[string]any{"org": relation("org", s.orgID()), "customer": relation("customer", d.customer)}}
}
