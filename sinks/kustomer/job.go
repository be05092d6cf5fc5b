package kustomer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

const (
	newJobAge        = 10 * time.Second // a job that was just made may not be found yet
	jobPatience      = 15 * time.Minute // a job that takes longer is stuck
	maxBadPolls      = 5                // answers in a row that cannot be used; then the job is given up
	pollsBeforeState = 4                // a job that shows no parts is asked for its state every so many polls
)

// BulkRole is what a key needs to learn what became of a batch (kustomer-api.md 10).
func BulkRole() sinks.Role {
	return sinks.Role{For: "results of bulk jobs", AnyOf: []string{"org.permission.bulk.read", "org.user.bulk.read"}}
}

// Collect waits until a job is done and reads the results of its items (kustomer-api.md 10). It asks for the results
// at once, without asking for the job's state before. An error of class Unknown means that the job is lost or stuck,
// Forbidden that the key may not read it: then it is not known what the job has done. Results that were read before
// the error come with it.
func (c *Client) Collect(ctx context.Context, b sinks.Batch, job string) (map[string]sinks.ItemResult, error) {
	q := jobQuery{Client: c, batch: b, job: job}
	first := c.jobs.expect()
	if len(b.Items) == 0 { // the job is of an earlier run, so it should be done
		first = 0
	}
	wait := first
	began, bad := time.Now(), 0
	for n := 1; ; n++ {
		if err := pace.Sleep(ctx, wait); err != nil {
			return nil, err
		}
		due := time.Since(began)
		said, done, err := q.poll(ctx, n)
		took := time.Since(began)
		switch {
		case err == nil && done:
			if len(b.Items) > 0 {
				c.jobs.learn(jobAnswered{waited: first, took: due, looks: n})
			}
			return said.results, nil
		case err == nil:
			bad = 0
		case errors.Is(err, errNoJob) && took < newJobAge:
		default:
			if bad++; isFinalJobError(err) || bad > maxBadPolls {
				return nil, err
			}
		}
		if took > jobPatience {
			return said.results, &sinks.Error{Class: sinks.Unknown, Message: fmt.Sprintf("the bulk job %s is not done after %s", job, took.Round(time.Second))}
		}
		wait = c.jobs.next(took)
	}
}

// errNoJob says that Kustomer does not know a job.
var errNoJob = errors.New("there is no such job")

// isFinalJobError reports whether, after that error, asking for the job again would be of no use.
func isFinalJobError(err error) bool {
	e, ok := errors.AsType[*sinks.Error](err)
	return !ok || e.Class != sinks.Unknown || errors.Is(err, errNoJob)
}

// JobReport is what a bulk job has said so far.
type JobReport struct {
	Results map[string]sinks.ItemResult // by the Ref of the items
	Settled int                         // items in parts of the job that are complete
	Failed  int                         // of them
	Done    bool                        // nothing more will come
}

// ReadJob asks a job once what it says so far. n counts the calls for this job, from 1 on: now and then one also asks
// for the job's own state.
func (c *Client) ReadJob(ctx context.Context, b sinks.Batch, job string, n int) (JobReport, error) {
	said, done, err := jobQuery{Client: c, batch: b, job: job}.poll(ctx, n)
	return JobReport{Results: said.results, Settled: said.settled, Failed: said.failed, Done: done}, err
}

// IsFinalOfJob reports whether, after an error of ReadJob, asking again for a job of that age is of no use.
func IsFinalOfJob(err error, age time.Duration) bool {
	return isFinalJobError(err) && (age >= newJobAge || !errors.Is(err, errNoJob))
}

// jobQuery asks about one job.
type jobQuery struct {
	*Client
	batch sinks.Batch
	job   string
}

// poll reads what the job says so far, for the n-th time. done: nothing more will come. The run that made the job knows
// how many items it has. A later run asks the job itself whether it is complete, and so does a run that cannot tell by
// the parts.
func (q jobQuery) poll(ctx context.Context, n int) (jobState, bool, error) {
	items := len(q.batch.Items)
	if items == 0 {
		if complete, err := q.complete(ctx); err != nil || !complete {
			return jobState{}, false, err
		}
		said, err := q.results(ctx)
		return said, true, err
	}
	said, err := q.results(ctx)
	switch {
	case err != nil:
		return said, false, err
	case max(said.settled, len(said.results)) >= items:
		return said, true, nil
	case said.parts > 0 && said.open == 0, said.parts == 0 && n%pollsBeforeState == 0:
		complete, err := q.complete(ctx)
		return said, complete, err
	}
	return said, false, nil
}

// complete asks whether the job is done.
func (q jobQuery) complete(ctx context.Context) (bool, error) {
	var doc struct {
		Data struct {
			Attributes struct {
				Status    any `json:"status"`
				Completed any `json:"completed"`
			} `json:"attributes"`
		} `json:"data"`
	}
	err := q.get(ctx, "/v1/bulk/"+url.PathEscape(q.job), "/v1/bulk/{id}", &doc)
	return doc.Data.Attributes.Completed == true || doc.Data.Attributes.Status == jobComplete, err
}

// results reads all pages of the job's results.
func (q jobQuery) results(ctx context.Context) (jobState, error) {
	said := jobState{results: map[string]sinks.ItemResult{}}
	for page := 1; ; page++ {
		var doc jobPage
		path := fmt.Sprintf("/v1/bulk/%s/batches?page=%d&limit=%d", url.PathEscape(q.job), page, partsOnPage)
		if err := q.get(ctx, path, "/v1/bulk/{id}/batches", &doc); err != nil {
			return jobState{}, err
		}
		said.add(doc, q.batch)
		if page >= min(doc.pages(), maxPages) || len(doc.Data) == 0 {
			return said, nil
		}
	}
}

// get reads an answer about the job into doc.
func (q jobQuery) get(ctx context.Context, path, template string, doc any) error {
	task := purpose{text: "read the results of a bulk job", roles: BulkRole().AnyOf}
	r, err := q.wire.request(http.MethodGet, path, template, nil)
	if err != nil {
		return &sinks.Error{Class: sinks.Refused, Err: err, Message: err.Error()}
	}
	a, err := q.send(ctx, r)
	if err != nil {
		return err
	}
	switch {
	case a.status == http.StatusNotFound:
		return &sinks.Error{Class: sinks.Unknown, Status: a.status, Err: errNoJob, Message: "Kustomer no longer knows the bulk job " + q.job}
	case a.foreign:
		return unreadableError(task, a, q.wire.describeBody(a.body))
	case a.status == http.StatusForbidden: // the run can go on without batches
		return &sinks.Error{Class: sinks.Forbidden, Status: a.status,
			Message: "the API key may not " + task.text + " (403)", Hint: roleHint(task.roles)}
	case a.status/100 != 2:
		return q.refusal(task, a)
	}
	a.body = []byte(q.redact(string(a.body)))
	if err := decode(a, doc); err != nil {
		return unreadableError(task, a, err.Error())
	}
	return nil
}
