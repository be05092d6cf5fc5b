package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// job is a batch that was accepted.
type job struct {
	id    string
	to    target
	refs  bool
	items []jobItem                             // in the order in which they are handled
	gone  bool                                  // it cannot be found
	stuck bool                                  // it is never handled
	wait  time.Duration                         // before its first part
	lies  func(results []jobResult) []jobResult // what becomes of true results; nil: nothing

	mu    sync.Mutex
	parts []*jobPart
}

// jobItem is one object of a job.
type jobItem struct {
	ref, id string
	fields  map[string]any
}

// name names the object of an item: its external id, or the id of the object to change.
func (i *jobItem) name() string {
	text, _ := i.fields["externalId"].(string)
	return cmp.Or(text, i.id)
}

// jobPart is items that a job handles at once.
type jobPart struct {
	items   []jobItem
	done    bool
	results []jobResult
}

// jobResult is the result of an item.
type jobResult struct{ ref, id, trouble string }

// jobs holds the jobs of a server.
type jobs struct {
	mu   sync.Mutex
	made int
	byID map[string]*job
	sent map[string]int // how often an object was in a batch that was accepted
}

// add stores a job and starts it.
func (s *service) add(j *job) {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if s.jobs.byID == nil {
		s.jobs.byID, s.jobs.sent = map[string]*job{}, map[string]int{}
	}
	s.jobs.made++
	j.id = fmt.Sprintf("65b0c0ffee%014x", s.jobs.made)
	s.jobs.byID[j.id] = j
	for _, item := range j.items {
		s.jobs.sent[j.to.kind+" "+item.name()]++
	}
	s.shuffle(j.id, len(j.items), func(a, b int) { j.items[a], j.items[b] = j.items[b], j.items[a] })
	for part := range slices.Chunk(j.items, cmp.Or(s.opts.Jobs.Part, len(j.items))) {
		j.parts = append(j.parts, &jobPart{items: part})
	}
	if !j.stuck {
		s.later.Go(func() { s.work(j) })
	}
}

// shuffle puts n things into an order that the seed decides.
func (s *service) shuffle(name string, n int, swap func(a, b int)) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	rand.New(rand.NewPCG(s.opts.Seed, h.Sum64())).Shuffle(n, swap)
}

// work handles a job, part by part.
func (s *service) work(j *job) {
	wait := j.wait
	for _, part := range j.parts {
		select {
		case <-time.After(wait + s.opts.Jobs.Takes):
			wait = 0
		case <-s.stop:
			return
		}
		var results []jobResult
		for _, item := range part.items {
			if r, told := s.workItem(j.to, item); told {
				results = append(results, r)
			}
		}
		s.shuffle(j.id+" results", len(results), func(a, b int) { results[a], results[b] = results[b], results[a] })
		if j.lies != nil {
			results = j.lies(results)
		}
		j.mu.Lock()
		part.done, part.results = true, results
		j.mu.Unlock()
	}
}

// workItem does what an item asks, as if it were a request of its own. told is false when the item has no result.
func (s *service) workItem(to target, item jobItem) (r jobResult, told bool) {
	struck := s.rules.pick(Event{Method: onItem, Kind: to.kind, Object: item.name(), Attempt: s.countAttempt(onItem + " " + to.kind + " " + item.name())}).fault
	r = jobResult{ref: item.ref, id: item.id}
	if !struck.skips {
		to.id = item.id
		a := s.create
		if to.op == update {
			a = s.update
		}
		r.take(a(to, item.fields))
	}
	if struck.fails {
		r = jobResult{ref: item.ref, id: item.id, trouble: "Internal error"}
	}
	return r, !struck.hides
}

// take turns an answer into the result of an item.
func (r *jobResult) take(a reply) {
	var doc struct {
		Data   struct{ ID string }
		Errors []struct{ Title, Message string }
	}
	if json.Unmarshal(a.body, &doc) != nil || a.status/100 != 2 && len(doc.Errors) == 0 {
		r.trouble = http.StatusText(a.status)
		return
	}
	if a.status/100 == 2 {
		r.id = doc.Data.ID
		return
	}
	r.trouble = cmp.Or(doc.Errors[0].Title, doc.Errors[0].Message)
}

