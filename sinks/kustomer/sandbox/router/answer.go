package router

import (
	"net/http"
	"strconv"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
)

// JSONType is the media type of every answer.
const JSONType = "application/json; charset=utf-8"

// Answer is what a request came to.
type Answer struct {
	Status   int
	Body     []byte        // JSON; empty for 204, and for an item of a bulk job
	Record   *store.Record // what was written, if one object was
	Problems []Problem     // of a refusal
}

// Send writes an answer. A client that is gone is not an error.
func (a Answer) Send(w http.ResponseWriter) {
	a.SendHead(w)
	_, _ = w.Write(a.Body)
}

// SendHead writes status and headers of an answer, with its full length.
func (a Answer) SendHead(w http.ResponseWriter) {
	if len(a.Body) > 0 {
		w.Header().Set("Content-Type", JSONType)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
}
