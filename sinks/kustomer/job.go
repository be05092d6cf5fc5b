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
	newbornJob  = 10 * time.Second // a job that was just made may not be found yet
	jobPatience = 15 * time.Minute // a job that takes longer is stuck
	maxBadLooks = 5                // answers in a row that cannot be used before a job is given up
	silentLooks = 4                // a job that shows no parts is asked for its state every so many looks
)

// BulkRole is what a key needs to learn what became of a batch (kustomer-api.md 10).
func BulkRole() sinks.Role {
	return sinks.Role{For: "results of bulk jobs", AnyOf: []string{"org.permission.bulk.read", "org.user.bulk.read"}}
}

// Collect waits until a job is done and reads what became of its items (kustomer-api.md 10). It asks
// for the results at once, without asking for the job's state before. An error of class Unknown means
// that the job is lost or stuck, Forbidden that the key may not read it: what it may have done is not known.
// What it did say until then comes with the error.
func (c *Client) Collect(ctx context.Context, b sinks.Batch, job string) (map[string]sinks.ItemResult, error) {
	q := jobQuery{Client: c, batch: b, job: job}
	wait := c.jobs.expect()
	if len(b.Items) == 0 { // of an earlier run: it has had its time
		wait = 0
	}
	began, bad := time.Now(), 0
	for n := 1; ; n++ {
		if err := pace.Sleep(ctx, wait); err != nil {
			return nil, err
		}
		due := time.Since(began)
		said, done, err := q.look(ctx, n)
		took := time.Since(began)
		switch {
		case err == nil && done:
			if len(b.Items) > 0 {
				c.jobs.learn(due, n == 1)
			}
			return said.found, nil
		case err == nil:
			bad = 0
		case errors.Is(err, errNoJob) && took < newbornJob:
		default:
			if bad++; isFinal(err) || bad > maxBadLooks {
				return nil, err
			}
		}
		if took > jobPatience {
			return said.found, &sinks.Error{Class: sinks.Unknown, Message: fmt.Sprintf("the bulk job %s is not done after %s", job, took.Round(time.Second))}
		}
		wait = c.jobs.next(took)
	}
}

// errNoJob says that Kustomer does not know a job.
var errNoJob = errors.New("there is no such job")

// isFinal reports whether asking for a job again would be of no use.
func isFinal(err error) bool {
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
	said, done, err := jobQuery{Client: c, batch: b, job: job}.look(ctx, n)
	return JobReport{Results: said.found, Settled: said.settled, Failed: said.failed, Done: done}, err
}

// IsFinalOfJob reports whether, after an error of ReadJob, asking again for a job of that age is of no use.
func IsFinalOfJob(err error, age time.Duration) bool {
	return isFinal(err) && (age >= newbornJob || !errors.Is(err, errNoJob))
}

// jobQuery asks about one job.
type jobQuery struct {
	*Client
	batch sinks.Batch
	job   string
}

// look reads what the job says so far, for the n-th time; done says that nothing more will come. How many
// items it has is known to the run that made them; a later one asks the job itself whether it is complete,
// and so does one that cannot tell by the parts.
func (q jobQuery) look(ctx context.Context, n int) (jobSaid, bool, error) {
	items := len(q.batch.Items)
	if items == 0 {
		if complete, err := q.complete(ctx); err != nil || !complete {
			return jobSaid{}, false, err
		}
		said, err := q.results(ctx)
		return said, true, err
	}
	said, err := q.results(ctx)
	switch {
	case err != nil:
		return said, false, err
	case max(said.settled, len(said.found)) >= items:
		return said, true, nil
	case said.parts > 0 && said.open == 0, said.parts == 0 && n%silentLooks == 0:
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
	err := q.ask(ctx, "/v1/bulk/"+url.PathEscape(q.job), "/v1/bulk/{id}", &doc)
	return doc.Data.Attributes.Completed == true || doc.Data.Attributes.Status == jobComplete, err
}

// results reads all pages of the job's results.
func (q jobQuery) results(ctx context.Context) (jobSaid, error) {
	said := jobSaid{found: map[string]sinks.ItemResult{}}
	for page := 1; ; page++ {
		var doc jobPage
		path := fmt.Sprintf("/v1/bulk/%s/batches?page=%d&limit=%d", url.PathEscape(q.job), page, partsOnPage)
		if err := q.ask(ctx, path, "/v1/bulk/{id}/batches", &doc); err != nil {
			return jobSaid{}, err
		}
		said.add(doc, q.batch)
		if page >= min(doc.pages(), maxPages) || len(doc.Data) == 0 {
			return said, nil
		}
	}
}

// ask reads an answer about the job into doc.
func (q jobQuery) ask(ctx context.Context, path, template string, doc any) error {
	d := deed{text: "read the results of a bulk job", roles: BulkRole().AnyOf}
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
	case a.status == http.StatusForbidden: // the rest of the run can go on, one by one
		return &sinks.Error{Class: sinks.Forbidden, Status: a.status,
			Message: "the API key may not " + d.text + " (403)", Hint: roleHint(d.roles)}
	case a.status/100 != 2:
		return q.refusal(d, a)
	}
	a.body = []byte(q.clean(string(a.body)))
	if err := decode(a, doc); err != nil {
		return unreadable(d, a, err.Error())
	}
	return nil
}
