package resources

import (
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/budget"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/inject"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/stats"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Deps is what the handlers work with.
type Deps struct {
	Store  *store.Store
	Budget *budget.Budget
	Faults *inject.Plan
	Stats  *stats.Stats
	Errors router.Errors
	Rules  Rules
	Later  func(at time.Time, do func() error) // calls do with the store's lock held; an error stops the sandbox
}

// resource is what one file of this package adds to the sandbox.
type resource struct {
	routes     []router.Route
	operations []operation // the bulk jobs that it has
	views      map[store.Kind]view
	watch      func(r *store.Record, before []byte) // is told of each change, see store.Watch; may be nil
	resume     func()                               // takes up what an earlier process left behind; may be nil
}

// handler carries out one request, or one item of a bulk job.
type handler = func(*router.Call) router.Answer

// view is how answers show the objects of a kind.
type view struct {
	collection string                                      // in the path of an object: customers
	defaults   []wire.Member                               // attributes that are shown when nothing set them
	attributes func(r *store.Record, a wire.Document)      // changes the attributes, which are those of the document; may be nil
	relations  func(r *store.Record, rel, d wire.Document) // adds relationships that only this kind has, from its document; may be nil
}
