package pipeline

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// TestSummaryJSON fixes the members and their order, which scripts read (contract.md, section 4).
func TestSummaryJSON(t *testing.T) {
	s := Summary{RunID: "r1", Pipeline: "p", Target: "acme.api.kustomerapp.com", Requests: 7, HTTP429: 1, DurationMS: 1234,
		RejectedFiles: []string{"/x/people.csv"}}
	for i, o := range ledger.Outcomes {
		for range i + 1 {
			s.Add(o)
			s.step([]string{"zulu", "alpha"}[i%2]).Add(o)
		}
	}
	const counters = `"rows":45,"created":1,"updated":2,"existed":3,"unchanged":4,"skipped":5,"rejected":6,"in_doubt":7,"not_attempted":8,"planned":9`
	const want = `{"run_id":"r1","pipeline":"p","target":"acme.api.kustomerapp.com","dry_run":false,` + counters +
		`,"requests":7,"http_429":1,"duration_ms":1234,"steps":{` +
		`"zulu":{"rows":25,"created":1,"updated":0,"existed":3,"unchanged":0,"skipped":5,"rejected":0,"in_doubt":7,"not_attempted":0,"planned":9},` +
		`"alpha":{"rows":20,"created":0,"updated":2,"existed":0,"unchanged":4,"skipped":0,"rejected":6,"in_doubt":0,"not_attempted":8,"planned":0}},` +
		`"rejected_files":["/x/people.csv"]}`
	for name, v := range map[string]any{"value": s, "pointer": &s} {
		got, err := json.Marshal(v)
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, err, got, want)
		}
	}
}

func TestSummaryJSONWithGuards(t *testing.T) {
	got, err := json.Marshal(Summary{Guards: []GuardResult{{Guard: "new_keys", Step: "customer", Limit: 1, Accepted: true, found: "x"}, {Guard: "no_lookup", Step: "note", Is: 3}}})
	const want = `"rejected_files":[],"guards":[{"guard":"new_keys","step":"customer","limit":1,"is":0,"accepted":true},` +
		`{"guard":"no_lookup","step":"note","limit":0,"is":3,"accepted":false}]}`
	if err != nil || !bytes.HasSuffix(got, []byte(want)) {
		t.Errorf("%v\n got %s\nwant %s at the end", err, got, want)
	}
}

func TestEmptySummaryJSON(t *testing.T) {
	got, err := json.Marshal(Summary{DryRun: true})
	if err != nil || !json.Valid(got) {
		t.Fatalf("%s, %v", got, err)
	}
	for _, part := range []string{`"dry_run":true`, `"rows":0,`, `"steps":{},`, `"rejected_files":[]}`} {
		if !bytes.Contains(got, []byte(part)) {
			t.Errorf("the summary does not say %s: %s", part, got)
		}
	}
}
