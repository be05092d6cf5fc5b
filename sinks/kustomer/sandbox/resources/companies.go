package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// companyHandlers are the endpoints of companies (kustomer-api.md 9.2).
type companyHandlers struct{ *objects }

func companies(o *objects) resource {
	h := companyHandlers{o}
	read, update := router.Roles("company", "read"), o.updateKeeping(store.Company, "name")
	return resource{
		routes: []router.Route{
			{Method: "POST", Path: "/v1/companies", Roles: router.Roles("company", "create"), Body: schema.NewCompany, Handle: h.create},
			{Method: "GET", Path: "/v1/companies", Roles: read, Handle: h.list},
			{Method: "GET", Path: "/v1/companies/{id}", Roles: read, Handle: o.get(store.Company)},
			{Method: "PUT", Path: "/v1/companies/{id}", Roles: router.Roles("company", "update"), Body: schema.CompanyUpdate, Handle: update},
		},
		operations: []operation{
			{kind: store.Company, action: "create", status: 201, fields: schema.NewCompanyFields, required: []string{"name"}, handle: h.create},
			{kind: store.Company, action: "update", status: 201, fields: schema.CompanyUpdateFields, handle: update},
		},
		views: map[store.Kind]view{store.Company: {collection: "companies", defaults: companyDefaults}},
	}
}

// companyDefaults are the attributes that an answer shows when nothing set them.
var companyDefaults = wire.Members(wire.Document{
	"externalId": nil, "avatarUrl": nil, "emails": wire.Raw("[]"), "phones": wire.Raw("[]"), "whatsapps": wire.Raw("[]"),
	"socials": wire.Raw("[]"), "urls": wire.Raw("[]"), "domains": wire.Raw("[]"), "locations": wire.Raw("[]"), "tags": wire.Raw("[]"),
})

// create is POST /v1/companies.
func (h companyHandlers) create(c *router.Call) router.Answer {
	return h.insert(c, store.Company, "", newDocument(c.Fields()))
}

// list is GET /v1/companies: all, or those with an externalId or with a name (filter). Of both at once the server
// takes neither (kustomer-api.md 4.2).
func (h companyHandlers) list(c *router.Call) router.Answer {
	externalID, name := c.Query.Get("externalId"), c.Query.Get("filter")
	var records []*store.Record
	switch {
	case externalID != "" && name == "":
		records = h.Store.FindAll(store.CompanyExternalID.Of(externalID))
	case name != "" && externalID == "":
		records = h.Store.FindAll(store.CompanyName.Of(name))
	default:
		return h.page(c, h.Store.All(store.Company))
	}
	if h.Rules.Lookups == LookupsNever {
		records = nil
	}
	return h.page(c, records, func(r *store.Record) bool { return !r.NewerThan(h.Rules.LookupLag) })
}
