package faults

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"
)

const maxRequest = 100 << 10 // bytes of a body (kustomer-api.md 2.4)

// exchange is one request and its answer.
type exchange struct {
	s     *service
	w     http.ResponseWriter
	r     *http.Request
	body  []byte
	to    target
	rule  rule // that applies to it
	event Event
}

// objectName names what a request is about, the same in every attempt: the external id that it writes, or
// the path.
func (x *exchange) objectName() string {
	if x.to.op == submit {
		first, items := batchIn(x.body)
		x.event.Items = items
		return cmp.Or(first, x.r.URL.Path)
	}
	if x.r.Method == http.MethodPost {
		if id := externalIDIn(x.body); id != "" {
			return id
		}
	}
	return x.r.URL.Path
}

// batchIn reads what a batch is about: its first item, and how many there are.
func batchIn(body []byte) (first string, items int) {
	var list []struct{ ID, ExternalID string }
	if json.Unmarshal(body, &list) != nil || len(list) == 0 {
		return "", 0
	}
	if list[0].ID != "" {
		return list[0].ID, len(list)
	}
	return list[0].ExternalID, len(list)
}

// externalIDIn reads the external id of a body, "" when there is none.
func externalIDIn(body []byte) string {
	var b struct {
		ExternalID string `json:"externalId"`
	}
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	return b.ExternalID
}

// answer makes Kustomer's checks in their order (kustomer-api.md 2.2) and does what is asked.
func (x *exchange) answer() reply {
	if !x.s.accepts(x.r.Header.Get("Authorization")) {
		return x.s.problem(http.StatusUnauthorized, "unauthorized", "Unauthorized", "")
	}
	x.event.Authorized = true
	if _, ok := x.s.rates.spend(time.Now()); !ok {
		return x.s.problem(http.StatusTooManyRequests, "rate_limit", "Too Many Requests", "")
	}
	if len(x.body) > cmp.Or(x.s.opts.Jobs.Body, maxRequest) {
		return x.s.problem(http.StatusRequestEntityTooLarge, "too_large", "Request Entity Too Large", "")
	}
	return x.do()
}

// send sends an answer, after it is in the journal.
func (x *exchange) send(a reply) {
	x.note(a.status)
	for name, values := range x.headers(a) {
		x.w.Header()[name] = values
	}
	x.w.WriteHeader(a.status)
	_, _ = x.w.Write(a.body)
}

// note puts the event into the journal.
func (x *exchange) note(status int) {
	x.event.Status = status
	x.event.Took = time.Since(x.event.At)
	x.s.journal.add(x.event)
}

// headers returns the headers of an answer: the usual ones, replaced by its own.
func (x *exchange) headers(a reply) http.Header {
	now := time.Now()
	h := http.Header{"Content-Type": {"application/json"}, "Date": {now.Add(x.s.rates.Skew).UTC().Format(http.TimeFormat)}}
	x.s.rates.header(h, now, a.status)
	for name, values := range a.header {
		h[name] = values
	}
	return h
}

// do does what a request asks for.
func (x *exchange) do() reply {
	s := x.s
	switch x.to.op {
	case whoAmI:
		return s.whoAmI()
	case find:
		return s.find(x.to)
	case get:
		return s.get(x.to)
	case merge:
		return x.merge()
	case listMerges:
		return s.listMerges(x.to.id)
	case listObjects:
		return x.list()
	case remove:
		return s.remove(x.to)
	case makeDraft, listDrafts, orderDraft:
		return x.draft()
	case submit:
		return x.submit()
	case showJob, showParts:
		return x.readJob()
	case create, update:
		var fields map[string]any
		if err := json.Unmarshal(x.body, &fields); err != nil || fields == nil {
			return s.problem(http.StatusBadRequest, "badparam", "the body is no JSON object", "")
		}
		if field, why := complaint(x.to, fields); why != "" {
			return s.problem(http.StatusBadRequest, "badparam", why, field)
		}
		if x.to.op == update {
			return s.update(x.to, fields)
		}
		return s.create(x.to, fields)
	}
	return s.problem(http.StatusNotFound, "notfound", "Not Found", "")
}
