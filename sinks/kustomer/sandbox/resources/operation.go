package resources

import (
	"net/http"
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/jobs"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/schema"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
)

// operation is a kind of bulk job on the objects of one kind (kustomer-api.md 10, appendix A).
type operation struct {
	kind     store.Kind
	action   string        // create, update or delete
	status   int           // of the answer to the submission
	fields   schema.Fields // of an item; nil: the request names ids, and has no body
	required []string      // fields
	handle   handler       // of one item, as of a request for it alone

	path   string                            // where jobs are submitted; "": bulk in the collection of the kind
	roles  []string                          // nil: those of the kind and the action
	refuse func(*router.Call) *router.Answer // a reason not to accept a job; may be nil
}

// method is that of the submission.
func (op operation) method() string {
	return map[string]string{"create": http.MethodPost, "update": http.MethodPut, "delete": http.MethodDelete}[op.action]
}

// do carries out one item of a job as if it were a request.
func (op operation) do(j *jobs.Job, it jobs.Item) router.Answer {
	c := &router.Call{Method: op.method(), Args: j.Request.Args, Roles: j.Request.Roles, Query: j.Request.Query, Body: it.Body}
	if j.Op.ByID() {
		c.Args = append(slices.Clip(c.Args), it.ID)
	}
	return op.handle(c)
}
