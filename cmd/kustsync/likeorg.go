package main

import (
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/probe"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// upperSpelling and lowerSpelling are the two spellings of the look-up of a message (kustomer-api.md 4.2).
const (
	upperSpelling = "/v1/messages/externalId={value}"
	lowerSpelling = "/v1/messages/externalid={value}"
)

// largeBody is the longest body, in bytes, that a sandbox takes when the org did not refuse bodies for their size.
const largeBody = 10 << 20

// likeAnswers reads the answers of a probe for --like; nil where the flag is not given.
func likeAnswers(path string, isSandbox bool) (*probe.Answers, error) {
	switch {
	case path == "":
		return nil, nil
	case !isSandbox:
		return nil, usage("add --sandbox", "--like says how a sandbox behaves")
	}
	answers, err := readAnswers(path)
	if err != nil {
		return nil, usage("kustsync probe writes such a file, probe.json, beside the ledger", "--like: reading %s: %v", path, err)
	}
	return &answers, nil
}

// behaveLike makes a sandbox behave as an org did when it was probed. What the probe left unknown becomes the safe
// assumption.
func behaveLike(o *sandbox.Options, a *probe.Answers) {
	if a == nil {
		return
	}
	customers, conversations, messages := a.Kinds["customer"], a.Kinds["conversation"], a.Kinds["message"]
	o.Unique = sandbox.UniqueCustomers
	if conversations.Unique.Is == probe.Yes && messages.Unique.Is == probe.Yes {
		o.Unique = sandbox.UniqueAll
	}
	for _, k := range []probe.KindAnswers{messages, conversations, customers} {
		if k.DuplicateStatus != 0 {
			o.DuplicateStatus = k.DuplicateStatus
		}
		o.LookupLag = max(o.LookupLag, k.Lag())
	}
	switch customers.ClientRef.Is {
	case probe.Yes:
		o.ClientRef = sandbox.ClientRefOn
	case probe.No:
		o.ClientRef = sandbox.ClientRefOff
	case probe.Ignored:
		o.ClientRef = sandbox.ClientRefIgnored
	}
	o.Lookups = lookupsLike(customers, messages)
	if a.Limits.Reset != "" && a.Limits.Reset != "absent" {
		o.ResetHeader = sandbox.ResetAlways
	}
	if a.Body.TakesLarge() {
		o.BodyLimit = largeBody
	}
}

func lookupsLike(customers, messages probe.KindAnswers) sandbox.Lookups {
	upper, lower := slices.Contains(messages.LookupPaths, upperSpelling), slices.Contains(messages.LookupPaths, lowerSpelling)
	switch {
	case customers.Lookup.Is == probe.No && messages.Lookup.Is == probe.No:
		return sandbox.LookupsNever
	case upper && !lower:
		return sandbox.LookupsUpper
	case lower && !upper:
		return sandbox.LookupsLower
	}
	return sandbox.LookupsWork
}
