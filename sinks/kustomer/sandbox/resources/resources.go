// Package resources has Kustomer's endpoints: one file, with one handler type, for each resource.
//
// To add an endpoint to a resource, add a line to the routes of its file and a method to its handler type; a new body
// gets its rule in the package schema. A bulk endpoint is a line among the operations of its resource. To add a
// resource, add a file with a function such as customers, call it in makeAll, and add its kind to the package store.
//
// The methods get requests that were let in and whose body fits its schema. They run with the store's lock held: for
// reading when the method is GET, else for writing.
package resources

import (
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/jobs"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
)

// Resources are the endpoints, and what goes on behind them.
type Resources struct {
	Routes router.Table
	Jobs   *jobs.Runner
	// MergeConversations merges the first conversation of a call's Args into the second; no endpoint of Kustomer does so.
	MergeConversations func(*router.Call) router.Answer
	resume             []func()
}

// New makes the endpoints.
func New(d Deps, bulk jobs.Options) *Resources {
	o := &objects{Deps: d}
	var routes, bulkRoutes []router.Route
	var operations []operation
	all := &Resources{Routes: router.Table{}}
	for _, one := range makeAll(o) {
		routes, operations = append(routes, one.routes...), append(operations, one.operations...)
		if one.watch != nil {
			o.Store.Watch(one.watch)
		}
		if one.resume != nil {
			all.resume = append(all.resume, one.resume)
		}
	}
	all.MergeConversations = conversationMerges{o}.merge
	all.Jobs, bulkRoutes = newBulk(o, operations, bulk)
	all.Routes.Add(bulkRoutes...) // before those of objects: "bulk" is no id
	all.Routes.Add(routes...)
	return all
}

// makeAll makes all resources, and gives their views to o. Of two routes that fit a request, the one that is listed first
// wins.
func makeAll(o *objects) []resource {
	all := []resource{
		account(o), users(o),
		merges(o), customers(o), conversations(o), messages(o), notes(o), companies(o), klasses(o), kobjects(o), drafts(o),
		lists(o), hooks(o), redactions(o), automations(o), audit(o), routing(o), search(o),
	}
	for _, one := range all {
		for kind, v := range one.views {
			o.views[kind] = v
		}
	}
	return all
}

// Resume takes up what an earlier process left behind: drafts that wait, and bulk jobs.
func (r *Resources) Resume() {
	for _, resume := range r.resume {
		resume()
	}
	r.Jobs.Resume()
}
