package resources

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/jobs"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// bulkHandlers are the endpoints that submit bulk jobs and those that show them.
type bulkHandlers struct {
	*objects
	jobs *jobs.Runner
}

// newBulk makes the runner of bulk jobs and the routes of their endpoints.
func newBulk(o *objects, operations []operation, opts jobs.Options) (*jobs.Runner, []router.Route) {
	h := &bulkHandlers{objects: o}
	read := router.Roles("bulk", "read")
	routes := []router.Route{
		{Method: "GET", Path: "/v1/bulk/{id}", Roles: read, Handle: h.show},
		{Method: "GET", Path: "/v1/bulk/{id}/batches", Roles: read, Handle: h.showBatches},
	}
	ops := make([]*jobs.Operation, len(operations))
	for i, op := range operations {
		ops[i] = &jobs.Operation{
			Context: "api.sobjects." + o.views[op.kind].collection + ".bulk-" + op.action, Action: op.action, Do: op.do,
		}
		routes = append(routes, h.route(op, ops[i]))
	}
	opts.ShowRefs = o.Rules.ClientRef == ClientRefOn
	h.jobs = jobs.NewRunner(opts, jobs.Deps{Store: o.Store, Faults: o.Faults, Stats: o.Stats, Later: o.Later}, ops)
	return h.jobs, routes
}

// route is the endpoint that submits jobs of an operation.
func (h *bulkHandlers) route(op operation, job *jobs.Operation) router.Route {
	r := router.Route{Method: op.method(), Path: op.path, Roles: op.roles, Bulk: true, Handle: h.submit(op, job)}
	if r.Path == "" {
		r.Path = "/v1/" + h.views[op.kind].collection + "/bulk"
	}
	if r.Roles == nil {
		r.Roles = router.Roles(op.kind.String(), op.action)
	}
	if op.fields != nil {
		r.Body = schema.Items(op.fields, op.required, job.ByID(), h.Rules.ClientRef != ClientRefOff)
	}
	if op.action == "update" {
		r.ByIDs = schema.Object(op.fields, op.required...)
	}
	return r
}

// submit accepts a job.
func (h *bulkHandlers) submit(op operation, job *jobs.Operation) handler {
	return func(c *router.Call) router.Answer {
		if op.refuse != nil {
			if refused := op.refuse(c); refused != nil {
				return *refused
			}
		}
		if title := wrongIDs(job, c); title != "" {
			return h.Errors.BadParam("ids", title, "")
		}
		if wrong := wrongRefs(c); wrong != nil {
			return h.Errors.Invalid(true, *wrong)
		}
		j, err := h.jobs.Submit(job, jobs.Request{
			Path: c.Request.URL.Path, Args: c.Args, Roles: c.Roles, Query: url.Values{"replace": c.Query["replace"]},
			IDs: splitIDs(c), Body: c.Body, Fault: c.Fault,
		})
		if err != nil {
			return h.Errors.Broken(err)
		}
		shown := h.jobDocument(j, time.Now())
		attributes, _ := shown["attributes"].(wire.Document)
		attributes["payload"] = wire.Document{"api": h.echo(j, c)}
		body := wire.AppendJSON(append(make([]byte, 0, len(c.Text)+1024), `{"data":`...), shown)
		return router.Answer{Status: op.status, Body: append(body, '}')}
	}
}

// wrongIDs says what is wrong with a query of ids, or that it is missing where the body has no items; "" when nothing
// is.
func wrongIDs(job *jobs.Operation, c *router.Call) string {
	if !c.Query.Has("ids") && c.Body != nil || !job.ByID() {
		return ""
	}
	list := splitIDs(c)
	if len(list) == 0 || len(list) > schema.MaxItems {
		return fmt.Sprintf("ids must list 1 to %d ids", schema.MaxItems)
	}
	for _, id := range list {
		if _, ok := wire.ParseID(id); !ok {
			return "Format validation failed (object-id expected)"
		}
	}
	return ""
}

// splitIDs reads the query ids, a list with commas.
func splitIDs(c *router.Call) []string {
	text := c.Query.Get("ids")
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// wrongRefs finds `_clientRef` on some items only, and one value on two (kustomer-api.md 10); nil when neither is so.
func wrongRefs(c *router.Call) *schema.Mistake {
	items, _ := c.Body.([]any)
	seen := map[string]int{}
	without := -1
	for i, item := range items {
		fields, _ := item.(wire.Document)
		ref := wire.Text(fields, "_clientRef")
		if ref == "" {
			without = i
			continue
		}
		if first, twice := seen[ref]; twice {
			return wrongRef(i, fmt.Sprintf("_clientRef must be unique in a request (indices %d and %d)", first, i))
		}
		seen[ref] = i
	}
	if without >= 0 && len(seen) > 0 {
		return wrongRef(without, "_clientRef must be on every item or on none")
	}
	return nil
}

func wrongRef(item int, title string) *schema.Mistake {
	return &schema.Mistake{Title: title, Parameter: "_clientRef", Pointer: fmt.Sprintf("/%d/_clientRef", item)}
}
