package kustomer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// How a job is waited for. A request for its results costs as much of the limit as one that sends, so
// the first comes when a job is likely done, as learned from those before.
const (
	firstJobWait = 2 * time.Second // before anything is known of jobs
	leastJobWait = 250 * time.Millisecond
	mostJobWait  = 30 * time.Second // between two requests for one job's results
	newbornJob   = 10 * time.Second // a job that was just made may not be found yet
	jobPatience  = 15 * time.Minute // a job that takes longer is stuck
	pageOfJob    = 100              // batches asked for at once
)

// BulkRole is what a key needs to learn what became of a batch (kustomer-api.md 10).
func BulkRole() sinks.Role {
	return sinks.Role{For: "results of bulk jobs", AnyOf: []string{"org.permission.bulk.read", "org.user.bulk.read"}}
}

// jobTimes learns how long jobs take.
type jobTimes struct {
	mu   sync.Mutex
	mean time.Duration // of late; 0 before the first job
}

// expect is how long to wait before a job's results are asked for.
func (j *jobTimes) expect() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.mean == 0 {
		return firstJobWait
	}
	return max(j.mean+j.mean/8, leastJobWait)
}

// learn takes in how long a job took at most. A job that was done when first asked for may have been
// done sooner, so the wait shrinks a little each time.
func (j *jobTimes) learn(took time.Duration, first bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.mean == 0:
		j.mean = took
	case first:
		j.mean -= j.mean / 32
	default:
		j.mean += (took - j.mean) / 4
	}
}

// Collect waits until a job is done and reads what became of its items (kustomer-api.md 10). It asks
// for the results at once, without asking for the job's status before.
func (c *Client) Collect(ctx context.Context, b sinks.Batch, job string) (map[string]sinks.ItemResult, error) {
	d := deed{text: "read the results of a bulk job", roles: BulkRole().AnyOf}
	began := time.Now()
	wait := c.jobs.expect()
	for n := 1; ; n++ {
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
		results, done, err := c.look(ctx, d, job, len(b.Items))
		took := time.Since(began)
		switch {
		case errors.Is(err, errNoJob) && took < newbornJob:
		case err != nil:
			return nil, err
		case done:
			c.jobs.learn(took, n == 1)
			return results, nil
		case took > jobPatience:
			return results, &sinks.Error{Class: sinks.Unknown, Message: fmt.Sprintf("the bulk job %s is not done after %s", job, rounded(took))}
		}
		wait = min(max(took/4, leastJobWait), mostJobWait)
	}
}

// errNoJob says that Kustomer does not know a job.
var errNoJob = errors.New("there is no such job")

// look reads what a job says so far; done says that nothing more will come. How many items it has is
// known to the run that made them; a later one asks the job itself whether it is complete.
func (c *Client) look(ctx context.Context, d deed, job string, items int) (map[string]sinks.ItemResult, bool, error) {
	if items > 0 {
		results, settled, err := c.results(ctx, d, job)
		return results, max(settled, len(results)) >= items, err
	}
	complete, err := c.complete(ctx, d, job)
	if err != nil || !complete {
		return nil, false, err
	}
	results, _, err := c.results(ctx, d, job)
	return results, true, err
}

// complete asks whether a job is done.
func (c *Client) complete(ctx context.Context, d deed, job string) (bool, error) {
	var doc struct {
		Data struct {
			Attributes struct {
				Status    string `json:"status"`
				Completed bool   `json:"completed"`
			} `json:"attributes"`
		} `json:"data"`
	}
	err := c.ask(ctx, d, "/v1/bulk/"+url.PathEscape(job), "/v1/bulk/{id}", job, &doc)
	return doc.Data.Attributes.Completed || doc.Data.Attributes.Status == "complete", err
}

// results reads all pages of a job's results, and how many items its parts have settled.
func (c *Client) results(ctx context.Context, d deed, job string) (found map[string]sinks.ItemResult, settled int, err error) {
	found = map[string]sinks.ItemResult{}
	for page := 1; ; page++ {
		batches, pages, err := c.page(ctx, d, job, page)
		if err != nil {
			return nil, 0, err
		}
		for _, batch := range batches {
			if batch.Status == "complete" {
				settled += batch.Successes + batch.Failures
			}
			for _, item := range batch.Results {
				item.into(found)
			}
		}
		if page >= pages || len(batches) == 0 {
			return found, settled, nil
		}
	}
}

// jobBatch is one part of a job.
type jobBatch struct {
	Status    string    `json:"status"`
	Successes int       `json:"successCount"`
	Failures  int       `json:"failureCount"`
	Results   []jobItem `json:"results"`
}

// jobItem is what a job says of one item.
type jobItem struct {
	Ref    string `json:"_clientRef"`
	ID     string `json:"objectId"`
	Status string `json:"status"`
	Error  any    `json:"error"`
}

// into keeps an item's outcome, if it says one.
func (i jobItem) into(found map[string]sinks.ItemResult) {
	switch {
	case i.Ref == "":
	case i.Status == "error":
		text := scalar(i.Error)
		if text == "" {
			text = "it gave no reason"
		}
		found[i.Ref] = sinks.ItemResult{Err: &sinks.Error{Class: sinks.Conflict, Message: "Kustomer's bulk job refused it: " + text}}
	case checkID(i.ID) == nil:
		found[i.Ref] = sinks.ItemResult{ID: i.ID}
	}
}

// page reads one page of a job's parts.
func (c *Client) page(ctx context.Context, d deed, job string, page int) ([]jobBatch, int, error) {
	var doc struct {
		Meta struct {
			Pages int `json:"pages"`
		} `json:"meta"`
		Data []struct {
			jobBatch
			Attributes jobBatch `json:"attributes"`
		} `json:"data"`
	}
	path := fmt.Sprintf("/v1/bulk/%s/batches?page=%d&limit=%d", url.PathEscape(job), page, pageOfJob)
	if err := c.ask(ctx, d, path, "/v1/bulk/{id}/batches", job, &doc); err != nil {
		return nil, 0, err
	}
	var batches []jobBatch
	for _, item := range doc.Data {
		batch := item.jobBatch
		if batch.Status == "" {
			batch = item.Attributes
		}
		batches = append(batches, batch)
	}
	return batches, doc.Meta.Pages, nil
}

// ask reads an answer about a job into doc.
func (c *Client) ask(ctx context.Context, d deed, path, template, job string, doc any) error {
	r, err := c.wire.request(http.MethodGet, path, template, nil)
	if err != nil {
		return &sinks.Error{Class: sinks.Refused, Err: err, Message: err.Error()}
	}
	a, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	switch {
	case a.status == http.StatusNotFound:
		return &sinks.Error{Class: sinks.Unknown, Status: a.status, Err: errNoJob, Message: "Kustomer no longer knows the bulk job " + job}
	case a.status == http.StatusForbidden: // the rest of the run can go on, one by one
		return &sinks.Error{Class: sinks.Unknown, Status: a.status, Message: "the API key may not " + d.text + " (403)", Hint: roleHint(d.roles)}
	case a.status/100 != 2:
		return c.refusal(d, a)
	}
	if err := decode(a, doc); err != nil {
		return unreadable(d, a, err.Error())
	}
	return nil
}
