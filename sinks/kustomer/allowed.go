package kustomer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// destroys are the requests that need Options.AllowDestructive.
var destroys = catalog.Destroys()

// checkAllowed refuses a request that this client may not send. Every request passes it, whatever sink made it.
func (c *caller) checkAllowed(r request) error {
	if c.readOnly && r.method != http.MethodGet {
		return &sinks.Error{Class: sinks.Refused, Err: errReadOnly, Message: r.method + " " + r.template + ": " + errReadOnly.Error()}
	}
	if !c.allowDelivery && couldDeliver(r) {
		return &sinks.Error{Class: sinks.Refused, Message: "the request could deliver a message, which this run may not: " + r.method + " " + r.template,
			Hint: "to let it, give the flag --allow-delivery"}
	}
	if c.allowDestructive {
		return nil
	}
	if d, ok := destroying(r); ok {
		return &sinks.Error{Class: sinks.Refused, Message: "the request " + d.Does + ", which this run may not: " + r.method + " " + r.template,
			Hint: "to let it, give the flag --allow-destructive"}
	}
	return nil
}

// destroying finds a request among those that delete, merge or redact. Its body is decoded only where it may have one of
// their members.
func destroying(r request) (sinks.Destroy, bool) {
	path := r.target.EscapedPath()
	couldMatch := slices.ContainsFunc(destroys, func(d sinks.Destroy) bool {
		return d.Matches(r.method, path) && (d.Member == "" || bytes.Contains(r.body, []byte(`"`+d.Member+`"`)))
	})
	if !couldMatch {
		return sinks.Destroy{}, false
	}
	var body any
	if err := json.Unmarshal(r.body, &body); err != nil && len(r.body) > 0 {
		return sinks.Destroy{Does: "may delete"}, true // no sink sends what is not JSON
	}
	return sinks.Destroying(destroys, r.method, path, body)
}

// couldDeliver reports whether a request could make a message leave for a customer: any write of drafts can, except
// to delete a draft, and to make one of an internal note (kustomer-api.md 8).
func couldDeliver(r request) bool {
	switch r.method {
	case http.MethodGet, http.MethodHead, http.MethodDelete:
		return false
	}
	return sinks.HasSegment(r.target.EscapedPath(), "drafts") && (r.method != http.MethodPost || !isNote(r.body))
}

func isNote(body []byte) bool {
	var members map[string]json.RawMessage // a struct would also take "Channel"
	return json.Unmarshal(body, &members) == nil && string(members["channel"]) == `"note"`
}
