package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// findJob finds a job that may be shown.
func (s *Server) findJob(c *call) *job {
	id, ok := parseID(c.args[0])
	if j := s.jobs[id]; ok && j != nil && !fateOf(j.fate).hides {
		return j
	}
	return nil
}

// showJob is GET /v1/bulk/{id}.
func (s *Server) showJob(c *call) answer {
	j := s.findJob(c)
	if j == nil {
		return s.notFound("id")
	}
	return s.single(s.jobResource(j, nil))
}

// jobResource shows a job; the answer to its submission, which c is then, echoes what was sent.
func (s *Server) jobResource(j *job, c *call) document {
	state := j.state(time.Now())
	a := document{
		"context": j.op.context(), "status": state, "completed": state == jobComplete, "ids": orEmpty(j.ids), "v2": true,
		"isLarge": false, "createdAt": stamped(j.created), "updatedAt": stamped(j.updated()),
		"batches": document{"complete": j.completed(), "total": len(j.batches), "idsTotal": j.total},
	}
	if state == jobComplete {
		a["completedAt"] = stamped(j.updated())
	}
	if last := j.lastError(); last != nil {
		a["batchErrors"], a["lastBatchError"] = true, rawBytes(last)
	} else {
		a["batchErrors"] = false
	}
	if c != nil {
		a["payload"] = document{"api": s.echo(j, c)}
	}
	return document{
		"type": jobType, "id": j.id.String(), "attributes": a, "links": document{"self": "/v1/bulk/" + j.id.String()},
		"relationships": document{"org": orgLink(s.org), "createdBy": userLink(s.userID())},
	}
}

// echo is what a job shows of its request (kustomer-api.md 10).
func (s *Server) echo(j *job, c *call) document {
	api := document{
		"path": j.path, "method": c.method, "requestId": j.id.String(), "service": "bulk", "data": document{},
		"user": document{"id": s.userID(), "userType": "machine", "roles": c.roles, "orgName": "sandbox", "org": s.org, "subject": s.userID()},
	}
	if c.body != nil {
		api["data"] = rawBytes(c.text)
	}
	return api
}

// updated is when the last batch was done, or the job made.
func (j *job) updated() time.Time {
	last := j.created
	for _, b := range j.batches {
		if b.Done.After(last) {
			last = b.Done
		}
	}
	return last
}

func (j *job) lastError() []byte {
	for _, b := range slices.Backward(j.batches) {
		for _, r := range slices.Backward(b.Results) {
			if r.Error != "" {
				return r.Data
			}
		}
	}
	return nil
}

func stamped(t time.Time) string { return t.UTC().Format(stamp) }

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// showBatches is GET /v1/bulk/{id}/batches. It may be asked at any time: what is not done yet has
// no results (kustomer-api.md 1.9, 10).
func (s *Server) showBatches(c *call) answer {
	j := s.findJob(c)
	if j == nil {
		return s.notFound("id")
	}
	page, okPage := positive(c.query, "page", 1)
	limit, okLimit := positive(c.query, "limit", maxPage)
	if !okPage {
		return s.badParam("page", "page must be a number from 1", "")
	}
	if !okLimit || limit > maxPage {
		return s.badParam("limit", fmt.Sprintf("limit must be a number from 1 to %d", maxPage), "")
	}
	list := j.matching(c)
	if c.query.Get("sort") == "-createdAt" {
		slices.Reverse(list)
	}
	data := []any{}
	for _, b := range list[min((page-1)*limit, len(list)):min(page*limit, len(list))] {
		data = append(data, s.batchResource(j, b))
	}
	pages := (len(list) + limit - 1) / limit
	return answer{status: http.StatusOK, body: appendJSON(nil, document{
		"data": data, "meta": document{"page": page, "pages": max(1, pages), "count": len(list), "limit": limit},
	})}
}

// matching are the batches that the query asks for.
func (j *job) matching(c *call) []*batch {
	var list []*batch
	for _, b := range j.batches {
		status, completed := c.query.Get("status"), c.query.Get("completed")
		if status != "" && status != j.batchState(b) || completed != "" && (completed == "true") != b.complete() {
			continue
		}
		list = append(list, b)
	}
	return list
}

func (j *job) batchState(b *batch) string {
	switch {
	case b.complete():
		return jobComplete
	case j.state(time.Now()) == jobQueued:
		return jobQueued
	default:
		return "scheduled"
	}
}

// batchResource shows a batch. The order of its results says nothing about that of the items.
func (s *Server) batchResource(j *job, b *batch) document {
	state := j.batchState(b)
	ids, errors, results := []any{}, []any{}, []any{}
	for _, i := range shuffled(s.opts.Seed, b.ID, len(b.Results)) {
		r := b.Results[i]
		if r.Error == "" {
			ids = append(ids, r.ID)
		} else {
			errors = append(errors, r.problem())
		}
		results = append(results, r.row(j.op.done()))
	}
	a := document{
		"status": state, "completed": b.complete(), "completedAt": nil, "successCount": b.Succeeds, "failureCount": b.Fails,
		"objectIds": ids, "errors": errors, "v2": true, "createdAt": stamped(j.created), "updatedAt": stamped(j.created),
	}
	if b.complete() {
		a["completedAt"], a["updatedAt"] = stamped(b.Done), stamped(b.Done)
	}
	if j.refs {
		a["results"] = results
	}
	return document{
		"type": "bulk_batch", "id": b.ID, "attributes": a,
		"links":         document{"self": "/v1/bulk/" + j.id.String() + "/batches/" + b.ID},
		"relationships": document{"org": orgLink(s.org), "bulk": link("/v1/bulk/"+j.id.String(), jobType, j.id.String())},
	}
}

// problem is an error in the list that every job has.
func (r *result) problem() document {
	d := document{"data": rawBytes(r.Data)}
	if r.ID != "" {
		d["id"] = r.ID
	}
	return d
}

// row is a result in the list that a job with `_clientRef` has.
func (r *result) row(done string) document {
	d := document{"_clientRef": r.Ref, "objectId": nil, "status": done}
	if r.ID != "" {
		d["objectId"] = r.ID
	}
	if r.Error != "" {
		d["status"], d["error"] = "error", r.Error
	}
	return d
}
