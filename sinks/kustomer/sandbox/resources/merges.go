package resources

import (
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// mergeHandlers are the endpoints of merges of customers (kustomer-api.md 5.5).
type mergeHandlers struct{ *objects }

func merges(o *objects) resource {
	h := mergeHandlers{o}
	roles := func(action, legacy string) []string {
		return []string{"org.permission.customer_merge." + action, "org.user.customer." + legacy, "org.admin.customer.merge." + legacy}
	}
	return resource{
		routes: []router.Route{
			{Method: "POST", Path: "/v1/customers/merges", Roles: roles("create", "write"), Body: schema.CustomerMerge, Handle: h.create},
			{Method: "GET", Path: "/v1/customers/merges/{id}", Roles: roles("create", "read"), Handle: o.get(store.CustomerMerge)},
			{Method: "GET", Path: "/v1/customers/{id}/merges", Roles: roles("read", "read"), Handle: h.list},
		},
		views: map[store.Kind]view{store.CustomerMerge: {
			collection: "customers/merges", defaults: wire.Members(wire.Document{"status": "success"}),
			attributes: func(_ *store.Record, a wire.Document) {
				delete(a, "source")
				delete(a, "target")
			},
			relations: func(_ *store.Record, rel, doc wire.Document) {
				for _, side := range []string{"source", "target"} {
					rel[side] = wire.Link("/v1/customers/"+wire.Text(doc, side), "customer", wire.Text(doc, side))
				}
			},
		}},
	}
}

// create is POST /v1/customers/merges: the target takes in what the source has, the source is deleted, and what
// belonged to it moves.
func (h mergeHandlers) create(c *router.Call) router.Answer {
	body := c.Fields()
	source, target := h.Store.Live(store.Customer, wire.Text(body, "source")), h.Store.Live(store.Customer, wire.Text(body, "target"))
	switch {
	case source == nil:
		return h.Errors.BadParam("source", "Customer not found", "")
	case target == nil:
		return h.Errors.BadParam("target", "Customer not found", "")
	case source == target:
		return h.Errors.BadParam("target", "A customer cannot be merged with itself", "")
	}
	doc := union(target.Document(), source.Document(), h.Rules.Merged.LookUps == MergedSurvivor)
	doc["updatedAt"] = wire.Now()
	takeOver(c, doc, nil)
	last := source.Document()
	takeOver(c, last, nil)
	changes := []store.Change{source.RemovalWith(last), target.Update(doc)}
	for _, child := range source.Children {
		if !child.Deleted {
			moved := child.Document()
			moved["customer"] = target.ID.String()
			changes = append(changes, child.Update(moved))
		}
	}
	merged := newDocument(body)
	merged["status"] = "success"
	return h.insert(c, store.CustomerMerge, "", merged, changes...)
}

// list is GET /v1/customers/{id}/merges: those that the customer was a part of.
func (h mergeHandlers) list(c *router.Call) router.Answer {
	if r := h.Store.Get(store.Customer, c.Args[0]); r == nil || r.Deleted && h.Rules.MergesGone {
		return h.Errors.NotFound("id")
	}
	return h.page(c, h.Store.All(store.CustomerMerge), func(r *store.Record) bool {
		doc := r.Document()
		return wire.Text(doc, "source") == c.Args[0] || wire.Text(doc, "target") == c.Args[0]
	})
}

// What a merge does with the members of two customers (kustomer-api.md 5.5). All others are the target's alone.
var (
	joinedLists  = []string{"emails", "sharedEmails", "phones", "sharedPhones", "whatsapps", "socials", "sharedSocials", "locations", "tags", "sharedExternalIds"}
	latestTimes  = []string{"signedUpAt", "modifiedAt", "lastSeenAt", "lastActivityAt"}
	earliestTime = "createdAt"
)

// union merges a source into a target. With externalIDs the source's externalId becomes a further one of the target,
// so that look-ups of it find the target; the rules that are known do not say so (kustomer-api.md 20.2).
func union(target, source wire.Document, externalIDs bool) wire.Document {
	lists := joinedLists
	if externalIDs {
		mirrorExternalIDs(target)
		mirrorExternalIDs(source)
		lists = append(slices.Clip(lists), "externalIds")
	}
	for _, name := range lists {
		if list := joined(target[name], source[name]); len(list) > 0 {
			target[name] = list
		}
	}
	for _, name := range latestTimes {
		if wire.Text(source, name) > wire.Text(target, name) {
			target[name] = source[name]
		}
	}
	if at := wire.Text(source, earliestTime); at < wire.Text(target, earliestTime) {
		target[earliestTime] = at
		if by := wire.Text(source, "createdBy"); by != "" {
			target["createdBy"] = by
		}
	}
	if custom := mergeCustom(source["custom"], target["custom"]); len(custom) > 0 {
		target["custom"] = custom
	}
	return target
}

// joined is one list after the other, each item once.
func joined(a, b any) []any {
	first, _ := a.([]any)
	second, _ := b.([]any)
	var all []any
	seen := map[string]bool{}
	for _, list := range [][]any{first, second} {
		for _, item := range list {
			if text := string(wire.JSON(item)); !seen[text] {
				seen[text] = true
				all = append(all, item)
			}
		}
	}
	return all
}
