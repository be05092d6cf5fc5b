package kustomer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

const (
	fewForeign  = 3  // answers in a row that are not Kustomer's; then requests go one at a time, with one row each
	mostForeign = 20 // in a row; then it is asked whether anything gets through
)

// foreign counts answers that are not Kustomer's, such as the page of a firewall or of a login, in the order in which they
// arrive (decisions.md 3.1). Answers to requests that read and to those that write are counted apart: a firewall that looks
// at bodies lets reads through.
type foreign struct {
	mu     sync.Mutex
	reads  foreignRun
	writes foreignRun
	alone  pace.Places // held by the one request under way, from the third such answer in a row on
}

// foreignRun counts such answers in a row.
type foreignRun struct{ all, forbidden int }

func newForeign() *foreign { return &foreign{alone: make(pace.Places, 1)} }

// isSuspected reports whether requests go one at a time.
func (f *foreign) isSuspected() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.reads.all, f.writes.all) >= fewForeign
}

// enter waits for the requests before it, where they go one at a time. The function that it returns lets the next one go.
func (f *foreign) enter(ctx context.Context) (leave func(), err error) {
	if !f.isSuspected() {
		return func() {}, nil
	}
	if !f.alone.Take(ctx) {
		return nil, pace.Stopped(ctx)
	}
	return f.alone.Leave, nil
}

// of is the count for requests of a method. The lock is held.
func (f *foreign) of(method string) *foreignRun {
	if method == http.MethodGet || method == http.MethodHead {
		return &f.reads
	}
	return &f.writes
}

// add counts an answer that is not Kustomer's, and returns how many there were in a row.
func (f *foreign) add(method string, status int) foreignRun {
	f.mu.Lock()
	defer f.mu.Unlock()
	run := f.of(method)
	if run.all++; status == http.StatusForbidden {
		run.forbidden++
	}
	return *run
}

// reset takes in an answer of Kustomer's.
func (f *foreign) reset(method string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*f.of(method) = foreignRun{}
}

// isForeign reports whether an answer is not Kustomer's: a 403 that is no JSON, or a success that is no JSON where there must
// be some, or that has errors and no data.
func isForeign(method string, a response) bool {
	body := bytes.TrimSpace(a.body)
	isJSON := len(body) > 0 && (body[0] == '{' || body[0] == '[')
	switch {
	case a.status == http.StatusForbidden:
		return !isJSON
	case a.status/100 != 2 || a.cutErr != nil:
		return false
	case len(body) == 0:
		return a.status != http.StatusNoContent && method != http.MethodDelete
	case !isJSON:
		return true
	}
	return bytes.Contains(body, []byte(`"errors"`)) && hasOnlyErrors(body)
}

// hasOnlyErrors reports whether an answer has errors and shows nothing.
func hasOnlyErrors(body []byte) bool {
	var doc struct {
		Errors []json.RawMessage `json:"errors"`
		Data   json.RawMessage   `json:"data"`
	}
	return json.Unmarshal(body, &doc) == nil && len(doc.Errors) > 0 && (len(doc.Data) == 0 || string(doc.Data) == "null")
}

// isKustomers reports whether an answer that is not foreign is surely Kustomer's: JSON, or a success without a body.
func isKustomers(a response) bool {
	body := bytes.TrimSpace(a.body)
	return a.cutErr == nil && (len(body) > 0 && (body[0] == '{' || body[0] == '[') || len(body) == 0 && a.status/100 == 2)
}

// countForeign takes in whose answer came. At the twentieth foreign one in a row it stops everything, unless all were a
// firewall's refusals, and a harmless request gets through: then the bodies were refused, and each is a fault of its row.
func (c *caller) countForeign(ctx context.Context, r request, a response) (isIt bool) {
	if !c.accepted.Load() || !isForeign(r.method, a) {
		if !failed(a) && isKustomers(a) {
			c.foreign.reset(r.method)
		}
		return false
	}
	run := c.foreign.add(r.method, a.status)
	switch {
	case run.all < mostForeign:
	case run.forbidden == run.all && c.passes(ctx):
		c.foreign.reset(r.method)
	default:
		c.gate.Stop(&sinks.Error{Class: sinks.Fatal, Status: a.status,
			Message: fmt.Sprintf("%d answers in a row were not Kustomer's (%d): %s", run.all, a.status, c.wire.describeBody(a.body)),
			Hint:    "look at what stands between this machine and Kustomer: base_url, a proxy, a firewall, a login page; then run the same command again"})
	}
	return true
}

// passes reports whether a harmless request gets an answer of Kustomer's.
func (c *caller) passes(ctx context.Context) bool {
	r, err := c.wire.request(http.MethodGet, tokenPath, tokenPath, nil)
	if err != nil {
		return false
	}
	f, err := c.gate.Start(ctx, false)
	if err != nil {
		return false
	}
	a, bad := c.wire.attempt(ctx, r, 1)
	c.settle(f, a, bad)
	return bad == nil && !isForeign(r.method, a) && !failed(a) && isKustomers(a)
}

// describeBody is the first words of an answer that is not Kustomer's.
func (w *wire) describeBody(body []byte) string {
	if hasOnlyErrors(body) {
		return w.redact(readErrorBody(body).message)
	}
	text := w.redact(notJSON(body))
	if words := firstWords(body); words != "" {
		text += fmt.Sprintf(": %q", w.redact(words))
	}
	return text
}

// firstWords are the first words of a page, without its tags.
func firstWords(body []byte) string {
	const most = 80 // bytes
	var text []byte
	inTag := false
	for _, b := range body[:min(len(body), 4096)] {
		switch {
		case b == '<':
			inTag = true
			text = append(text, ' ')
		case b == '>':
			inTag = false
		case !inTag:
			text = append(text, b)
		}
	}
	line := oneLine(string(text))
	if len(line) <= most {
		return line
	}
	return oneLine(line[:most]) + "..."
}
