package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
)

// policies are what a pipeline says about objects that Kustomer has, and how Kustomer behaves where nobody knows it.
type policies struct {
	exists, merged, deleted string // if_exists, if_merged and if_deleted of every step
	bulk                    string // --bulk
	org                     Options
}

// drawPolicies draws the policies of a seed.
func drawPolicies(random *rand.Rand) policies {
	of := func(words ...string) string { return words[random.IntN(len(words))] }
	either := func(words ...Reading) Reading { return words[random.IntN(len(words))] }
	p := policies{exists: of("skip", "update", "update"), merged: of("reject", "use"), deleted: of("reject", "recreate", "skip"), bulk: of("never", "auto", "always")}
	p.org = Options{
		Unique: random.IntN(2) == 0, FreeIdentifiers: random.IntN(2) == 0, KeepBelow: random.IntN(3) == 0, MergesGone: random.IntN(4) == 0,
		Deleted: Readings{Reads: either(NotFound, Gone, Shown), LookUps: either(NotFound, NotFound, Shown), Updates: either(NotFound, Gone, Shown)},
		Merged:  Readings{Reads: either(NotFound, Gone, Shown, Survivor), LookUps: either(NotFound, Survivor, Survivor), Updates: either(NotFound, Gone, Shown)},
	}
	if p.bulk == "always" && p.org.Deleted.Updates == Shown {
		p.org.Deleted.Updates = Gone // results of batches do not show objects
	}
	if p.bulk == "always" && p.org.Merged.Updates == Shown {
		p.org.Merged.Updates = Gone
	}
	return p
}

func (p policies) String() string {
	return fmt.Sprintf("if_exists %s, if_merged %s, if_deleted %s, --bulk %s, unique %v, free %v, keep below %v, merges gone %v, deleted %v, merged %v",
		p.exists, p.merged, p.deleted, p.bulk, p.org.Unique, p.org.FreeIdentifiers, p.org.KeepBelow, p.org.MergesGone, p.org.Deleted, p.org.Merged)
}

// night is all that is known of one night: the source, the ledger in use and Kustomer, before and after its runs.
type night struct {
	policies policies
	rows     rows
	adopted  bool              // the last run looked every key up
	noted    map[string]string // content that the ledger in use noted, by step and key; "?" when it is not known

	ledger, after map[string]entry  // before the runs, and after
	old, now      map[string]Object // Kustomer before the runs, and after, by id
	writes        []Commit          // of the runs
	last          result            // of the runs
	reasons       map[string]string // of the rows that the last run rejected, by step and key
}

// isLoaded reports whether the last run counts a row as loaded. The ledger may keep a rejected row in doubt, when a
// request for it may have happened.
func (n *night) isLoaded(name string) bool {
	_, rejected := n.reasons[name]
	return n.after[name].loaded() && !rejected && !n.skips(name)
}

// content is the text by which two versions of a row differ.
func (r row) content() string {
	text, err := json.Marshal(r.payload)
	if err != nil {
		panic(err) // a map of texts, numbers and lists
	}
	return string(text)
}

// each visits every row of the night, with its name in the ledger.
func (n *night) each(visit func(name, kind string, r row)) {
	for _, step := range steps {
		for _, r := range n.rows[step.name] {
			visit(step.name+" "+r.key, step.kind, r)
		}
	}
}

// parentSteps are the steps to whose objects those of a step belong.
var parentSteps = map[string]string{"conversation": "customer", "message": "conversation"}

// end is the object at the end of the chain of merges; its ID is "" when there is none.
func end(objects map[string]Object, id string) Object {
	o := objects[id]
	for o.Into != "" {
		o = objects[o.Into]
	}
	return o
}

// own returns the objects that have or had that external id as their own, in the order in which they were made.
func own(objects map[string]Object, kind, externalID string) (list []Object) {
	for _, id := range slices.Sorted(maps.Keys(objects)) {
		if o := objects[id]; o.Kind == kind && o.ExternalID == externalID {
			list = append(list, o)
		}
	}
	return list
}

// wrote reports whether the runs of the night did that to an object.
func (n *night) wrote(op, id string) bool {
	return slices.ContainsFunc(n.writes, func(c Commit) bool { return c.Op == op && c.ID == id })
}

