package kustomer

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

const (
	partsOnPage = 100 // parts of a job that are asked for at once
	maxPages    = 100 // of one job; it cannot have more parts than items
	jobComplete = "complete"
)

// jobState is what the pages of a job say.
type jobState struct {
	results map[string]sinks.ItemResult // by reference
	parts   int                         // that the job shows
	open    int                         // parts that are not complete
	settled int                         // items in complete parts
	failed  int                         // of them
}

// jobPage is one page of the parts of a job. Types are lenient where Kustomer's are not certain.
type jobPage struct {
	Meta struct {
		Pages any `json:"pages"`
	} `json:"meta"`
	Data []struct {
		jobPart
		Attributes jobPart `json:"attributes"`
	} `json:"data"`
}

// jobPart is a part of a job: Kustomer works off a job in parts.
type jobPart struct {
	Status    any       `json:"status"`
	Successes any       `json:"successCount"`
	Failures  any       `json:"failureCount"`
	Results   []jobItem `json:"results"`
	ObjectIDs []any     `json:"objectIds"`
	Errors    []struct {
		ID   any             `json:"id"`
		Data json.RawMessage `json:"data"`
	} `json:"errors"`
}

// jobItem is what a job says of one item that has a reference.
type jobItem struct {
	Ref    any `json:"_clientRef"`
	ID     any `json:"objectId"`
	Status any `json:"status"`
	Error  any `json:"error"`
}

func (p *jobPage) pages() int { return count(p.Meta.Pages) }

// add takes in a page.
func (s *jobState) add(p jobPage, b sinks.Batch) {
	refs := refsByID(b)
	for _, data := range p.Data {
		part := data.jobPart
		if part.Status == nil {
			part = data.Attributes
		}
		if s.parts++; part.Status == jobComplete {
			s.settled += count(part.Successes) + count(part.Failures)
			s.failed += count(part.Failures)
		} else {
			s.open++
		}
		for _, item := range part.Results {
			item.addTo(s.results)
		}
		part.addByID(s.results, refs)
	}
}

// addTo adds an item's result to results, if it has one. A success outweighs an error.
func (i jobItem) addTo(results map[string]sinks.ItemResult) {
	ref, id := scalar(i.Ref), scalar(i.ID)
	switch {
	case ref == "":
	case results[ref].ID != "" && i.Status != "error" && checkID(id) == nil && id != results[ref].ID:
		results[ref] = sinks.ItemResult{Err: &sinks.Error{Class: sinks.Unknown,
			Message: fmt.Sprintf("the bulk job says two objects of one row, %s and %s, which is not believed", results[ref].ID, id)}}
	case results[ref].ID != "" || isUnknown(results[ref].Err):
	case i.Status == "error":
		results[ref] = sinks.ItemResult{Err: itemError(scalar(i.Error))}
	case checkID(id) == nil:
		results[ref] = sinks.ItemResult{ID: id, Status: http.StatusOK}
	}
}

// isUnknown reports whether a result is one that is not believed.
func isUnknown(err *sinks.Error) bool { return err != nil && err.Class == sinks.Unknown }

// addByID adds the results of items without references, which are known by the ids of their objects: those of updates.
func (p *jobPart) addByID(results map[string]sinks.ItemResult, refs map[string]string) {
	for _, v := range p.ObjectIDs {
		id, _ := v.(string)
		if ref, ok := refs[id]; ok && results[ref] == (sinks.ItemResult{}) {
			results[ref] = sinks.ItemResult{ID: id, Status: http.StatusOK}
		}
	}
	for _, e := range p.Errors {
		id, _ := e.ID.(string)
		if ref, ok := refs[id]; ok && results[ref] == (sinks.ItemResult{}) {
			results[ref] = sinks.ItemResult{Err: itemError(summarize(readItems(e.Data)).message)}
		}
	}
}

// refsByID are the references of the items of an update, by the ids of their objects.
func refsByID(b sinks.Batch) map[string]string {
	refs := map[string]string{}
	if b.Op == sinks.Update {
		for _, item := range b.Items {
			refs[item.ID] = item.Ref
		}
	}
	return refs
}

func itemError(text string) *sinks.Error {
	if text == "" {
		text = "it gave no reason"
	}
	return &sinks.Error{Class: sinks.Duplicate, Message: "Kustomer's bulk job refused it: " + text}
}

// count is a JSON number that counts things; 0 when v is none.
func count(v any) int {
	n, _ := v.(float64)
	return int(min(max(n, 0), math.MaxInt32))
}
