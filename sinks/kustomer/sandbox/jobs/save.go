package jobs

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Type marks a job in the journal and in answers.
const Type = "bulk"

// savedJob is a job as the journal has it.
type savedJob struct {
	Context string          `json:"context"`
	Path    string          `json:"path"`
	Args    []string        `json:"args,omitempty"`
	Roles   []string        `json:"roles"`
	Query   url.Values      `json:"query,omitempty"`
	Refs    bool            `json:"refs,omitempty"`
	Fault   string          `json:"fate,omitempty"` // an old word for it, which journals have
	Created time.Time       `json:"created"`
	Starts  time.Time       `json:"starts"`
	Total   int             `json:"total"`
	IDs     []string        `json:"ids,omitempty"`
	Items   json.RawMessage `json:"items,omitempty"`
	Batches []*Batch        `json:"batches"`
}

// change writes the job for the journal.
func (j *Job) change() (store.Change, error) {
	doc, err := json.Marshal(savedJob{
		Context: j.Op.Context, Path: j.Request.Path, Args: j.Request.Args, Roles: j.Request.Roles, Query: j.Request.Query,
		Refs: j.Refs, Fault: j.Request.Fault, Created: j.Created, Starts: j.starts, Total: j.total, IDs: j.Request.IDs,
		Items: j.itemsText(), Batches: j.Batches,
	})
	if err != nil {
		return store.Change{}, fmt.Errorf("writing a job: %w", err)
	}
	return store.Change{Type: Type, ID: j.ID.String(), Rev: uint32(1 + j.Completed()), Doc: doc}, nil
}

func (j *Job) itemsText() []byte {
	if len(j.items) == 0 {
		return nil
	}
	list := make([]any, len(j.items))
	for i, it := range j.items {
		list[i] = wire.Document{"ref": it.Ref, "id": it.ID, "body": it.Body}
	}
	return wire.JSON(list)
}

// load reads a job of the journal.
func load(c store.Change, ops map[string]*Operation) (*Job, error) {
	var saved savedJob
	if err := json.Unmarshal(c.Doc, &saved); err != nil {
		return nil, fmt.Errorf("reading a job: %w", err)
	}
	id, ok := wire.ParseID(c.ID)
	op := ops[saved.Context]
	if !ok || op == nil {
		return nil, fmt.Errorf("a job %q with the id %q cannot be", saved.Context, c.ID)
	}
	j := &Job{
		ID: id, Op: op, Refs: saved.Refs, Created: saved.Created, Batches: saved.Batches, starts: saved.Starts, total: saved.Total,
		Request: Request{Path: saved.Path, Args: saved.Args, Roles: saved.Roles, Query: saved.Query, IDs: saved.IDs, Fault: saved.Fault},
	}
	if err := j.loadItems(saved.Items); err != nil {
		return nil, err
	}
	for _, b := range j.Batches {
		if b == nil || !b.IsComplete() && (b.From < 0 || b.From > b.To || b.To > len(j.items)) {
			return nil, fmt.Errorf("the job %s has a batch without items", c.ID)
		}
	}
	return j, nil
}

func (j *Job) loadItems(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	v, err := wire.Decode(text)
	list, ok := v.([]any)
	if err != nil || !ok {
		return fmt.Errorf("the items of the job %s cannot be read", j.ID)
	}
	for _, one := range list {
		fields, _ := one.(wire.Document)
		body, _ := fields["body"].(wire.Document)
		j.items = append(j.items, Item{Ref: wire.Text(fields, "ref"), ID: wire.Text(fields, "id"), Body: body})
	}
	return nil
}