// shows reports whether an object has the content of a row. What an update cannot send is compared only when all is.
// People may add addresses to a customer.
func shows(o Object, r row, all bool) bool {
	for field, want := range r.payload {
		switch {
		case field == "emails":
			have := values(o.Attributes[field], "email")
			for _, email := range values(want, "email") {
				if !slices.Contains(have, email) {
					return false
				}
			}
		case !all && (slices.Contains(createOnly[o.Kind], field) || field == "externalId"):
		case !reflect.DeepEqual(o.Attributes[field], want):
			return false
		}
	}
	return true
}

// isAlias reports whether a key's entry names what the key's own object was merged into. Where nothing tells of merges
// it may be another customer with an address of that object.
func (n *night) isAlias(kind, key, id string) bool {
	return n.isSurvivor(kind, key, id) || n.policies.merged == "use" && n.policies.org.MergesGone &&
		slices.ContainsFunc(own(n.now, kind, key), func(o Object) bool {
			return o.Gone && o.ID != id && share(o.Attributes["emails"], n.now[id].Attributes["emails"])
		})
}

// isSurvivor reports whether an object of a key was merged into another one.
func (n *night) isSurvivor(kind, key, id string) bool {
	return slices.ContainsFunc(own(n.now, kind, key), func(o Object) bool {
		for o.Into != "" {
			if o = n.now[o.Into]; o.ID == id {
				return true
			}
		}
		return false
	})
}

// share reports whether two lists of addresses have one in common.
func share(list, other any) bool {
	return slices.ContainsFunc(values(list, "email"), func(e string) bool { return slices.Contains(values(other, "email"), e) })
}

// fate tells in a message what became of the objects of a key.
func (n *night) fate(kind, key string) string {
	e := n.after[kind+" "+key]
	text := fmt.Sprintf("%s %s (%s %s)", kind, key, e.Outcome, e.ID)
	for _, o := range own(n.now, kind, key) {
		text += fmt.Sprintf(", %s: gone %v, into %q, in the end %q, gone %v", o.ID, o.Gone, o.Into, end(n.now, o.ID).ID, end(n.now, o.ID).Gone)
	}
	return text
}

// skips reports whether a row is skipped, which the ledger does not say: its object was deleted, which the ledger knows or
// the look-up shows, or its parent is skipped and it never had one.
func (n *night) skips(name string) bool {
	e := n.after[name]
	if _, rejected := n.reasons[name]; n.policies.deleted != "skip" || rejected {
		return false
	}
	if o := n.now[e.ID]; e.loaded() {
		_, must := n.tells(o)
		return o.Gone && !(o.Into != "" && !end(n.now, o.ID).Gone && must)
	}
	kind, key, _ := strings.Cut(name, " ")
	if n.policies.org.Deleted.LookUps == Shown && slices.ContainsFunc(own(n.old, kind, key), func(o Object) bool { return o.Gone && o.Into == "" }) {
		return true
	}
	at := slices.IndexFunc(n.rows[kind], func(r row) bool { return r.key == key })
	return at >= 0 && n.rows[kind][at].parent != "" && n.skips(parentSteps[kind]+" "+n.rows[kind][at].parent)
}

// note returns what the ledger in use notes of each row after the night.
func (n *night) note() map[string]string {
	noted := maps.Clone(n.noted)
	n.each(func(name, _ string, r row) {
		e, before := n.after[name], n.ledger[name]
		switch o := n.now[e.ID]; {
		case !n.isLoaded(name):
			noted[name] = "?"
		case before.loaded() && before.ID == e.ID && noted[name] == r.content():
		case n.policies.exists == "update" && !o.Gone, n.wrote("create", e.ID):
			noted[name] = r.content()
		case before.loaded() && before.ID == e.ID:
		case shows(o, r, false):
			noted[name] = r.content()
		default:
			noted[name] = "?"
		}
	})
	return noted
}

// nightRule is one rule that holds after each night. broken lists what breaks it.
type nightRule struct {
	name   string
	broken func(n *night) []string
}

