package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// maxItems is how many objects one bulk request may hold (kustomer-api.md 10).
const maxItems = 100

// operation is what a kind of bulk job does: data, save for what becomes of one item.
type operation struct {
	kind     kind
	action   string // create, update or delete
	status   int    // of the answer to the submission
	fields   map[string]*rule
	required []string
	handle   func(*Server, *call) answer // of one item, as of a request for it alone
}

// context is the name of the operation in a job, by which a journal knows it too.
func (o *operation) context() string {
	return "api.sobjects." + o.kind.collection() + ".bulk-" + o.action
}

// path is where jobs are submitted. KObjects are so by the name of their klass.
func (o *operation) path() string {
	if o.kind == kobject {
		return "/v1/klasses/{name}/bulk"
	}
	return "/v1/" + o.kind.collection() + "/bulk"
}

func (o *operation) roles() []string {
	if o.kind == kobject {
		return kobjectRoles(o.action)
	}
	return roles(o.kind.String(), o.action)
}

// done is what a result says of an item that worked.
func (o *operation) done() string { return o.action + "d" }

// byID says whether the items are objects that exist.
func (o *operation) byID() bool { return o.action != "create" }

func (o *operation) method() string {
	return map[string]string{"create": http.MethodPost, "update": http.MethodPut, "delete": http.MethodDelete}[o.action]
}

// bulkOperations is the table of bulk jobs (kustomer-api.md 10, appendix A).
func bulkOperations() []*operation {
	return []*operation{
		{customer, "create", 201, customerFields, nil, (*Server).createCustomer},
		{customer, "update", 201, customerFields, nil, (*Server).updateCustomer},
		{customer, "delete", 201, nil, nil, remove(customer)},
		{conversation, "create", 201, conversationWithCustomer, []string{"customer"}, (*Server).createConversation},
		{conversation, "update", 201, conversationMove, nil, (*Server).updateConversation},
		{conversation, "delete", 201, nil, nil, remove(conversation)},
		{message, "create", 200, messageFields, []string{"channel", "app"}, (*Server).createMessage},
		{message, "update", 200, messageUpdate, nil, (*Server).updateMessage},
		{note, "create", 201, noteFields, []string{"conversation", "body"}, (*Server).createNote},
		{note, "update", 201, noteUpdate, nil, (*Server).updateNote},
		{company, "create", 201, companyFields, []string{"name"}, (*Server).createCompany},
		{company, "update", 201, companyUpdate, nil, (*Server).updateCompany},
		{kobject, "create", 201, kobjectFields, []string{"title"}, (*Server).createKObject},
		{kobject, "update", 200, kobjectUpdate, nil, (*Server).updateKObject},
		{kobject, "delete", 201, nil, nil, (*Server).deleteKObject},
	}
}

// bulkRoutes are the endpoints that submit jobs and those that show them.
func bulkRoutes(ops []*operation, mode ClientRef) []route {
	list := []route{
		{method: "GET", path: "/v1/bulk/{id}", roles: roles("bulk", "read"), handle: (*Server).showJob},
		{method: "GET", path: "/v1/bulk/{id}/batches", roles: roles("bulk", "read"), handle: (*Server).showBatches},
	}
	for _, op := range ops {
		r := route{
			method: op.method(), path: op.path(), bulk: true, roles: op.roles(), handle: submit(op),
		}
		if op.fields != nil {
			r.body = op.list(mode)
		}
		if op.action == "update" {
			r.byIDs = objectOf(op.fields, op.required...)
		}
		list = append(list, r)
	}
	return list
}

// list is the rule for the items of a body.
func (o *operation) list(mode ClientRef) *rule {
	fields, required := with(o.fields), slices.Clone(o.required)
	if mode != ClientRefOff {
		fields["_clientRef"] = textFrom(1, 255)
	}
	if o.byID() {
		fields["id"] = anID
		required = append(required, "id")
	}
	return &rule{types: []string{"array"}, minItems: 1, maxItems: maxItems, items: objectOf(fields, required...)}
}

// submit accepts a job. Nothing is done to the objects before it runs.
func submit(op *operation) func(*Server, *call) answer {
	return func(s *Server, c *call) answer {
		if op.kind == kobject && s.klassNamed(c.args[0]) == nil {
			return s.notFound("name")
		}
		if p := idsProblem(op, c); p != nil {
			return s.refuse(http.StatusBadRequest, *p)
		}
		if p := refsProblem(c); p != nil {
			return s.refuse(http.StatusBadRequest, s.named(c.route, []problem{*p})...)
		}
		j := s.newJob(op, c)
		if err := s.keepJob(j); err != nil {
			return s.broken(err)
		}
		s.stats.job(len(j.items))
		s.schedule(j)
		body := appendJSON(append(make([]byte, 0, len(c.text)+1024), `{"data":`...), s.jobResource(j, c))
		return answer{status: op.status, body: append(body, '}')}
	}
}

// idsProblem refuses a query of ids that is wrong, or missing where the body has no items.
func idsProblem(op *operation, c *call) *problem {
	if !c.query.Has("ids") && c.body != nil || op.action == "create" {
		return nil
	}
	bad := func(format string, args ...any) *problem {
		return &problem{code: codeBadParam, title: fmt.Sprintf(format, args...), parameter: "ids"}
	}
	list := splitIDs(c)
	if len(list) == 0 || len(list) > maxItems {
		return bad("ids must list 1 to %d ids", maxItems)
	}
	for _, id := range list {
		if _, ok := parseID(id); !ok {
			return bad("Format validation failed (object-id expected)")
		}
	}
	return nil
}

// splitIDs reads the query ids, a list with commas.
func splitIDs(c *call) []string {
	text := c.query.Get("ids")
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// refsProblem refuses `_clientRef` on some items only, and one value on two (kustomer-api.md 10).
func refsProblem(c *call) *problem {
	items, _ := c.body.([]any)
	seen := map[string]int{}
	bare := -1
	for i, item := range items {
		fields, _ := item.(document)
		ref := textOf(fields, "_clientRef")
		if ref == "" {
			bare = i
			continue
		}
		if first, twice := seen[ref]; twice {
			return refProblem(i, fmt.Sprintf("_clientRef must be unique in a request (indices %d and %d)", first, i))
		}
		seen[ref] = i
	}
	if bare >= 0 && len(seen) > 0 {
		return refProblem(bare, "_clientRef must be on every item or on none")
	}
	return nil
}

func refProblem(item int, title string) *problem {
	return &problem{code: codeBadParam, title: title, parameter: "_clientRef", pointer: fmt.Sprintf("/%d/_clientRef", item)}
}
