package faults

import (
	"slices"
	"strings"
	"testing"
)

// quietNight is a night after which all is as the rules say: c0, t0 and m0 are as they were, c1 was edited, c2 and t1
// are new, and c3 cannot be loaded, since a person has its address.
func quietNight() *night {
	all := makeRows(size{4, 2, 1})
	all["customer"][1] = editedRow("customer", all["customer"][1], 1)
	n := &night{
		policies: policies{exists: "update", merged: "reject", deleted: "reject"}, rows: all,
		noted:  map[string]string{"customer c0": all["customer"][0].content(), "customer c1": customerRow(1).content()},
		ledger: map[string]entry{}, after: map[string]entry{}, old: map[string]Object{}, now: map[string]Object{},
		writes: []Commit{
			{Op: "update", Kind: "customer", ExternalID: "c1", ID: "id-c1"}, {Op: "create", Kind: "customer", ExternalID: "c2", ID: "id-c2"},
			{Op: "create", Kind: "conversation", ExternalID: "t1", ID: "id-t1"},
		},
	}
	for _, name := range []string{"conversation t0", "message m0"} {
		n.noted[name] = all[strings.Fields(name)[0]][0].content()
	}
	n.each(func(name, kind string, r row) {
		o := Object{Kind: kind, ID: "id-" + r.key, ExternalID: r.key, Attributes: r.payload}
		if r.parent != "" {
			o.ParentID = "id-" + r.parent
		}
		e := entry{Step: kind, Key: r.key, ID: o.ID, Outcome: "created"}
		if n.noted[name] != "" {
			n.ledger[name], n.old[o.ID] = e, o
		}
		n.after[name], n.now[o.ID] = e, o
	})
	person := Object{Kind: "customer", ID: "person", Seeded: true, ExternalID: "other", Attributes: map[string]any{"name": "Ann", "emails": all["customer"][3].payload["emails"]}}
	n.old[person.ID], n.now[person.ID] = person, person
	n.after["customer c3"] = entry{Step: "customer", Key: "c3", Outcome: "rejected"}
	n.reasons = map[string]string{"customer c3": "another customer has the address"}
	delete(n.now, "id-c3")
	n.last.exit = 1
	n.last.json.Summary.Rejected = 1
	n.last.json.Summary.Steps = map[string]counters{
		"customer": {Rows: 4, Unchanged: 1, Updated: 1, Created: 1, Rejected: 1}, "conversation": {Rows: 2, Created: 1, Unchanged: 1}, "message": {Rows: 1, Unchanged: 1},
	}
	return n
}

// change replaces an object after the night by a changed one.
func (n *night) change(id string, how func(*Object)) {
	o := n.now[id]
	how(&o)
	n.now[id] = o
}

// become replaces an entry of the ledger after the night.
func (n *night) become(name string, how func(*entry)) {
	e := n.after[name]
	how(&e)
	n.after[name] = e
}

