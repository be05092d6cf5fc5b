package faults

import (
	"net/http"
	"net/url"
	"strings"
)

// op is what a request asks the server to do.
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
	merge     // customers
	listMerges
	listObjects
	remove // by id
)

// target is what a request asks for, as its method and path say.
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
	if to, ok := mergeTarget(r.Method, parts); ok {
		return to
	}
	if to, ok := listTarget(r.Method, parts); ok {
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

// draftTarget reads a path that is for drafts.
func draftTarget(method string, parts []string) (target, bool) {
	switch {
	case len(parts) == 3 && parts[0] == "customers" && parts[2] == "drafts" && method == http.MethodPost:
		return target{op: makeDraft, kind: "draft", id: parts[1]}, true
	case len(parts) == 3 && parts[0] == "customers" && parts[2] == "drafts" && method == http.MethodGet:
		return target{op: listDrafts, kind: "draft", id: parts[1]}, true
	case len(parts) == 2 && parts[0] == "drafts" && method == http.MethodPut:
		return target{op: orderDraft, kind: "draft", id: parts[1]}, true
	}
	return target{}, false
}

// bulkTarget reads a path that is for batches and jobs.
func bulkTarget(method string, parts []string) (target, bool) {
	switch {
	case len(parts) == 2 && parts[1] == "bulk" && method == http.MethodPost:
		return target{op: submit, act: create, kind: kinds[parts[0]]}, kinds[parts[0]] != ""
	case len(parts) == 2 && parts[1] == "bulk" && method == http.MethodPut:
		return target{op: submit, act: update, kind: kinds[parts[0]]}, kinds[parts[0]] != ""
	case parts[0] == "bulk" && len(parts) == 2 && method == http.MethodGet:
		return target{op: showJob, kind: "bulk", id: parts[1]}, true
	case parts[0] == "bulk" && len(parts) == 3 && parts[2] == "batches" && method == http.MethodGet:
		return target{op: showParts, kind: "bulk", id: parts[1]}, true
	}
	return target{}, false
}

// String is the word that jobs have for what they do.
func (o op) String() string {
	if o == update {
		return "update"
	}
	return "create"
}
