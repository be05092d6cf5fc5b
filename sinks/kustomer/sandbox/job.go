package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

// job is one bulk request that was accepted (kustomer-api.md 10). What it is to do is kept until
// it is complete, what came of it for good.
type job struct {
	id      identifier
	op      *operation
	path    string   // of the request
	args    []string // of the path
	roles   []string // of the key
	query   url.Values
	refs    bool   // results carry `_clientRef`
	fate    string // the fault that it meets: a kind of faultKinds, or ""
	created time.Time
	starts  time.Time // when it is no longer queued
	total   int
	ids     []string // of the query
	items   []item   // empty once every batch is complete
	batches []*batch // in the order in which they run
}

// item is one object of a job.
type item struct {
	ref  string
	id   string // of an update or a deletion
	body document
}

// batch is a part of a job that is done at once, as one line of the journal.
type batch struct {
	ID       string    `json:"id"`
	From     int       `json:"from"` // its items
	To       int       `json:"to"`
	Due      time.Time `json:"due"`
	Done     time.Time `json:"done,omitzero"`
	Succeeds int       `json:"succeeds,omitempty"`
	Fails    int       `json:"fails,omitempty"`
	Results  []result  `json:"results,omitempty"`
}

// result is what came of one item.
type result struct {
	Ref   string          `json:"ref,omitempty"`
	ID    string          `json:"id,omitempty"`
	Error string          `json:"error,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"` // of the error
}

func (b *batch) complete() bool { return !b.Done.IsZero() }

// The states of a job.
const (
	jobQueued   = "queued"
	jobRunning  = "running"
	jobComplete = "complete"
)

// state is where the job is.
func (j *job) state(now time.Time) string {
	switch {
	case now.Before(j.starts):
		return jobQueued
	case j.completed() < len(j.batches) || fateOf(j.fate).hangs:
		return jobRunning
	default:
		return jobComplete
	}
}

// completed counts the batches that are done.
func (j *job) completed() int {
	n := 0
	for _, b := range j.batches {
		if b.complete() {
			n++
		}
	}
	return n
}

// newJob makes a job of a request: its times follow from the seed.
func (s *Server) newJob(op *operation, c *call) *job {
	created := time.Now()
	j := &job{
		id: s.store.newID(), op: op, path: c.r.URL.Path, args: c.args, roles: c.roles,
		query: url.Values{"replace": c.query["replace"]}, fate: c.fate, created: created, ids: splitIDs(c),
	}
	j.take(c.body, s.opts.ClientRef)
	takes := time.Duration((0.5 + draw(s.opts.Seed, "job "+j.id.String(), 0)) * float64(s.opts.BulkDelay))
	j.starts = created.Add(takes / 2)
	n := (j.total + s.opts.BulkBatch - 1) / s.opts.BulkBatch
	for i := range n {
		from := i * s.opts.BulkBatch
		j.batches = append(j.batches, &batch{
			ID: s.store.newID().String(), From: from, To: min(from+s.opts.BulkBatch, j.total),
			Due: j.starts.Add(takes / 2 * time.Duration(i+1) / time.Duration(n)),
		})
	}
	return j
}

// take makes the items of a body: a list of them, or one body for every id of the query.
func (j *job) take(body any, mode ClientRef) {
	if len(j.ids) > 0 {
		fields, _ := body.(document)
		for _, id := range j.ids {
			j.items = append(j.items, item{id: id, body: fields})
		}
	} else if list, ok := body.([]any); ok {
		for _, one := range list {
			fields, _ := one.(document)
			j.items = append(j.items, j.newItem(fields))
		}
	}
	j.total = len(j.items)
	j.refs = j.total > 0 && j.items[0].ref != "" && mode == ClientRefOn
}

// newItem parts an item from what is no field of its object. A create may choose the id.
func (j *job) newItem(fields document) item {
	it := item{ref: textOf(fields, "_clientRef"), body: make(document, len(fields))}
	for name, v := range fields {
		if name != "_clientRef" && (name != "id" || !j.op.byID()) {
			it.body[name] = v
		}
	}
	if j.op.byID() {
		it.id = textOf(fields, "id")
	}
	return it
}

// shuffled is a random order of n things that the seed decides.
func shuffled(seed uint64, key string, n int) []int {
	return rand.New(rand.NewPCG(seed, hashOf([]byte(key)))).Perm(n) //nolint:gosec // a repeatable order, no secret
}

// jobType marks a job in the journal.
const jobType = "bulk"

// savedJob is a job as the journal has it.
type savedJob struct {
	Context string          `json:"context"`
	Path    string          `json:"path"`
	Args    []string        `json:"args,omitempty"`
	Roles   []string        `json:"roles"`
	Query   url.Values      `json:"query,omitempty"`
	Refs    bool            `json:"refs,omitempty"`
	Fate    string          `json:"fate,omitempty"`
	Created time.Time       `json:"created"`
	Starts  time.Time       `json:"starts"`
	Total   int             `json:"total"`
	IDs     []string        `json:"ids,omitempty"`
	Items   json.RawMessage `json:"items,omitempty"`
	Batches []*batch        `json:"batches"`
}

// change writes the job for the journal.
func (j *job) change() (change, error) {
	saved := savedJob{
		Context: j.op.context(), Path: j.path, Args: j.args, Roles: j.roles, Query: j.query, Refs: j.refs, Fate: j.fate,
		Created: j.created, Starts: j.starts, Total: j.total, IDs: j.ids, Items: j.itemsText(), Batches: j.batches,
	}
	doc, err := json.Marshal(saved)
	if err != nil {
		return change{}, fmt.Errorf("writing a job: %w", err)
	}
	return change{Type: jobType, ID: j.id.String(), Rev: uint32(1 + j.completed()), Doc: doc}, nil
}

func (j *job) itemsText() []byte {
	if len(j.items) == 0 {
		return nil
	}
	list := make([]any, len(j.items))
	for i, it := range j.items {
		list[i] = document{"ref": it.ref, "id": it.id, "body": it.body}
	}
	return appendJSON(nil, list)
}

// loadJob reads a job of the journal.
func loadJob(c change, ops map[string]*operation) (*job, error) {
	var saved savedJob
	if err := json.Unmarshal(c.Doc, &saved); err != nil {
		return nil, fmt.Errorf("reading a job: %w", err)
	}
	id, ok := parseID(c.ID)
	op := ops[saved.Context]
	if !ok || op == nil {
		return nil, fmt.Errorf("a job %q with the id %q cannot be", saved.Context, c.ID)
	}
	j := &job{
		id: id, op: op, path: saved.Path, args: saved.Args, roles: saved.Roles, query: saved.Query, refs: saved.Refs, fate: saved.Fate,
		created: saved.Created, starts: saved.Starts, total: saved.Total, ids: saved.IDs, batches: saved.Batches,
	}
	if err := j.loadItems(saved.Items); err != nil {
		return nil, err
	}
	for _, b := range j.batches {
		if b == nil || !b.complete() && (b.From < 0 || b.From > b.To || b.To > len(j.items)) {
			return nil, fmt.Errorf("the job %s has a batch without items", c.ID)
		}
	}
	return j, nil
}

func (j *job) loadItems(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	v, err := decode(text)
	list, ok := v.([]any)
	if err != nil || !ok {
		return fmt.Errorf("the items of the job %s cannot be read", j.id)
	}
	for _, one := range list {
		fields, _ := one.(document)
		body, _ := fields["body"].(document)
		j.items = append(j.items, item{ref: textOf(fields, "ref"), id: textOf(fields, "id"), body: body})
	}
	return nil
}
