package faults

import (
	"net/http"
	"net/url"
	"strings"
)

// op is what a request wants.
type op int

const (
	unknown op = iota
	whoAmI     // the key, or its user
	find       // by a look-up
	get        // by id
	create
	update
	makeDraft
	listDrafts
	orderDraft
	submit    // a batch
	showJob   // by id
	showParts // of a job
)

// target is what a request is for.
type target struct {
	op         op
	act        op     // of the items of a batch: create or update
	kind       string // customer, conversation or message
	by, value  string // of a look-up
	id         string
	parentKind string // of a create whose path names the parent
	parentID   string
}

// kinds are the objects by the name that paths have for them.
var kinds = map[string]string{"customers": "customer", "conversations": "conversation", "messages": "message"}

// targetOf reads method and path. Each part of the path is decoded once (kustomer-api.md 4.2).
func targetOf(r *http.Request) target {
	var parts []string
	for part := range strings.SplitSeq(strings.TrimPrefix(r.URL.EscapedPath(), "/v1/"), "/") {
		plain, err := url.PathUnescape(part)
		if err != nil || plain == "" {
			return target{}
		}
		parts = append(parts, plain)
	}
	if to, ok := draftTarget(r.Method, parts); ok {
		return to
	}
	if to, ok := bulkTarget(r.Method, parts); ok {
		return to
	}
	kind := kinds[parts[0]]
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/current"):
		return target{op: whoAmI}
	case kind == "":
		return target{}
	case r.Method == http.MethodPost:
		return createTarget(kind, parts)
	case len(parts) != 2:
		return target{}
	case r.Method == http.MethodPut, r.Method == http.MethodPatch:
		return target{op: update, kind: kind, id: parts[1]}
	case r.Method == http.MethodGet:
		return readTarget(kind, parts[1])
	}
	return target{}
}

func createTarget(kind string, parts []string) target {
	switch {
	case len(parts) == 1:
		return target{op: create, kind: kind}
	case len(parts) == 3 && kinds[parts[2]] != "" && kind != "message":
		return target{op: create, kind: kinds[parts[2]], parentKind: kind, parentID: parts[1]}
	}
	return target{}
}

func readTarget(kind, name string) target {
	if by, value, ok := strings.Cut(name, "="); ok {
		switch {
		case strings.EqualFold(by, "externalId"):
			return target{op: find, kind: kind, by: "externalId", value: value}
		case kind == "customer" && (by == "email" || by == "phone"):
			return target{op: find, kind: kind, by: by, value: value}
		}
	}
	return target{op: get, kind: kind, id: name}
}
