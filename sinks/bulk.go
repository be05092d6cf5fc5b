package sinks

import "context"

// Bulk is a Sink that also takes many objects in one request. The service works them off later, as a job, and then shows
// the result of each.
type Bulk interface {
	Sink
	// Submit sends a batch once and returns the name of its job. The error is an *Error: a refusal (see
	// Class.IsRefusal) or Duplicate means that nothing of the batch was applied, Unknown that there may be a job.
	Submit(ctx context.Context, b Batch) (job string, err error)
	// Collect waits for a job and returns what became of the items, by their Ref. An item that is
	// missing when the error is nil has an outcome that the service does not tell. Collect may be
	// called again, also by a later run, which does not know the items: the batch then has none. An error of
	// class Forbidden means that the key may not read jobs, Unknown that this job is lost or stuck.
	Collect(ctx context.Context, b Batch, job string) (map[string]ItemResult, error)
}

// Batch is a request for several objects of one kind.
type Batch struct {
	Spec        *Spec
	Op          Op
	Items       []Item
	WithoutRefs bool // items carry no references, since the service does not know them
}

// Item is one object of a Batch.
type Item struct {
	Ref     string         // names the item within its batch
	ID      string         // of the object to update
	Payload map[string]any // as Spec.Fit returned it; nil when only results are collected, or where Body says it all
	Body    []byte         // Canonical(Payload) where Payload is nil
}

// Values returns the payload. Where Payload is nil it reads Body.
func (i Item) Values() map[string]any { return valuesOf(i.Payload, i.Body) }

// ItemResult is what became of an Item: an ID, or an error of class Duplicate with the service's words.
type ItemResult struct {
	ID     string
	Status int // HTTP status, for reports and the ledger, that a single request with this result would have
	Err    *Error
}
