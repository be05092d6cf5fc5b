package kustomer

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// checkAllowed refuses a request that this client may not send. Every request passes it, whatever sink made it.
func (c *caller) checkAllowed(r request) error {
	switch {
	case c.readOnly && r.method != http.MethodGet:
		return &sinks.Error{Class: sinks.Refused, Err: errReadOnly, Message: r.method + " " + r.template + ": " + errReadOnly.Error()}
	case !c.allowDelivery && couldDeliver(r):
		return &sinks.Error{Class: sinks.Refused, Message: "the request could deliver a message, which this run may not: " + r.method + " " + r.template,
			Hint: "to let it, give the flag --allow-delivery"}
	}
	return nil
}

// couldDeliver reports whether a request could make a message leave for a customer: any write of drafts can, except
// to delete a draft, and to make one of an internal note (kustomer-api.md 8).
func couldDeliver(r request) bool {
	switch r.method {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		return false
	}
	for part := range strings.SplitSeq(r.target.Path, "/") {
		name, _, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "drafts") {
			return r.method != http.MethodPost || !isNote(r.body)
		}
	}
	return false
}

func isNote(body []byte) bool {
	var members map[string]json.RawMessage // a struct would also take "Channel"
	return json.Unmarshal(body, &members) == nil && string(members["channel"]) == `"note"`
}