// jobOf returns a job, nil when it is not known.
func (s *service) jobOf(id string) *job {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	if j := s.jobs.byID[id]; j != nil && !j.gone {
		return j
	}
	return nil
}

// readJob answers with a job, or with a page of its parts.
func (x *exchange) readJob() reply {
	s := x.s
	if s.opts.Jobs.Deny {
		return s.problem(http.StatusForbidden, "forbidden", "Forbidden", "")
	}
	j := s.jobOf(x.to.id)
	if j == nil {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "id")
	}
	if x.to.op == showJob {
		return reply{status: http.StatusOK, body: encode(map[string]any{"data": j.document(nil)})}
	}
	query := x.r.URL.Query()
	limit := min(numberIn(query.Get("limit"), 100), cmp.Or(s.opts.Jobs.Page, 100))
	page := numberIn(query.Get("page"), 1)
	shown := j.shown()
	from, to := min((page-1)*limit, len(shown)), min(page*limit, len(shown))
	return reply{status: http.StatusOK, body: encode(map[string]any{
		"data": shown[from:to],
		"meta": map[string]any{"page": page, "pages": (len(shown) + limit - 1) / limit, "limit": limit, "count": len(shown)},
	})}
}

// document returns the job as Kustomer shows it; echo is the body of the batch, nil when that is not repeated.
func (j *job) document(echo []byte) map[string]any {
	j.mu.Lock()
	defer j.mu.Unlock()
	done := 0
	for _, part := range j.parts {
		if part.done {
			done++
		}
	}
	status := "queued"
	switch {
	case done == len(j.parts):
		status = "complete"
	case done > 0:
		status = "running"
	}
	attributes := map[string]any{
		"context": "api.sobjects." + j.to.kind + "s.bulk-" + j.to.op.String(), "status": status, "completed": done == len(j.parts),
		"ids": []any{}, "v2": true, "batches": map[string]any{"complete": done, "total": len(j.parts), "idsTotal": len(j.items)},
	}
	if echo != nil {
		attributes["payload"] = map[string]any{"api": map[string]any{"data": json.RawMessage(echo)}}
	}
	return map[string]any{"type": "bulk", "id": j.id, "attributes": attributes, "links": map[string]any{"self": "/v1/bulk/" + j.id}}
}

// shown returns the parts of the job as Kustomer shows them.
func (j *job) shown() (list []any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, part := range j.parts {
		status, ids, troubles, results := "scheduled", []any{}, []any{}, []any{}
		if part.done {
			status = "complete"
		}
		for _, r := range part.results {
			one := map[string]any{"_clientRef": r.ref, "objectId": r.id, "status": j.to.op.String() + "d"}
			if r.trouble == "" {
				ids = append(ids, r.id)
			} else {
				one["objectId"], one["status"], one["error"] = nil, "error", r.trouble
				troubles = append(troubles, map[string]any{"id": r.id, "data": map[string]any{"title": r.trouble}})
			}
			results = append(results, one)
		}
		a := map[string]any{
			"status": status, "completed": part.done, "successCount": len(ids), "failureCount": len(troubles),
			"objectIds": ids, "errors": troubles,
		}
		if j.refs {
			a["results"] = results
		}
		list = append(list, map[string]any{"type": "bulk_batch", "id": fmt.Sprintf("%s%02x", strings.Repeat("c", 22), i), "attributes": a})
	}
	return list
}

func jobWithOneID(j *job, _ string) {
	j.lies = func(results []jobResult) []jobResult {
		for i := range results {
			results[i].id = results[0].id
		}
		return results
	}
}

func jobRotated(j *job, _ string) {
	j.lies = func(results []jobResult) []jobResult {
		first := results[0].id
		for i := range results[1:] {
			results[i].id = results[i+1].id
		}
		results[len(results)-1].id = first
		return results
	}
}

func jobWithTwoIDs(j *job, _ string) {
	j.lies = func(results []jobResult) []jobResult {
		again := results[0]
		again.id = "65ffffffffffffffffffffff"
		return append(results, again)
	}
}
