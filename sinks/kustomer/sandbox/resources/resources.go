// Package resources has Kustomer's endpoints: one file, with one handler type, for each resource.
//
// To add an endpoint to a resource, add a line to the routes of its file and a method to its handler type; a new body
// gets its rule in the package schema. To add a resource, add a file with a function such as teams or customers, name
// it in the list of New, and add its kind to the package store. A bulk endpoint is a line among the operations of
// its resource. The methods get requests that were let in and whose body fits its schema, and run with the store's
// lock held: for reading when the method is GET, else for writing.
package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/jobs"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
)

// Resources are the endpoints, and what goes on behind them.
type Resources struct {
	Routes router.Table
	Jobs   *jobs.Runner
	resume []func()
}

// New makes the endpoints. Of two routes that fit a request, the one that is listed first wins.
func New(d Deps, bulk jobs.Options) *Resources {
	o := &objects{Deps: d}
	var routes []router.Route
	var operations []operation
	all := &Resources{Routes: router.Table{}}
	for _, of := range []func(*objects) resource{
		account, users,
		merges, customers, conversations, messages, notes, companies, klasses, kobjects, drafts,
		lists, hooks, routing, search,
	} {
		one := of(o)
		routes, operations = append(routes, one.routes...), append(operations, one.operations...)
		for kind, v := range one.views {
			o.views[kind] = v
		}
		if one.resume != nil {
			all.resume = append(all.resume, one.resume)
		}
	}
	var bulkRoutes []router.Route
	all.Jobs, bulkRoutes = newBulk(o, operations, bulk)
	all.Routes.Add(bulkRoutes...) // before those of objects: "bulk" is no id
	all.Routes.Add(routes...)
	return all
}

// Resume takes up what an earlier process left behind: drafts that wait, and bulk jobs.
func (r *Resources) Resume() {
	for _, resume := range r.resume {
		resume()
	}
	r.Jobs.Resume()
}
