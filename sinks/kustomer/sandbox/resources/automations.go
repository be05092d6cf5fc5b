package resources

import (
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// automationHandlers list what reacts to writes; a seed makes it (kustomer-api.md 21). They run nothing. Business
// rules have no endpoint.
type automationHandlers struct{ *objects }

func automations(o *objects) resource {
	h := automationHandlers{o}
	workflows := []string{"org.permission.workflow.read", "org.admin.workflow.read"}
	webhooks := []string{"org.outbound_webhooks", "org.permission.outbound_webhook.read", "org.admin.outbound_webhooks"}
	return resource{
		routes: []router.Route{
			{Method: "GET", Path: "/v1/workflows", Roles: workflows, Handle: h.workflows},
			{Method: "GET", Path: "/v1/workflows/{id}", Roles: workflows, Handle: o.get(store.Workflow)},
			{Method: "GET", Path: "/v1/outbound-webhooks", Roles: webhooks, Handle: o.listAll(store.OutboundWebhook, nil)},
			{Method: "GET", Path: "/v1/outbound-webhooks/{id}", Roles: webhooks, Handle: o.get(store.OutboundWebhook)},
		},
		views: map[store.Kind]view{
			store.Workflow: {
				collection: "workflows", defaults: wire.Members(wire.Document{"enabled": true, "steps": wire.Raw("[]"), "trigger": wire.Raw("{}"), "lastError": nil}),
			},
			store.OutboundWebhook: {
				collection: "outbound-webhooks", defaults: wire.Members(wire.Document{"enabled": true, "isError": false, "events": wire.Raw("[]")}),
			},
		},
	}
}

// workflows is GET /v1/workflows?enabled=&eventName=&callable=.
func (h automationHandlers) workflows(c *router.Call) router.Answer {
	return h.page(c, h.Store.All(store.Workflow), func(r *store.Record) bool {
		doc := r.Document()
		trigger, _ := doc["trigger"].(wire.Document)
		has := map[string]string{
			"enabled": truth(doc["enabled"] != false), "callable": truth(doc["callable"] == true), "eventName": wire.Text(trigger, "eventName"),
		}
		return !slices.ContainsFunc([]string{"enabled", "callable", "eventName"}, func(name string) bool {
			want := c.Query.Get(name)
			return want != "" && want != has[name]
		})
	})
}

func truth(is bool) string {
	if is {
		return "true"
	}
	return "false"
}
