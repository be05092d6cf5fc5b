package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

const gonePipeline = `version: 1
kustomer: { base_url: "${URL}" }
run: { in_doubt_wait: 1s }
steps:
  customer:
    from: people.csv
    sink: create_customer
    key: "c{{ .id }}"
    if_exists: update
    if_merged: MERGED
    if_deleted: DELETED
    mapping: { name: "{{ .name }}", emails: [{ email: "{{ .id }}@x.example" }] }
  conversation:
    from: tickets.csv
    sink: create_conversation
    key: "t{{ .id }}"
    if_deleted: DELETED
    mapping: { customer: '{{ ref "customer" (print "c" .person) }}', name: "{{ .name }}", importedAt: "2026-01-02T03:04:05Z" }
`

// goneCase is a pipeline whose rows are loaded, and the sandbox in which agents then act.
type goneCase struct {
	*testing.T
	box *sandbox.Server
	url string
	dir string
}

func newGoneCase(t *testing.T, o sandbox.Options, merged, deleted string) *goneCase {
	t.Helper()
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	c := &goneCase{T: t, box: box, url: server.URL, dir: t.TempDir()}
	c.write("pipeline.yaml", strings.NewReplacer("MERGED", merged, "DELETED", deleted).Replace(gonePipeline))
	c.write("people.csv", "id,name\n1,Ann\n2,Bob\n3,Cy\n")
	c.write("tickets.csv", "id,person,name\n1,1,one\n2,2,two\n")
	c.run(0)
	return c
}

func (c *goneCase) write(name, text string) {
	c.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
}

func (c *goneCase) act(a sandbox.Action) {
	c.Helper()
	if _, err := c.box.Act(a); err != nil {
		c.Fatal(err)
	}
}

// run loads the pipeline, and returns its counters and what it said.
func (c *goneCase) run(exit int, flags ...string) (sum map[string]any, said string) {
	c.Helper()
	said = command(c.T, c.url, exit, append([]string{"run", "--quiet", "--json", filepath.Join(c.dir, "pipeline.yaml")}, flags...)...)
	var doc struct {
		Summary map[string]any `json:"summary"`
	}
	at := strings.Index(said, `{"command"`)
	if at < 0 || json.NewDecoder(strings.NewReader(said[at:])).Decode(&doc) != nil {
		c.Fatalf("no JSON object: %s", said)
	}
	return doc.Summary, said
}

// counts compares counters of a summary.
func (c *goneCase) counts(sum map[string]any, want map[string]int, said string) {
	c.Helper()
	for name, n := range want {
		if sum[name] != float64(n) {
			c.Errorf("%s is %v, want %d: %s", name, sum[name], n, said)
		}
	}
}

func (c *goneCase) objects() []byte { return get(c.T, c.url+"/_sandbox/objects") }

// someOf leaves of many cases every sixth and the last, unless CI or make crash-short asks for all.
func someOf[T any](all []T) []T {
	if os.Getenv("KUSTSYNC_CRASH") != "" {
		return all
	}
	var some []T
	for i := 5; i < len(all); i += 6 {
		some = append(some, all[i])
	}
	return append(some, all[len(all)-1])
}

// mergeReadings are the ways in which Kustomer may answer for a customer that was merged away: each answer once, and some
// together.
func mergeReadings() []sandbox.Options {
	var all []sandbox.Options
	for _, r := range [...]sandbox.Deleted{sandbox.DeletedNotFound, sandbox.DeletedGone, sandbox.DeletedShown, sandbox.MergedSurvivor} {
		all = append(all,
			sandbox.Options{Merged: sandbox.Gone{Reads: r}},
			sandbox.Options{Merged: sandbox.Gone{LookUps: r}},
			sandbox.Options{Merged: sandbox.Gone{Updates: r}},
			sandbox.Options{Merged: sandbox.Gone{Reads: r, LookUps: r, Updates: r}, MergesGone: true},
			sandbox.Options{Merged: sandbox.Gone{Reads: r, Updates: r, LookUps: sandbox.DeletedNotFound}, MergesGone: true, Unique: sandbox.UniqueCustomers},
		)
	}
	return all
}

