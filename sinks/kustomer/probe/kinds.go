package probe

import (
	"net/url"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// tag marks what a probe writes.
const tag = "kustsync-probe"

// kind is a kind of objects that a probe asks about.
type kind struct {
	name, plural string // name is the Spec.Object of what it makes
	slug         string // in externalIds
	parent       string // the kind that it must belong to; "" for none
	create, bulk string // paths; {conversation} stands for the id of one
	lookups      []string
	remove       string // path of a DELETE with {id}; "" where Kustomer has none
	body         func(p *prober, externalID, title string) map[string]any
	inBulk       []string // kinds whose ids an item of a batch names besides
}

// kinds are the kinds in the order in which they are asked about, parents first.
func kinds(klass string) []kind {
	all := []kind{
		{
			name: "customer", slug: "customer", plural: "customers", create: "/v1/customers", bulk: "/v1/customers/bulk",
			lookups: externalIDPaths("create_customer"), remove: "/v1/customers/{id}", body: customerBody,
		},
		{
			name: "conversation", slug: "conversation", plural: "conversations", parent: "customer", create: "/v1/conversations", bulk: "/v1/conversations/bulk",
			lookups: externalIDPaths("create_conversation"), remove: "/v1/conversations/{id}", body: conversationBody,
		},
		{
			name: "message", slug: "message", plural: "messages", parent: "conversation", create: "/v1/conversations/{conversation}/messages", bulk: "/v1/messages/bulk",
			lookups: externalIDPaths("send_message"), body: messageBody, inBulk: []string{"conversation"},
		},
	}
	if klass != "" {
		path := "/v1/klasses/" + url.PathEscape(klass)
		all = append(all, kind{
			name: catalog.KObjectOf(klass), slug: "kobject", plural: "KObjects of the klass " + klass, parent: "customer", create: path, bulk: path + "/bulk",
			lookups: []string{path + "/externalId={value}"}, remove: path + "/{id}", body: kobjectBody,
		})
	}
	return all
}

// The bodies carry nothing by which anybody could be reached: no e-mail, no phone (kustomer-api.md 5.2, 6.2,
// 7.2, 9.3). A conversation is done and a message goes out, so that nothing is routed to agents or reopened;
// importedAt, auto and an old sentAt keep them out of reports and off the top of timelines.

func customerBody(_ *prober, externalID, title string) map[string]any {
	return map[string]any{"externalId": externalID, "name": title, "tags": []any{tag}}
}

func conversationBody(p *prober, externalID, title string) map[string]any {
	return map[string]any{
		"customer": p.ids["customer"], "externalId": externalID, "name": title, "tags": []any{tag},
		"status": "done", "direction": "out", "importedAt": p.now(),
	}
}

func messageBody(p *prober, externalID, title string) map[string]any {
	return map[string]any{
		"externalId": externalID, "preview": title, "channel": "email", "app": "kustsync", "direction": "out",
		"auto": true, "importedAt": p.now(), "sentAt": "2001-01-01T00:00:00.000Z",
	}
}

func kobjectBody(p *prober, externalID, title string) map[string]any {
	return map[string]any{
		"customer": p.ids["customer"], "externalId": externalID, "title": title, "tags": []any{tag}, "importedAt": p.now(),
	}
}

// now is the time of the probe as Kustomer writes times.
func (p *prober) now() string { return p.began.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// Plan is what a probe writes and deletes, for a person to agree to.
type Plan struct {
	Writes   []string `json:"writes"`
	Deletes  []string `json:"deletes"`
	Leaves   []string `json:"leaves"`
	Requests int      `json:"requests"` // where nothing fails, lags or is accepted twice; the one that asks who the key is included
}

// NewPlan says what Run does with KObjects of klass, or without.
func NewPlan(klass string) Plan {
	plan := Plan{Requests: 2} // who the key is, and a body that is too large
	for _, k := range kinds(klass) {
		plan.Requests += 2 + 1 + 2 + len(k.lookups) // two at once, again, a bulk job and its results
		plan.Writes = append(plan.Writes, "2 "+k.plural+", up to 5 where Kustomer takes duplicates"+": three POSTs to "+k.create+" with one externalId, and one to "+k.bulk+" with that and a new one")
		if k.remove == "" {
			plan.Leaves = append(plan.Leaves, "the "+k.plural+", which Kustomer has no way to delete, in the conversation that is deleted")
			continue
		}
		plan.Requests += 2
		plan.Deletes = append(plan.Deletes, "the "+k.plural+": DELETE "+k.remove)
	}
	plan.Writes = append(plan.Writes, "nothing by a POST of /v1/customers whose name is 110,000 characters long, which Kustomer refuses")
	plan.Leaves = append(plan.Leaves, "the bulk jobs, and the tag "+tag)
	return plan
}

// fillPath puts ids into a path.
func (p *prober) fillPath(path string) string {
	return strings.Replace(path, "{conversation}", url.PathEscape(p.ids["conversation"]), 1)
}