// nightRules are all of them.
var nightRules = []nightRule{
	{"no two live objects have one external id", twoOfOne},
	{"every row is settled", unsettled},
	{"what counts as loaded is in Kustomer, as the object of its key", lostObjects},
	{"two keys do not own one object", twoOwners},
	{"an object shows its row", staleObjects},
	{"nothing is written that the rules do not allow", forbiddenWrites},
	{"each object stands at its parent", strayObjects},
	{"a row that is left out names a reason, and there is one", unjustRejects},
	{"summary and exit code say what is so", wrongSummary},
}

// breaks lists what breaks the rules, each with the name of the rule.
func (n *night) breaks() (list []string) {
	for _, rule := range nightRules {
		for _, what := range rule.broken(n) {
			list = append(list, rule.name+": "+what)
		}
	}
	return list
}

func twoOfOne(n *night) (broken []string) {
	live := map[string]string{}
	for _, id := range slices.Sorted(maps.Keys(n.now)) {
		o := n.now[id]
		name := o.Kind + " " + o.ExternalID
		if o.Gone || o.ExternalID == "" {
			continue
		}
		if other := live[name]; other != "" {
			broken = append(broken, fmt.Sprintf("%s is %s and %s", name, other, id))
		}
		live[name] = id
	}
	return broken
}

func unsettled(n *night) (broken []string) {
	n.each(func(name, kind string, r row) {
		e, there := n.after[name]
		_, rejected := n.reasons[name]
		if doubt := !there || e.Outcome == "in_doubt" || !e.loaded(); doubt && !rejected && !n.skips(name) {
			broken = append(broken, fmt.Sprintf("%s is %+v, below %s", name, e, n.fate(parentSteps[kind], r.parent)))
		}
	})
	return broken
}

// lostObjects looks for the object of each row that is loaded. A row that was not sent may have lost its object to a
// person: only a change looks.
func lostObjects(n *night) (broken []string) {
	n.each(func(name, kind string, r row) {
		e := n.after[name]
		if !n.isLoaded(name) {
			return
		}
		o, before := n.now[e.ID], n.ledger[name]
		same, alias := before.loaded() && before.ID == e.ID, n.isAlias(kind, r.key, e.ID)
		if same && alias {
			return
		}
		switch quiet := same && (n.noted[name] == r.content() || n.policies.exists != "update"); {
		case o.ID == "" || o.Kind != kind:
			broken = append(broken, fmt.Sprintf("%s is %s, which Kustomer does not have", name, e.ID))
		case o.Gone && !quiet:
			broken = append(broken, fmt.Sprintf("%s is %s, which is gone, and the row was to be sent: %+v; end %+v; before %+v, after %+v", name, e.ID, o, end(n.now, o.ID), before, e))
		case same, alias && n.policies.merged == "use":
		case o.ExternalID == r.key:
		case kind == "customer" && n.old[o.ID].ExternalID == "" && shows(n.old[o.ID], row{payload: map[string]any{"emails": r.payload["emails"]}}, false):
		default:
			broken = append(broken, fmt.Sprintf("%s is %s, which is another object: its external id is %q", name, e.ID, o.ExternalID))
		}
	})
	return broken
}

func twoOwners(n *night) (broken []string) {
	owners := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(n.after)) {
		e := n.after[name]
		if !e.loaded() || n.isAlias(e.Step, e.Key, e.ID) {
			continue
		}
		if other := owners[e.ID]; other != "" {
			broken = append(broken, fmt.Sprintf("%s belongs to %s and to %s", e.ID, other, name))
		}
		owners[e.ID] = name
	}
	return broken
}

// staleObjects compares the objects that the night made with their rows and, where changes are sent, also those whose
// rows differ from what the ledger noted.
func staleObjects(n *night) (broken []string) {
	n.each(func(name, kind string, r row) {
		e := n.after[name]
		o := n.now[e.ID]
		created := n.wrote("create", e.ID)
		if !n.isLoaded(name) || o.Gone || n.isAlias(kind, r.key, e.ID) {
			return
		}
		sent := created || n.policies.exists == "update" && n.noted[name] != r.content()
		if sent && !shows(o, r, created) {
			broken = append(broken, fmt.Sprintf("%s is %v, want %v", name, o.Attributes, r.payload))
		}
	})
	return broken
}

