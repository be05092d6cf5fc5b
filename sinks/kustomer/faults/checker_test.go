package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// recorder keeps what a trial reports as wrong.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// send sends a request to the trial's server as a run would, and returns the id in the answer.
func (tr *trial) send(method, path string, body map[string]any) string {
	tr.t.Helper()
	r := httptest.NewRequestWithContext(tr.t.Context(), method, "/v1/"+path, strings.NewReader(string(encode(body))))
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	tr.server.ServeHTTP(w, r)
	var answer struct{ Data struct{ ID string } }
	if w.Code >= http.StatusBadRequest || w.Code != http.StatusNoContent && json.Unmarshal(w.Body.Bytes(), &answer) != nil {
		tr.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return answer.Data.ID
}

// loadedTrial is a trial whose rows are all in Kustomer and in its ledger, as after a run; a person has made a customer
// more.
func loadedTrial(t testing.TB) *trial {
	s := &scenario{id: "checker", size: size{3, 3, 3}}
	tr := newTrial(t, s, readings[1])
	ledger := map[string]entry{}
	for _, step := range steps {
		for _, r := range tr.rows[step.name] {
			body := map[string]any{}
			for name, value := range r.payload {
				body[name] = value
			}
			if r.parent != "" {
				kind := map[byte]string{'c': "customer", 't': "conversation"}[r.parent[0]]
				body[kind] = ledger[kind+" "+r.parent].ID
			}
			id := tr.send("POST", step.kind+"s", body)
			ledger[step.name+" "+r.key] = entry{Step: step.name, Key: r.key, Outcome: "created", ID: id}
		}
	}
	tr.personMakes("customer", map[string]any{"name": "Ann", "externalId": "ann", "emails": emails("ann@x.example")})
	tr.hold()
	tr.exports = append(tr.exports, ledger)
	tr.results = append(tr.results, result{})
	return tr
}

// TestCheckerNotices damages what Kustomer and the ledger hold in each way, and sees that the checker reports it.
func TestCheckerNotices(t *testing.T) {
	ledgerOf := func(tr *trial) map[string]entry { return tr.exports[len(tr.exports)-1] }
	idOf := func(tr *trial, name string) string { return ledgerOf(tr)[name].ID }
	ann := func(tr *trial) string {
		for _, o := range tr.server.Objects() {
			if o.ExternalID == "ann" {
				return o.ID
			}
		}
		return ""
	}
	put := func(path string, id func(*trial) string, body map[string]any) func(*trial) {
		return func(tr *trial) { tr.send("PUT", path+"/"+id(tr), body) }
	}
	row := func(name string) func(*trial) string { return func(tr *trial) string { return idOf(tr, name) } }
	for _, tt := range []struct {
		name   string
		damage func(*trial)
		want   string // "" when nothing is wrong
	}{
		{"nothing", func(*trial) {}, ""},
		{"another name", put("customers", row("customer c1"), map[string]any{"name": "Name 2 " + marker}), "invariant 3: customer c1 is"},
		{"another subject", put("conversations", row("conversation t1"), map[string]any{"name": "Subject 2"}), "invariant 3: conversation t1 is"},
		{"another text", put("messages", row("message m1"), map[string]any{"preview": "text 2"}), "invariant 3: message m1 is"},
		{"another e-mail", put("customers", row("customer c1"), map[string]any{"emails": emails("other@x.example")}), "invariant 3: customer c1 is"},
		{"a number of another row", put("customers", row("customer c1"), map[string]any{"custom": map[string]any{"scoreNum": 2}}), "invariant 3: customer c1 is"},
		{"another external id", put("conversations", row("conversation t1"), map[string]any{"externalId": "t9"}), "invariant 13: a request made conversation"},
		{"another external id, and back", func(tr *trial) {
			for _, name := range []string{"t9", "t1"} {
				tr.send("PUT", "conversations/"+idOf(tr, "conversation t1"), map[string]any{"externalId": name})
			}
		}, "invariant 13: a request made conversation"},
		{"another parent", func(tr *trial) {
			if err := tr.server.Edit(idOf(tr, "conversation t1"), map[string]any{"customer": idOf(tr, "customer c2")}); err != nil {
				tr.t.Fatal(err)
			}
		}, "invariant 3: conversation t1 belongs to"},
		{"another parent of a message", func(tr *trial) {
			if err := tr.server.Edit(idOf(tr, "message m1"), map[string]any{"conversation": idOf(tr, "conversation t2")}); err != nil {
				tr.t.Fatal(err)
			}
		}, "invariant 3: message m1 belongs to"},
		{"a person's object changed", put("customers", ann, map[string]any{"name": "Bob"}), "invariant 13: requests changed"},
		{"a person's object written as it was", put("customers", ann, map[string]any{"name": "Ann"}), "invariant 13: requests changed"},
		{"a person's object taken over", put("customers", ann, map[string]any{"externalId": "c7"}), "invariant 13: requests changed"},
		{"a person's object deleted", func(tr *trial) { tr.send("DELETE", "customers/"+ann(tr), nil) }, "invariant 13: requests changed"},
		{"a row's object in a person's", func(tr *trial) {
			tr.send("POST", "customers/merges", map[string]any{"source": idOf(tr, "customer c1"), "target": ann(tr)})
		}, "invariant 13: requests changed"},
		{"deleted", func(tr *trial) { tr.send("DELETE", "conversations/"+idOf(tr, "conversation t1"), nil) }, "invariant 3: the ledger says that conversation t1 is"},
		{"created twice", func(tr *trial) {
			tr.send("POST", "conversations", map[string]any{"externalId": "t1", "customer": idOf(tr, "customer c1")})
		}, "invariant 1: conversation t1 was created 2 times"},
		{"created where a person had made it", func(tr *trial) {
			tr.personMakes("conversation", map[string]any{"externalId": "t9", "customer": ann(tr)})
			tr.send("POST", "conversations", map[string]any{"externalId": "t9", "customer": idOf(tr, "customer c1")})
		}, "invariant 1: conversation t9 is in Kustomer 2 times"},
		{"deleted by a person and created again", func(tr *trial) {
			tr.act(func() error { return tr.server.Delete(idOf(tr, "conversation t1")) })
			tr.send("POST", "conversations", map[string]any{"externalId": "t1", "customer": idOf(tr, "customer c1")})
			tr.want.gone, tr.want.partial = []string{"t1", "m1"}, true
		}, ""},
		{"merged by a person and created again", func(tr *trial) {
			tr.server.opts.FreeIdentifiers = true
			tr.act(func() error { return tr.server.Merge(idOf(tr, "customer c1"), ann(tr)) })
			tr.want.gone, tr.want.partial = []string{"c1"}, true
			tr.send("POST", "customers", map[string]any{"externalId": "c1"})
		}, "invariant 1: customer c1 was created 2 times"},
		{"merged by a person", func(tr *trial) {
			tr.act(func() error { return tr.server.Merge(idOf(tr, "customer c1"), ann(tr)) })
			tr.want.gone = []string{"c1"}
		}, ""},
		{"not in the ledger", func(tr *trial) { delete(ledgerOf(tr), "message m1") }, "invariant 2: message m1 is not loaded"},
		{"in Kustomer alone", func(tr *trial) {
			tr.send("POST", "messages", map[string]any{"externalId": "m9", "channel": "email", "direction": "in", "preview": "x", "app": "kustsync", "conversation": idOf(tr, "conversation t1")})
		}, "invariant 3: message m9 is in Kustomer as"},
		{"one object for two keys", func(tr *trial) {
			e := ledgerOf(tr)["customer c2"]
			e.ID = idOf(tr, "customer c1")
			ledgerOf(tr)["customer c2"] = e
		}, "invariant 13: the ledger says that c1 and c2 are both"},
		{"a person's object for a row", func(tr *trial) {
			e := ledgerOf(tr)["customer c2"]
			e.ID = ann(tr)
			ledgerOf(tr)["customer c2"] = e
		}, "invariant 13: customer c2 is"},
		{"a person's object that a row may change", func(tr *trial) {
			tr.mayChange(ann(tr))
			tr.send("PUT", "customers/"+ann(tr), map[string]any{"name": "Bob"})
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{TB: t}
			tr := loadedTrial(r)
			tt.damage(tr)
			tr.checkState()
			reported := strings.Join(r.failures, "\n")
			if tt.want == "" && reported != "" || !strings.Contains(reported, tt.want) {
				t.Errorf("the checker reported %q, want %q", reported, tt.want)
			}
		})
	}
}
