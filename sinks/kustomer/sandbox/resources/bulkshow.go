package resources

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/jobs"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// show is GET /v1/bulk/{id}.
func (h *bulkHandlers) show(c *router.Call) router.Answer {
	j := h.jobs.Find(c.Args[0])
	if j == nil {
		return h.Errors.NotFound("id")
	}
	return single(h.jobDocument(j, time.Now()))
}

// jobDocument is a job as an answer shows it.
func (h *bulkHandlers) jobDocument(j *jobs.Job, now time.Time) wire.Document {
	state := j.State(now)
	ids := j.Request.IDs
	if ids == nil {
		ids = []string{}
	}
	a := wire.Document{
		"context": j.Op.Context, "status": state, "completed": state == jobs.Complete, "ids": ids, "v2": true,
		"isLarge": false, "createdAt": wire.FormatTime(j.Created), "updatedAt": wire.FormatTime(j.Updated()),
		"batches": wire.Document{"complete": j.Completed(), "total": len(j.Batches), "idsTotal": j.Total()},
	}
	if state == jobs.Complete {
		a["completedAt"] = wire.FormatTime(j.Updated())
	}
	if last := j.LastError(); last != nil {
		a["batchErrors"], a["lastBatchError"] = true, wire.RawBytes(last)
	} else {
		a["batchErrors"] = false
	}
	return wire.Document{
		"type": jobs.Type, "id": j.ID.String(), "attributes": a, "links": wire.Document{"self": "/v1/bulk/" + j.ID.String()},
		"relationships": wire.Document{"org": wire.OrgLink(h.Store.OrgID()), "createdBy": wire.UserLink(h.userID())},
	}
}

// echo is what the answer to a submission shows of its request (kustomer-api.md 10).
func (h *bulkHandlers) echo(j *jobs.Job, c *router.Call) wire.Document {
	api := wire.Document{
		"path": j.Request.Path, "method": c.Method, "requestId": j.ID.String(), "service": "bulk", "data": wire.Document{},
		"user": wire.Document{
			"id": h.userID(), "userType": "machine", "roles": c.Roles, "orgName": "sandbox", "org": h.Store.OrgID(), "subject": h.userID(),
		},
	}
	if c.Body != nil {
		api["data"] = wire.RawBytes(c.Text)
	}
	return api
}

// showBatches is GET /v1/bulk/{id}/batches. It may be asked at any time: what is not done yet has no results
// (kustomer-api.md 1.9, 10).
func (h *bulkHandlers) showBatches(c *router.Call) router.Answer {
	j := h.jobs.Find(c.Args[0])
	if j == nil {
		return h.Errors.NotFound("id")
	}
	page, okPage := positive(c.Query, "page", 1)
	limit, okLimit := positive(c.Query, "limit", maxPage)
	if !okPage {
		return h.Errors.BadParam("page", "page must be a number from 1", "")
	}
	if !okLimit || limit > maxPage {
		return h.Errors.BadParam("limit", fmt.Sprintf("limit must be a number from 1 to %d", maxPage), "")
	}
	list := askedBatches(c, j)
	if c.Query.Get("sort") == "-createdAt" {
		slices.Reverse(list)
	}
	data := []any{}
	for _, b := range list[min((page-1)*limit, len(list)):min(page*limit, len(list))] {
		data = append(data, h.batchDocument(j, b))
	}
	pages := (len(list) + limit - 1) / limit
	return router.Answer{Status: http.StatusOK, Body: wire.JSON(wire.Document{
		"data": data, "meta": wire.Document{"page": page, "pages": max(1, pages), "count": len(list), "limit": limit},
	})}
}

// askedBatches are the batches of a job that the query asks for.
func askedBatches(c *router.Call, j *jobs.Job) []*jobs.Batch {
	var list []*jobs.Batch
	for _, b := range j.Batches {
		status, completed := c.Query.Get("status"), c.Query.Get("completed")
		if status != "" && status != j.BatchState(b, time.Now()) || completed != "" && (completed == "true") != b.IsComplete() {
			continue
		}
		list = append(list, b)
	}
	return list
}

// batchDocument is a batch as an answer shows it.
func (h *bulkHandlers) batchDocument(j *jobs.Job, b *jobs.Batch) wire.Document {
	ids, errors, results := []any{}, []any{}, []any{}
	for _, r := range h.jobs.Results(b) {
		if r.Error == "" {
			ids = append(ids, r.ID)
		} else {
			errors = append(errors, errorRow(r))
		}
		results = append(results, resultRow(r, j.Op.Done()))
	}
	a := wire.Document{
		"status": j.BatchState(b, time.Now()), "completed": b.IsComplete(), "completedAt": nil, "successCount": b.Succeeds, "failureCount": b.Fails,
		"objectIds": ids, "errors": errors, "v2": true, "createdAt": wire.FormatTime(j.Created), "updatedAt": wire.FormatTime(j.Created),
	}
	if b.IsComplete() {
		a["completedAt"], a["updatedAt"] = wire.FormatTime(b.Done), wire.FormatTime(b.Done)
	}
	if j.Refs {
		a["results"] = results
	}
	job := "/v1/bulk/" + j.ID.String()
	return wire.Document{
		"type": "bulk_batch", "id": b.ID, "attributes": a,
		"links":         wire.Document{"self": job + "/batches/" + b.ID},
		"relationships": wire.Document{"org": wire.OrgLink(h.Store.OrgID()), "bulk": wire.Link(job, jobs.Type, j.ID.String())},
	}
}

// errorRow is an error in the list that every batch has.
func errorRow(r jobs.Result) wire.Document {
	d := wire.Document{"data": wire.RawBytes(r.Data)}
	if r.ID != "" {
		d["id"] = r.ID
	}
	return d
}

// resultRow is a result in the list that the batches of a job with `_clientRef` have. done is what it says of an item
// that worked.
func resultRow(r jobs.Result, done string) wire.Document {
	d := wire.Document{"_clientRef": r.Ref, "objectId": nil, "status": done}
	if r.ID != "" {
		d["objectId"] = r.ID
	}
	if r.Error != "" {
		d["status"], d["error"] = "error", r.Error
	}
	return d
}