// forbiddenWrites looks at every write of the runs. An update of an object that is gone changes nothing that anybody
// sees: a run cannot know that it is gone.
func forbiddenWrites(n *night) (broken []string) {
	owners := map[string]row{}
	n.each(func(name, kind string, r row) {
		if e := n.after[name]; e.loaded() && !n.isSurvivor(kind, r.key, e.ID) {
			owners[e.Step+" "+e.ID] = r
		}
	})
	for _, c := range n.writes {
		r, owned := owners[c.Kind+" "+c.ID]
		name, before := c.Kind+" "+r.key, n.old[c.ID]
		switch {
		case c.Op == "create":
			if why := n.mayNotCreate(c); why != "" {
				broken = append(broken, fmt.Sprintf("%s %s was created as %s: %s", c.Kind, c.ExternalID, c.ID, why))
			}
		case c.Op == "delete":
			broken = append(broken, fmt.Sprintf("%s %s was deleted", c.Kind, c.ID))
		case before.Gone:
		case n.policies.exists != "update":
			broken = append(broken, fmt.Sprintf("%s %s was changed under if_exists: %s", c.Kind, c.ID, n.policies.exists))
		case !owned:
			broken = append(broken, fmt.Sprintf("%s %s, which no row owns, was changed", c.Kind, c.ID))
		case before.ID != "" && before.ExternalID != "" && before.ExternalID != r.key:
			broken = append(broken, fmt.Sprintf("%s, which has the external id %q, was changed by %s; %+v", c.ID, before.ExternalID, name, n.after[name]))
		case n.noted[name] == r.content() && n.ledger[name].ID == c.ID:
			broken = append(broken, fmt.Sprintf("%s was sent again, although its row is as it was", name))
		}
	}
	return broken
}

// mayNotCreate says why an object must not have been created, "" when it may.
func (n *night) mayNotCreate(c Commit) string {
	known := n.ledger[c.Kind+" "+c.ExternalID]
	was := n.old[known.ID]
	_, must := n.tells(was)
	switch {
	case !slices.ContainsFunc(n.rows[c.Kind], func(r row) bool { return r.key == c.ExternalID }):
		return "no row says so"
	case known.loaded() && !was.Gone:
		return "the ledger knew it as " + known.ID
	case known.loaded() && was.Into != "" && !end(n.old, was.ID).Gone && must:
		return "it was merged into " + was.Into
	case known.loaded() && n.policies.deleted != "recreate":
		return "it was deleted, and if_deleted is " + n.policies.deleted
	}
	return ""
}

// strayObjects looks at the parents of what the night made, and whether a run moved anything else.
func strayObjects(n *night) (broken []string) {
	n.each(func(name, kind string, r row) {
		e := n.after[name]
		o, before := n.now[e.ID], n.old[e.ID]
		if r.parent == "" || o.ID == "" || n.isAlias(kind, r.key, e.ID) {
			return
		}
		want := before.ParentID
		if before.ID == "" {
			want = end(n.now, n.after[parentSteps[kind]+" "+r.parent].ID).ID
		}
		if want == "" || o.ParentID != want {
			broken = append(broken, fmt.Sprintf("%s belongs to %q, want %q (%s)", name, o.ParentID, want, r.parent))
		}
	})
	return broken
}

// unjustRejects wants a reason in words for each rejected row, and one in what is known.
func unjustRejects(n *night) (broken []string) {
	n.each(func(name, kind string, r row) {
		why, rejected := n.reasons[name]
		switch {
		case rejected && strings.TrimSpace(why) == "":
			broken = append(broken, name+" is rejected without a reason")
		case rejected && !n.mayLeaveOut(name, kind, r, "rejected"):
			broken = append(broken, fmt.Sprintf("%s is rejected, and nothing stands against it: %s", name, why))
		case !rejected && n.skips(name) && !n.mayLeaveOut(name, kind, r, "skipped"):
			broken = append(broken, name+" is skipped, and nothing stands against it")
		}
	})
	return broken
}

