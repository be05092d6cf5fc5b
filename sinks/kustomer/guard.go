package kustomer

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// mayGo refuses what this client was not told to do. It stands before everything that is sent, whatever
// sink made the request.
func (c *caller) mayGo(r request) error {
	switch {
	case c.readOnly && r.method != http.MethodGet:
		return &sinks.Error{Class: sinks.Refused, Err: errReadOnly, Message: r.method + " " + r.template + ": " + errReadOnly.Error()}
	case !c.deliver && writesDrafts(r):
		return &sinks.Error{Class: sinks.Refused, Message: "the request could deliver a message, which this run may not: " + r.method + " " + r.template,
			Hint: "to let it, give the flag --allow-delivery"}
	}
	return nil
}

// writesDrafts reports whether a request could make a message leave for a customer: any write of drafts.
// To delete a draft, and to make one of an internal note, reaches nobody (kustomer-api.md 8).
func writesDrafts(r request) bool {
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
