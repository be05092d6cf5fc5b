package resources

import (
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Opened is the time that the sandbox shows for what was there from the start.
const Opened = "2026-01-01T00:00:00.000Z"

// accountHandlers show the key of a request, its org, and what is declared there.
type accountHandlers struct{ *objects }

func account(o *objects) resource {
	h := accountHandlers{o}
	return resource{routes: []router.Route{
		{Method: "GET", Path: "/v1/auth/tokens/current", Handle: h.token},
		{Method: "GET", Path: "/v1/orgs/current", Handle: h.org},
		{Method: "GET", Path: "/v1/metadata/{resource}", Roles: router.Roles("metadata", "read"), Handle: h.metadata},
	}}
}

// token describes the key of the request (kustomer-api.md 1.2).
func (h accountHandlers) token(c *router.Call) router.Answer {
	token := router.Token(c.Request)
	last := ""
	if n := len(token); n >= 16 {
		last = token[n-4:]
	}
	org := h.Store.OrgID()
	return single(wire.Document{
		"type": "token", "id": org[:len(org)-2] + "02", "links": wire.Document{"self": "/v1/auth/tokens/current"},
		"attributes": wire.Document{
			"name": "sandbox key", "lastTokenChars": last, "roles": c.Roles, "ipAddress": c.Request.RemoteAddr,
			"userAgent": c.Request.UserAgent(), "lastAccessedAt": wire.Now(), "createdAt": Opened, "updatedAt": Opened,
		},
		"relationships": wire.Document{"org": wire.OrgLink(org), "user": wire.UserLink(h.userID())},
	})
}

func (h accountHandlers) org(*router.Call) router.Answer {
	org := h.Store.OrgID()
	return single(wire.Document{
		"type": "org", "id": org, "links": wire.Document{"self": "/v1/orgs/" + org},
		"attributes": wire.Document{"name": "sandbox"},
	})
}

// metadata shows which custom attributes are declared for a resource (kustomer-api.md 5.4): none, unless the rules
// say so.
func (h accountHandlers) metadata(c *router.Call) router.Answer {
	resource := c.Args[0]
	name, isKlass := strings.CutPrefix(resource, "kobject.")
	k, ok := store.KindNamed(resource)
	if isKlass && h.Store.EnabledKlass(name) == nil || !isKlass && (!ok || k > store.Company) {
		return h.Errors.NotFound("resource")
	}
	attributes := any(wire.Document{"properties": wire.Document{}, "standardProperties": wire.Document{}})
	if text, declared := h.Rules.Metadata[resource]; declared {
		attributes = wire.Raw(text)
	}
	return single(wire.Document{
		"type": "metadata", "id": resource, "links": wire.Document{"self": "/v1/metadata/" + resource}, "attributes": attributes,
	})
}
