package resources

import (
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/jobs"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
)

// TestEveryKindIsShown wants a view for each kind of object: without one, answers have no path to it.
func TestEveryKindIsShown(t *testing.T) {
	o := &objects{}
	makeAll(o)
	collections := map[string]store.Kind{}
	for k := range store.Kinds {
		collection := o.views[k].collection
		if collection == "" {
			t.Errorf("no file of sinks/kustomer/sandbox/resources has a view of the kind %s: add one to the views of its resource", k)
		} else if other, taken := collections[collection]; taken {
			t.Errorf("%s and %s have the same collection %s", other, k, collection)
		}
		collections[collection] = k
	}
}

// TestEveryRouteHasAHandler wants a handler for each route, and no route twice.
func TestEveryRouteHasAHandler(t *testing.T) {
	o := &objects{}
	var routes []router.Route
	var operations []operation
	for _, one := range makeAll(o) {
		routes, operations = append(routes, one.routes...), append(operations, one.operations...)
	}
	_, bulk := newBulk(o, operations, jobs.Options{})
	seen := map[string]bool{}
	for _, r := range append(bulk, routes...) {
		name := r.Method + " " + r.Path
		if r.Handle == nil {
			t.Errorf("%s has no handler", name)
		}
		if seen[name] {
			t.Errorf("%s is there twice: only the first would be used", name)
		}
		seen[name] = true
	}
	if len(seen) < 90 {
		t.Errorf("only %d routes", len(seen))
	}
	for _, op := range operations {
		if op.handle == nil || op.status == 0 {
			t.Errorf("the operation %s of %s needs a handler and a status", op.action, op.kind)
		}
	}
}
