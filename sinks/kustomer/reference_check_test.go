package kustomer

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

const (
	ann   = "65a0c0ffee0000000000aaaa"
	nancy = "65a0c0ffee0000000000bbbb"
)

// org answers as an org with a few declared attributes, one user and no right to read teams.
func org(_ int, w http.ResponseWriter, r *http.Request) {
	status, body := 404, `{"errors":[{"status":404}]}`
	switch path := r.URL.Path; {
	case path == "/v1/metadata/customer":
		status, body = 200, `{"data":{"id":"customer","attributes":{"properties":{"tierStr":{"type":"string"},"ageNum":{"type":"string"},"oddStr":7,"sinceAt":{"type":"string"}}}}}`
	case path == "/v1/users/"+ann:
		status, body = 200, shown(ann, nil)
	case strings.HasPrefix(path, "/v1/teams/"):
		status, body = 403, `{}`
	}
	w.WriteHeader(status)
	fmt.Fprint(w, body) //nolint:errcheck // the client may have hung up
}

func TestCheck(t *testing.T) {
	s := newServer(t, org)
	customer, note := sinks.Spec{Object: "customer"}, sinks.Spec{Object: "note"}
	a := NewReferences() // rows settle in any order
	a.Add(Mention{Step: "people", Place: "p.csv:3", Number: 3}, &customer, map[string]any{"custom": map[string]any{"tearStr": "y"}})
	a.Add(Mention{Step: "people", Place: "p.csv:2", Number: 2}, &customer, map[string]any{"custom": map[string]any{"tierStr": "x", "tearStr": "y", "ageNum": nil, "oddStr": "", "sinceAt": ""}})
	a.Add(Mention{Step: "talks", Place: "t.csv:2", Number: 2}, &note, map[string]any{"custom": map[string]any{"anyStr": "x"}, "createdBy": ann,
		"assignedUsers": []any{ann, nancy}, "assignedTeams": []any{ann, nancy}, "queue": map[string]any{"id": nancy}})
	got, err := newTestClient(t, s.URL, func(o *Options) { o.ReadOnly = true }).Check(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"ageNum", "oddStr", "sinceAt", "tierStr"}
	want := []Finding{
		{Mention: Mention{"people", "p.csv:2", 2, 1}, Kind: "attribute", Object: "customer", Name: "ageNum", What: WrongType, Type: "string", Known: known},
		{Mention: Mention{"people", "p.csv:2", 2, 2}, Kind: "attribute", Object: "customer", Name: "tearStr", What: Missing, Known: known},
		{Mention: Mention{"talks", "t.csv:2", 2, 1}, Kind: "queue", Name: nancy, What: Missing},
		{Kind: "team", What: Unchecked},
		{Mention: Mention{"talks", "t.csv:2", 2, 1}, Kind: "user", Name: nancy, What: Missing},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if n := len(s.seen()); n != 6 { // two kinds of objects, a queue, one team, two users
		t.Errorf("%d requests", n)
	}
}

// TestCheckIsBounded: only so many ids of a kind are checked, and the rest is reported as unchecked.
func TestCheckIsBounded(t *testing.T) {
	s := newServer(t, always(200, shown(ann, nil)))
	a := NewReferences()
	for i := range maxReferences + 50 {
		a.Add(Mention{Step: "s", Place: ""}, &sinks.Spec{Object: "note"}, map[string]any{"createdBy": fmt.Sprintf("%024x", i)})
	}
	got, err := newTestClient(t, s.URL, nil).Check(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Finding{{Kind: "user", What: Unchecked}}, got); d != "" || len(s.seen()) != maxReferences {
		t.Errorf("%d requests, %s", len(s.seen()), d)
	}
}

// TestCheckWithARefusedKey ends.
func TestCheckWithARefusedKey(t *testing.T) {
	a := NewReferences()
	a.Add(Mention{Step: "s", Place: ""}, &sinks.Spec{Object: "customer"}, map[string]any{"custom": map[string]any{"xStr": "y"}})
	if _, err := newTestClient(t, newServer(t, always(401, `{}`)).URL, nil).Check(t.Context(), a); err == nil {
		t.Error("a refused key is no error")
	}
}