// TestMergedAway: an agent merged customer c1 into c2, and the row of c1 changes. Under every reading nobody changes c2,
// the row is rejected, or the survivor noted for ref, and a new conversation of c1 is not lost.
func TestMergedAway(t *testing.T) {
	for i, o := range someOf(mergeReadings()) {
		for _, policy := range []string{"reject", "use"} {
			t.Run(fmt.Sprintf("%d %s", i, policy), func(t *testing.T) {
				t.Parallel()
				c := newGoneCase(t, o, policy, "recreate")
				c.act(sandbox.Action{Do: sandbox.Merge, Type: "customer", ID: "externalId=c1", Into: "externalId=c2"})
				before := c.objects()
				c.write("people.csv", "id,name\n1,Anna\n2,Bob\n3,Cy\n")
				exit, want := 1, map[string]int{"rejected": 1, "unchanged": 4}
				if policy == "use" {
					exit, want = 0, map[string]int{"existed": 1, "unchanged": 4}
				}
				sum, said := c.run(exit)
				c.counts(sum, want, said)
				if after := c.objects(); !bytes.Equal(before, after) {
					t.Errorf("objects were changed:\n%s\n%s", before, after)
				}
				c.write("tickets.csv", "id,person,name\n1,1,one\n2,2,two\n3,1,three\n")
				sum, said = c.run(exit)
				if want = map[string]int{"rejected": 2, "unchanged": 4}; policy == "use" {
					want = map[string]int{"created": 1, "unchanged": 5}
				}
				c.counts(sum, want, said)
				c.checkAdopted(policy, o)
			})
		}
	}
}

// checkAdopted loses the ledger and takes everything over: the survivor of the merge does not become c1.
func (c *goneCase) checkAdopted(policy string, o sandbox.Options) {
	c.Helper()
	if err := os.RemoveAll(filepath.Join(c.dir, ".kustsync")); err != nil {
		c.Fatal(err)
	}
	exit := 1
	if policy == "use" && (o.Merged.LookUps == "" || o.Merged.LookUps == sandbox.MergedSurvivor) {
		exit = 0
	}
	sum, said := c.run(exit, "--adopt") // Bob's own row takes the address off him that was Ann's
	if sum["created"] != 0.0 {
		c.Errorf("--adopt created something: %s", said)
	}
	if after := string(c.objects()); strings.Contains(after, "Ann") || !strings.Contains(after, `"name":"Bob"`) {
		c.Errorf("--adopt changed the survivor: %s", after)
	}
}

// TestDeletedObject: an agent deleted customer c1, and its row changes. if_deleted decides, under every reading, whether
// Kustomer holds the identifiers of a deleted object or not, and whether its conversations went with it or not.
func TestDeletedObject(t *testing.T) {
	for i, o := range someOf(deleteReadings()) {
		for _, policy := range []string{"reject", "recreate", "skip"} {
			t.Run(fmt.Sprintf("%d %s", i, policy), func(t *testing.T) {
				t.Parallel()
				c := newGoneCase(t, o, "reject", policy)
				c.act(sandbox.Action{Do: sandbox.Delete, Type: "customer", ID: "externalId=c1"})
				before := c.objects()
				c.write("people.csv", "id,name\n1,Anna\n2,Bob\n3,Cy\n")
				c.write("tickets.csv", "id,person,name\n1,1,one\n2,2,two\n3,1,three\n")
				exit, want := wantDeleted(o, policy)
				sum, said := c.run(exit)
				c.counts(sum, want, said)
				if policy != "recreate" && !bytes.Equal(before, c.objects()) {
					t.Errorf("objects were changed under %s", policy)
				}
				sum, said = c.run(exit)
				if exit == 0 {
					want = map[string]int{"skipped": want["skipped"], "unchanged": 6 - want["skipped"]}
				}
				c.counts(sum, want, said)
			})
		}
	}
}

// deleteReadings are the ways in which Kustomer may answer for an object that was deleted.
func deleteReadings() []sandbox.Options {
	var all []sandbox.Options
	for _, r := range [...]sandbox.Deleted{sandbox.DeletedNotFound, sandbox.DeletedGone, sandbox.DeletedShown} {
		all = append(all,
			sandbox.Options{Deleted: sandbox.Gone{Reads: r, LookUps: r, Updates: r}},
			sandbox.Options{Deleted: sandbox.Gone{Reads: r, LookUps: r}, Identifiers: sandbox.IdentifiersFree, Below: sandbox.BelowKept},
			sandbox.Options{Deleted: sandbox.Gone{LookUps: r, Updates: r}, Identifiers: sandbox.IdentifiersFree, MergesGone: true},
			sandbox.Options{Deleted: sandbox.Gone{Updates: r}, Identifiers: sandbox.IdentifiersFree, Unique: sandbox.UniqueCustomers},
		)
	}
	return all
}

// wantDeleted is how a run ends whose customer c1 was deleted: c1 is row 1 of three, t1 is loaded below it, and t3 is new.
func wantDeleted(o sandbox.Options, policy string) (exit int, counts map[string]int) {
	switch {
	case policy == "skip":
		return 0, map[string]int{"skipped": 2, "unchanged": 4} // c1 and t3; t1 did not change
	case policy == "reject", o.Identifiers != sandbox.IdentifiersFree:
		return 1, map[string]int{"rejected": 2, "unchanged": 4}
	case o.Below == sandbox.BelowKept:
		return 0, map[string]int{"created": 2, "unchanged": 4} // c1 once more, t3
	}
	return 0, map[string]int{"created": 3, "unchanged": 3} // c1 and t1 once more, t3
}