// mayLeaveOut reports whether something stands against a row: a policy, because its object is gone; another object that
// has its identifiers; or its parent, which is not there.
func (n *night) mayLeaveOut(name, kind string, r row, outcome string) bool {
	known := n.old[n.ledger[name].ID]
	for _, o := range own(n.old, kind, r.key) {
		switch {
		case !o.Gone, known.ID != "" && known.ID != o.ID:
		case n.policyLeavesOut(o, outcome), n.holdsIdentifiers(o):
			return true
		}
	}
	if known.Gone && known.ExternalID != r.key && n.policyLeavesOut(known, outcome) { // a person's, taken over by its address
		return true
	}
	return n.addressIsTaken(kind, r) || n.parentIsMissing(kind, r)
}

// tells reports whether Kustomer may tell of a merge, and whether it must, by one of the ways that kustsync asks.
func (n *night) tells(o Object) (may, must bool) {
	org := n.policies.org
	must = org.Merged.LookUps == Survivor || o.Kind == "customer" && !org.MergesGone
	return must || org.Merged.Reads == Survivor || org.Merged.Reads == Shown || org.Merged.LookUps == Shown, must
}

// policyLeavesOut reports whether if_merged or if_deleted give the row of an object that is gone this outcome.
func (n *night) policyLeavesOut(o Object, outcome string) bool {
	may, must := n.tells(o)
	merged := o.Into != "" && !end(n.old, o.ID).Gone
	switch {
	case merged && may && outcome == "rejected" && n.policies.merged == "reject":
		return true
	case merged && must:
		return false
	}
	return n.policies.deleted == map[string]string{"rejected": "reject", "skipped": "skip"}[outcome]
}

// holdsIdentifiers reports whether an object that is gone keeps others from having its external id and addresses.
func (n *night) holdsIdentifiers(o Object) bool {
	return o.Gone && !n.policies.org.FreeIdentifiers && (o.Kind == "customer" || n.policies.org.Unique)
}

// addressIsTaken reports whether another customer has an address of the row, or another row says so.
func (n *night) addressIsTaken(kind string, r row) bool {
	emails := r.payload["emails"]
	for _, o := range n.old {
		if o.Kind == kind && o.ExternalID != r.key && (!o.Gone || n.holdsIdentifiers(o)) && share(o.Attributes["emails"], emails) {
			return true
		}
	}
	return slices.ContainsFunc(n.rows["customer"], func(other row) bool { return other.key != r.key && share(other.payload["emails"], emails) })
}

// parentIsMissing reports whether a row belongs to an object that is not there.
func (n *night) parentIsMissing(kind string, r row) bool {
	if r.parent == "" {
		return false
	}
	parent := parentSteps[kind] + " " + r.parent
	return !n.isLoaded(parent) || n.now[n.after[parent].ID].Gone
}

func wrongSummary(n *night) (broken []string) {
	sum := n.last.json.Summary
	left := sum.Rejected + sum.InDoubt + sum.NotAttempted
	if want := map[bool]int{false: 0, true: 1}[left > 0]; n.last.exit != want {
		broken = append(broken, fmt.Sprintf("exit %d with %d rows left", n.last.exit, left))
	}
	for _, step := range steps {
		c, loaded, rejected, skips := sum.Steps[step.name], 0, 0, 0
		for _, r := range n.rows[step.name] {
			name := step.name + " " + r.key
			switch {
			case n.isLoaded(name):
				loaded++
			case n.skips(name): // or unchanged, where nothing was sent
				skips++
			default:
				rejected++
			}
		}
		if c.Rows != len(n.rows[step.name]) || c.sum() != c.Rows {
			broken = append(broken, fmt.Sprintf("step %s: %d rows, counters add up to %d, the source has %d", step.name, c.Rows, c.sum(), len(n.rows[step.name])))
		}
		if c.loaded()+c.Skipped != loaded+skips || c.Skipped > skips || c.Rejected != rejected {
			broken = append(broken, fmt.Sprintf("step %s: %+v, ledger and rejects say %d loaded, %d rejected, %d that may be skipped", step.name, c, loaded, rejected, skips))
		}
	}
	return broken
}
