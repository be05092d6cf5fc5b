package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
)

// lists are the endpoints that only show objects which come from the start or a seed, and need no handler of their
// own (kustomer-api.md 13). The specification names no roles for snippets: these follow the pattern of the others.
func lists(o *objects) resource {
	language := map[string]string{"lang": "lang"}
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/teams", Roles: router.Roles("team", "read"), Handle: o.listAll(store.Team, nil), PageMax: maxListed},
			{Method: "GET", Path: "/v1/teams/{id}", Roles: router.Roles("team", "read"), Handle: o.get(store.Team)},
			{Method: "GET", Path: "/v1/tags", Roles: router.Roles("tag", "read"), Handle: o.listAll(store.Tag, nil)},
			{Method: "GET", Path: "/v1/snippets", Roles: router.Roles("snippet", "read"), Handle: o.listAll(store.Snippet, language)},
			{Method: "GET", Path: "/v1/snippets/{id}", Roles: router.Roles("snippet", "read"), Handle: o.get(store.Snippet)},
			{Method: "GET", Path: "/v1/outboundAccounts", Roles: router.Roles("apps", "read"), Handle: o.listAll(store.OutboundAccount, nil)},
		},
		views: map[store.Kind]view{
			store.Team:            {collection: "teams"},
			store.Tag:             {collection: "tags"},
			store.Snippet:         {collection: "snippets"},
			store.OutboundAccount: {collection: "outboundAccounts"},
		},
	}
}
