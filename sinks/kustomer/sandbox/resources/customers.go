package resources

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// customerHandlers are the endpoints of customers (kustomer-api.md 5).
type customerHandlers struct{ *objects }

func customers(o *objects) resource {
	h := customerHandlers{o}
	create, read, update, remove := router.Roles("customer", "create"), router.Roles("customer", "read"), router.Roles("customer", "update"), router.Roles("customer", "delete")
	return resource{
		routes: []router.Route{
			{Method: "POST", Path: "/v1/customers", Roles: create, Body: schema.Customer, Handle: h.create},
			{Method: "GET", Path: "/v1/customers", Roles: read, Total: true, Handle: o.listAll(store.Customer, nil)},
			{Method: "GET", Path: "/v1/customers/externalId={v}", Roles: read, Handle: o.lookup(store.CustomerExternalID, "externalId")},
			{Method: "GET", Path: "/v1/customers/email={v}", Roles: read, Handle: o.lookup(store.CustomerEmail, "email")},
			{Method: "GET", Path: "/v1/customers/phone={v}", Roles: read, Handle: o.lookup(store.CustomerPhone, "phone")},
			{Method: "GET", Path: "/v1/customers/{id}", Roles: read, Handle: o.get(store.Customer)},
			{Method: "PATCH", Path: "/v1/customers/{id}", Roles: update, Body: schema.Customer, Handle: h.update},
			{Method: "PUT", Path: "/v1/customers/{id}", Roles: update, Body: schema.Customer, Handle: h.update},
			{Method: "DELETE", Path: "/v1/customers/{id}", Roles: remove, Handle: o.remove(store.Customer)},
		},
		operations: []operation{
			{kind: store.Customer, action: "create", status: 201, fields: schema.CustomerFields, handle: h.create},
			{kind: store.Customer, action: "update", status: 201, fields: schema.CustomerFields, handle: h.update},
			{kind: store.Customer, action: "delete", status: 201, handle: o.remove(store.Customer)},
		},
		views: map[store.Kind]view{store.Customer: {
			collection: "customers", defaults: customerDefaults, attributes: customerAttributes,
			relations: func(r *store.Record, rel, _ wire.Document) { rel["messages"] = o.messagesLink(r) },
		}},
	}
}

// customerDefaults are the attributes that an answer shows when nothing set them (kustomer-api.md 5.3).
var customerDefaults = wire.Members(wire.Document{
	"name": nil, "externalId": nil, "externalIds": wire.Raw("[]"), "sharedExternalIds": wire.Raw("[]"),
	"emails": wire.Raw("[]"), "sharedEmails": wire.Raw("[]"), "phones": wire.Raw("[]"), "sharedPhones": wire.Raw("[]"),
	"whatsapps": wire.Raw("[]"), "facebookIds": wire.Raw("[]"), "instagramIds": wire.Raw("[]"),
	"socials": wire.Raw("[]"), "sharedSocials": wire.Raw("[]"), "urls": wire.Raw("[]"), "locations": wire.Raw("[]"),
	"activeUsers": wire.Raw("[]"), "watchers": wire.Raw("[]"), "recentLocation": wire.Raw("{}"),
	"locale": nil, "timeZone": nil, "birthdayAt": nil, "gender": nil, "tags": wire.Raw("[]"),
	"sentiment": wire.Raw("{}"), "progressiveStatus": nil, "recentItems": wire.Raw("[]"),
})

// create is POST /v1/customers.
func (h customerHandlers) create(c *router.Call) router.Answer {
	if refused := h.refuseCompany(c.Fields()); refused != nil {
		return *refused
	}
	return h.insert(c, store.Customer, "", newDocument(c.Fields()))
}

// update is PATCH and PUT /v1/customers/{id}.
func (h customerHandlers) update(c *router.Call) router.Answer {
	r, refused := h.updated(c, store.Customer, c.Args[0])
	if refused != nil {
		return *refused
	}
	if refused := h.refuseCompany(c.Fields()); refused != nil {
		return *refused
	}
	return h.revise(c, r, c.Fields())
}

// customerAttributes adds names and counts, and shows identifiers in all the places where Kustomer does.
func customerAttributes(r *store.Record, a wire.Document) {
	verified := mirrorExternalIDs(a)
	for _, name := range []string{"emails", "phones", "whatsapps", "socials", "sharedEmails", "sharedPhones", "sharedSocials"} {
		verified = fillVerified(a[name]) || verified
	}
	a["verified"], a["deleted"] = verified, r.Deleted
	name := wire.Text(a, "name")
	first, last, _ := strings.Cut(name, " ")
	a["firstName"], a["lastName"] = first, last
	a["displayName"] = cmp.Or(name, firstText(a["emails"], "email"), firstText(a["phones"], "phone"), "Unknown Customer")
	counts := map[string]int{}
	all := 0
	for _, c := range r.Children {
		if c.Kind == store.Conversation && !c.Deleted {
			all++
			counts[c.Status()]++
		}
	}
	a["conversationCounts"] = wire.Document{"all": all, "open": counts["open"], "snoozed": counts["snoozed"], "done": counts["done"]}
}

// mirrorExternalIDs shows externalId in externalIds and the other way round (kustomer-api.md 5.2).
func mirrorExternalIDs(a wire.Document) (verified bool) {
	list, _ := a["externalIds"].([]any)
	main := wire.Text(a, "externalId")
	if main == "" && len(list) > 0 {
		a["externalId"] = firstText(list, "externalId")
	}
	if main != "" && !slices.ContainsFunc(list, func(v any) bool { return firstText([]any{v}, "externalId") == main }) {
		list = append([]any{wire.Document{"externalId": main, "verified": true}}, list...)
	}
	if len(list) > 0 {
		a["externalIds"] = list
	}
	return fillVerified(list)
}

// fillVerified adds verified: false where it is missing and reports whether any item is verified.
func fillVerified(list any) (verified bool) {
	items, _ := list.([]any)
	for _, item := range items {
		if d, ok := item.(wire.Document); ok {
			if d["verified"] == nil {
				d["verified"] = false
			}
			verified = verified || d["verified"] == true
		}
	}
	return verified
}
