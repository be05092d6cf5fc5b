// Package jobs runs bulk jobs (kustomer-api.md 10): when each batch is due, what came of its items, and how the
// journal keeps both.
package jobs

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/inject"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Operation is what a kind of job does.
type Operation struct {
	Context string // its name in a job, by which the journal knows it too: "api.sobjects.customers.bulk-create"
	Action  string // create, update or delete
	Do      func(*Job, Item) router.Answer
}

// ByID reports whether the items are objects that exist.
func (o *Operation) ByID() bool { return o.Action != "create" }

// Done is what a result says of an item that worked.
func (o *Operation) Done() string { return o.Action + "d" }

// Request is what a client asked for.
type Request struct {
	Path  string   // of the URL
	Args  []string // of the path, see router.Call
	Roles []string // of the key
	Query url.Values
	IDs   []string // of the query: each gets the same body
	Body  any      // a list of items, or one body for all IDs
	Fault string   // the kind of fault that the job meets; "": none
}

// Job is one bulk request that was accepted. What it is to do is kept until it is complete, what came of it for good.
type Job struct {
	ID      wire.ID
	Op      *Operation
	Request Request // without Body
	Refs    bool    // results carry `_clientRef`
	Created time.Time
	Batches []*Batch // in the order in which they run

	starts time.Time // when it is no longer queued
	total  int       // items
	items  []Item    // empty once every batch is complete
}

// Item is one object of a job.
type Item struct {
	Ref  string // its `_clientRef`
	ID   string // of an update or a deletion
	Body wire.Document
}

// Batch is a part of a job that is done at once, as one line of the journal.
type Batch struct {
	ID       string    `json:"id"`
	From     int       `json:"from"` // its first item
	To       int       `json:"to"`   // the item after its last
	Due      time.Time `json:"due"`
	Done     time.Time `json:"done,omitzero"`
	Succeeds int       `json:"succeeds,omitempty"`
	Fails    int       `json:"fails,omitempty"`
	Results  []Result  `json:"results,omitempty"`
}

// Result is what came of one item.
type Result struct {
	Ref   string          `json:"ref,omitempty"`
	ID    string          `json:"id,omitempty"`
	Error string          `json:"error,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"` // of the error
}

// The states of a job and of a batch.
const (
	Queued    = "queued"
	Running   = "running"   // of a job
	Scheduled = "scheduled" // of a batch, while its job runs
	Complete  = "complete"
)

// State is where the job is: Queued, Running or Complete.
func (j *Job) State(now time.Time) string {
	switch {
	case now.Before(j.starts):
		return Queued
	case j.Completed() < len(j.Batches) || inject.KindNamed(j.Request.Fault).Hangs:
		return Running
	default:
		return Complete
	}
}

// BatchState is where a batch of the job is: Queued, Scheduled or Complete.
func (j *Job) BatchState(b *Batch, now time.Time) string {
	switch {
	case b.IsComplete():
		return Complete
	case j.State(now) == Queued:
		return Queued
	default:
		return Scheduled
	}
}

// IsComplete reports whether the items of the batch were carried out.
func (b *Batch) IsComplete() bool { return !b.Done.IsZero() }

// Completed counts the batches that are complete.
func (j *Job) Completed() int {
	n := 0
	for _, b := range j.Batches {
		if b.IsComplete() {
			n++
		}
	}
	return n
}

// Total counts the items of all batches.
func (j *Job) Total() int { return j.total }

// Updated is when the last batch was done, or else the job made.
func (j *Job) Updated() time.Time {
	last := j.Created
	for _, b := range j.Batches {
		if b.Done.After(last) {
			last = b.Done
		}
	}
	return last
}

// LastError is the data of the last item that failed; nil when none did.
func (j *Job) LastError() []byte {
	for _, b := range slices.Backward(j.Batches) {
		for _, r := range slices.Backward(b.Results) {
			if r.Error != "" {
				return r.Data
			}
		}
	}
	return nil
}

// take makes the items of a request's body: a list of them, or one body for every id of the query.
func (j *Job) take(body any, showRefs bool) {
	if len(j.Request.IDs) > 0 {
		fields, _ := body.(wire.Document)
		for _, id := range j.Request.IDs {
			j.items = append(j.items, Item{ID: id, Body: fields})
		}
	} else if list, ok := body.([]any); ok {
		for _, one := range list {
			fields, _ := one.(wire.Document)
			j.items = append(j.items, j.newItem(fields))
		}
	}
	j.total = len(j.items)
	j.Refs = j.total > 0 && j.items[0].Ref != "" && showRefs
}

// newItem separates an item from what is no field of its object. A create may choose the id.
func (j *Job) newItem(fields wire.Document) Item {
	it := Item{Ref: wire.Text(fields, "_clientRef"), Body: make(wire.Document, len(fields))}
	for name, v := range fields {
		if name != "_clientRef" && (name != "id" || !j.Op.ByID()) {
			it.Body[name] = v
		}
	}
	if j.Op.ByID() {
		it.ID = wire.Text(fields, "id")
	}
	return it
}

// shuffled is a random order of n things that the seed decides.
func shuffled(seed uint64, key string, n int) []int {
	return rand.New(rand.NewPCG(seed, inject.Hash([]byte(key)))).Perm(n) //nolint:gosec // a repeatable order, no secret
}
