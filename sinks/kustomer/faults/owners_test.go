package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Invariant 13, beside those of reliability.md 5.3: no request changes an object that belongs to another key or to a
// person. Content and parents are compared, not counts alone.

// digest is everything that an object is, also how often it was written.
func digest(o Object) string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // the server holds what came as JSON
	}
	return string(text)
}

// hold notes objects that no request may change from now on. Those that a person made are held from the next run on,
// unless the rows may change them.
func (tr *trial) hold(ids ...string) {
	if tr.held == nil {
		tr.held = map[string]string{}
	}
	for _, o := range tr.server.Objects() {
		if slices.Contains(ids, o.ID) || o.Seeded && tr.held[o.ID] == "" && !slices.Contains(tr.want.ours, o.ID) {
			tr.held[o.ID] = digest(o)
		}
	}
}

// checkHeld is invariant 13 for the objects that are held. Each is reported once.
func (tr *trial) checkHeld() {
	tr.t.Helper()
	now := map[string]string{}
	for _, o := range tr.server.Objects() {
		if tr.held[o.ID] != "" {
			now[o.ID] = digest(o)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(tr.held)) {
		if was := tr.held[id]; now[id] != was {
			tr.totals.overwritten++
			tr.fail(13, "requests changed what is not theirs:\n%s\nis now\n%s", was, now[id])
			tr.held[id] = now[id]
		}
	}
	maps.DeleteFunc(tr.held, func(_, digest string) bool { return digest == "" })
}

// act does what a person does in Kustomer between two runs. What is held is noted anew, since a person may change it.
func (tr *trial) act(what func() error) {
	tr.t.Helper()
	tr.checkHeld()
	if err := what(); err != nil {
		tr.t.Fatal(err)
	}
	held := slices.Collect(maps.Keys(tr.held))
	tr.held = nil
	tr.hold(held...)
}

// personMakes makes an object as a person does and returns its id.
func (tr *trial) personMakes(kind string, attributes map[string]any) (id string) {
	tr.t.Helper()
	tr.act(func() (err error) {
		id, err = tr.server.Make(kind, attributes)
		return err
	})
	return id
}

// mayChange notes that the rows may change an object that a person made.
func (tr *trial) mayChange(id string) {
	tr.want.ours = append(tr.want.ours, id)
	delete(tr.held, id)
}

// checkOwners is invariant 13 for the objects of the rows, and for the ledger: an object has one key.
func (tr *trial) checkOwners(ledger map[string]entry) {
	tr.t.Helper()
	for _, c := range tr.server.Commits() {
		if c.Op == "update" && !c.Seeded && c.Was != "" && c.Was != c.ExternalID {
			tr.totals.overwritten++
			tr.fail(13, "a request made %s %s, which was %s, into %s", c.Kind, c.ID, c.Was, c.ExternalID)
		}
	}
	keys := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(ledger)) {
		e := ledger[name]
		if !e.loaded() || tr.want.merged[e.Key] == e.ID {
			continue
		}
		if other := keys[e.Step+" "+e.ID]; other != "" {
			tr.fail(13, "the ledger says that %s and %s are both %s", other, e.Key, e.ID)
		}
		keys[e.Step+" "+e.ID] = e.Key
	}
}

// checkDoubles is invariant 1 for what Kustomer holds in the end: no object that a request made has the external id of
// another one, whoever made that.
func (tr *trial) checkDoubles() {
	tr.t.Helper()
	holders := map[string][]Object{}
	for _, o := range tr.server.Objects() {
		if o.Gone {
			continue
		}
		names := values(o.Attributes["externalIds"], "externalId")
		if o.ExternalID != "" && !slices.Contains(names, o.ExternalID) {
			names = append(names, o.ExternalID)
		}
		for _, name := range names {
			holders[o.Kind+" "+name] = append(holders[o.Kind+" "+name], o)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(holders)) {
		list := holders[name]
		made := slices.IndexFunc(list, func(o Object) bool { return !o.Seeded })
		if len(list) < 2 || made < 0 || tr.noControl(Commit{Kind: list[made].Kind, ExternalID: list[made].ExternalID}) {
			continue
		}
		tr.totals.duplicates++
		tr.fail(1, "%s is in Kustomer %d times, and a request made %s", name, len(list), list[made].ID)
	}
}

// checkExisted checks the object of a row that a person made: it is held, or shows what the row says.
func (tr *trial) checkExisted(name string, r row, o Object) {
	tr.t.Helper()
	if o.ExternalID != r.key && o.ExternalID != "" {
		tr.fail(13, "%s is %s, which a person made as %s", name, o.ID, o.ExternalID)
	}
	if !slices.Contains(tr.want.ours, o.ID) {
		return
	}
	for field, want := range r.payload {
		if got := o.Attributes[field]; fmt.Sprint(got) != fmt.Sprint(want) {
			tr.fail(3, "%s of %s, which a person made, is %v, want %v", field, name, got, want)
		}
	}
}

// parents tell which object the rows below a row must belong to.
type parents struct {
	named  map[string]Object // by kind and external id; what is gone only where nothing else has the id
	byID   map[string]Object
	ledger map[string]entry
}

// of returns the id of the object that a row with that key has, at the end of the merges that a person did.
func (p parents) of(key string) string {
	kind := map[byte]string{'c': "customer", 't': "conversation"}[key[0]]
	o, found := p.named[kind+" "+key]
	if !found {
		o = p.byID[p.ledger[kind+" "+key].ID] // an object without an external id
	}
	for o.Into != "" {
		o = p.byID[o.Into]
	}
	return o.ID
}