// TestNightRulesCanFail damages a quiet night in every way, and each time the rule says so that is for it.
func TestNightRulesCanFail(t *testing.T) {
	if broken := quietNight().breaks(); len(broken) > 0 {
		t.Fatalf("a quiet night breaks rules: %q", broken)
	}
	write := func(op, kind, key, id string) func(*night) {
		return func(n *night) {
			n.writes = append(n.writes, Commit{Op: op, Kind: kind, ExternalID: key, ID: id})
		}
	}
	damages := []struct {
		name, rule string
		damage     func(n *night)
	}{
		{"a double", "no two live", func(n *night) { n.now["id-c0b"] = n.now["id-c0"] }},
		{"a row in doubt", "every row", func(n *night) { n.become("customer c0", func(e *entry) { e.Outcome = "in_doubt" }) }},
		{"a row that was forgotten", "every row", func(n *night) { delete(n.after, "conversation t1") }},
		{"an object that never was", "what counts", func(n *night) { delete(n.now, "id-t1") }},
		{"an object that is gone", "what counts", func(n *night) { n.change("id-t1", func(o *Object) { o.Gone = true }) }},
		{"the object of another key", "what counts", func(n *night) { n.become("customer c2", func(e *entry) { e.ID = "person" }) }},
		{"an object of another type", "what counts", func(n *night) { n.become("customer c2", func(e *entry) { e.ID = "id-t1" }) }},
		{"an alias under if_merged: reject", "what counts", func(n *night) {
			n.become("customer c2", func(e *entry) { e.ID = "person" })
			n.change("id-c2", func(o *Object) { o.Gone, o.Into = true, "person" })
		}},
		{"one object of two keys", "two keys", func(n *night) { n.become("customer c2", func(e *entry) { e.ID = "id-c0" }) }},
		{"a change that was not sent", "an object shows", func(n *night) { n.change("id-c1", func(o *Object) { o.Attributes = customerRow(1).payload }) }},
		{"another text of what is new", "an object shows", func(n *night) { n.change("id-t1", func(o *Object) { o.Attributes = conversationRow(0, 0).payload }) }},
		{"a person was overwritten", "nothing is written", write("update", "customer", "other", "person")},
		{"a row was sent again", "nothing is written", write("update", "customer", "c0", "id-c0")},
		{"a row that knows its object was created", "nothing is written", write("create", "customer", "c0", "id-c0b")},
		{"what no row says was created", "nothing is written", write("create", "customer", "c9", "id-c9")},
		{"an object was deleted", "nothing is written", write("delete", "conversation", "t0", "id-t0")},
		{"a change under if_exists: skip", "nothing is written", func(n *night) { n.policies.exists = "skip" }},
		{"the object of another external id was changed", "nothing is written", func(n *night) {
			o := n.old["id-c1"]
			o.ExternalID = "c7"
			n.old["id-c1"] = o
		}},
		{"what was merged was created", "nothing is written", func(n *night) {
			n.old["id-c0"] = Object{Kind: "customer", ID: "id-c0", ExternalID: "c0", Gone: true, Into: "person"}
			write("create", "customer", "c0", "id-c0b")(n)
		}},
		{"what was deleted was created", "nothing is written", func(n *night) {
			n.old["id-c0"] = Object{Kind: "customer", ID: "id-c0", ExternalID: "c0", Gone: true}
			write("create", "customer", "c0", "id-c0b")(n)
		}},
		{"the parent of another row", "each object stands", func(n *night) { n.change("id-t1", func(o *Object) { o.ParentID = "id-c0" }) }},
		{"an object was moved", "each object stands", func(n *night) { n.change("id-t0", func(o *Object) { o.ParentID = "id-c1" }) }},
		{"a reject without a reason", "a row that is left out", func(n *night) { n.reasons["customer c3"] = "" }},
		{"a reject without a cause", "a row that is left out", func(n *night) { n.reasons["customer c2"] = "why not" }},
		{"a reject that nobody counted", "summary", func(n *night) { n.reasons["conversation t1"] = "why not" }},
		{"a skipped row whose object is there", "summary", func(n *night) {
			n.policies.deleted = "skip"
			c := n.last.json.Summary.Steps["customer"]
			c.Unchanged, c.Skipped = 0, 1
			n.last.json.Summary.Steps["customer"] = c
		}},
		{"exit 0 with a reject", "summary", func(n *night) { n.last.exit = 0 }},
		{"a row that nobody counted", "summary", func(n *night) { n.rows["message"] = append(n.rows["message"], messageRow(1, 0)) }},
	}
	seen := map[string]bool{}
	for _, d := range damages {
		n := quietNight()
		d.damage(n)
		at := slices.IndexFunc(nightRules, func(r nightRule) bool { return strings.HasPrefix(r.name, d.rule) })
		if len(nightRules[at].broken(n)) == 0 {
			t.Errorf("%s: the rule %q does not see it; the others: %q", d.name, nightRules[at].name, n.breaks())
		}
		seen[nightRules[at].name] = true
	}
	if len(seen) != len(nightRules) {
		t.Errorf("damages break %d of %d rules", len(seen), len(nightRules))
	}
}
