package kustomer

import (
	"bytes"
	"context"
	"net/http"
	"slices"

	"github.com/kustsync/kustsync/sinks"
)

var _ sinks.Outbox = (*Client)(nil)

// listedDraft is a draft in a list (kustomer-api.md 8).
type listedDraft struct {
	ID            string         `json:"id"`
	Attributes    map[string]any `json:"attributes"`
	Relationships map[string]struct {
		Data any `json:"data"`
	} `json:"relationships"`
}

// Unsent lists the customer's drafts (kustomer-api.md 8, list). It fails when the key may not read drafts, when the answer
// has a further page, or when drafts do not show their text: then it is not known which draft is which.
func (c *Client) Unsent(ctx context.Context, req sinks.Request) ([]string, error) {
	delivery := req.Spec.Delivery
	task := purpose{text: "list the drafts of the customer", roles: lookUpPurpose(req.Spec).roles}
	path, _, err := sinks.Route{Path: delivery.DraftsPath}.Fill(req.Payload, "")
	if err != nil {
		return nil, payloadError(req, err)
	}
	r, err := c.wire.request(http.MethodGet, path+"?pageSize=100", delivery.DraftsPath, nil)
	if err != nil {
		return nil, payloadError(req, err)
	}
	a, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusForbidden && !a.foreign { // sending needs no role: the run goes on
		return nil, &sinks.Error{Class: sinks.Forbidden, Status: a.status, Attempts: a.attempts,
			Message: "the API key may not list the drafts of the customer (403)", Hint: roleHint(task.roles)}
	}
	if a.status/100 != 2 {
		return nil, c.refusal(task, a)
	}
	var page struct {
		Data  []listedDraft  `json:"data"`
		Links map[string]any `json:"links"`
	}
	switch err := decode(a, &page); {
	case err != nil:
		return nil, unreadableError(task, a, err.Error())
	case !bytes.Contains(a.body, []byte(`"data"`)):
		return nil, unreadableError(task, a, "the answer holds no list")
	case page.Links["next"] != nil:
		return nil, unreadableError(task, a, "there are more than fit on a page")
	}
	var ids []string
	for _, draft := range page.Data {
		alike, known := draft.matches(delivery, req.Payload)
		switch {
		case !known || checkID(draft.ID) != nil:
			return nil, unreadableError(task, a, "it does not show what the drafts say")
		case alike:
			ids = append(ids, draft.ID)
		}
	}
	return ids, nil
}

// matches reports whether a draft is unsent and the one that a payload made; known: the draft shows enough to tell.
func (l *listedDraft) matches(d *sinks.Delivery, payload map[string]any) (alike, known bool) {
	if at, _ := l.Attributes[d.TimeField].(string); at != "" || l.Attributes["deleted"] == true {
		return false, true
	}
	if status, ok := l.Attributes["status"].(string); ok && status != "draft" {
		return false, true
	}
	for _, name := range d.SameFields {
		want, have := payload[name], l.value(name)
		switch {
		case have == nil && want != nil && name != "conversation": // the documents show it nowhere (kustomer-api.md 8)
			return false, false
		case have != nil && have != want:
			return false, true
		}
	}
	want, have := d.People(payload), d.People(l.Attributes)
	if len(d.AddressPaths) > 0 && len(have) == 0 {
		return false, false
	}
	slices.Sort(want)
	slices.Sort(have)
	return len(d.AddressPaths) == 0 || slices.Equal(want, have), true
}

// value is an attribute, or the id of a relation.
func (l *listedDraft) value(name string) any {
	if v := l.Attributes[name]; v != nil {
		return v
	}
	one, _ := l.Relationships[name].Data.(map[string]any)
	return one["id"]
}
