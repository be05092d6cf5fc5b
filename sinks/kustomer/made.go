package kustomer

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// noID stands for the id of an object where an answer that needs none shows none.
const noID = "-"

// isRemoved reports whether an answer says that the object to delete is no longer there: by whom it was
// deleted, and whether it ever was, cannot be told. A page that is not Kustomer's says nothing.
func (w *write) isRemoved(a answer) bool {
	return (a.status == http.StatusNotFound || a.status == http.StatusGone) &&
		w.route.Method == http.MethodDelete && strings.HasSuffix(w.route.Path, "/{id}") &&
		a.cut == nil && isJSONObject(a.body)
}

func isJSONObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Valid(body)
}

// isJSON is json.Valid, in a quarter of its time where body shows an object of Kustomer's.
func isJSON(body []byte) bool {
	_, _, ok := scanIDs(body)
	return ok || json.Valid(body)
}

// done reads the success of what makes no object of its own: the answer may show the object, another one
// (a merge), or nothing at all, but must be whole.
func (w *write) done(a answer) (sinks.Result, error) {
	if err := checkWhole(w.route, a); err != nil {
		return sinks.Result{}, unreadable(w.deed(), a, err.Error())
	}
	id := target(w.req)
	if id == "" {
		id = noID
		if shown, _, err := readMade(a); err == nil {
			id = shown
		}
	}
	return sinks.Result{ID: id, Status: a.status, Attempts: a.attempts}, nil
}

// checkWhole refuses an answer that is cut short or none of Kustomer's. Only a 204, or the answer to a
// DELETE, may be empty (kustomer-api.md 1.7).
func checkWhole(route sinks.Route, a answer) error {
	empty := len(bytes.TrimSpace(a.body)) == 0
	switch {
	case a.cut != nil:
		return errors.New("the answer is not whole: " + oneLine(a.cut.Error()))
	case empty && (a.status == http.StatusNoContent || route.Method == http.MethodDelete):
		return nil
	case !isJSON(a.body):
		return errors.New(notJSON(a.body))
	}
	return nil
}

// target is the object that a request changes, "" when it names none.
func target(req sinks.Request) string {
	if req.ID != "" {
		return req.ID
	}
	id, _ := req.Payload["id"].(string)
	return id
}

// made reads the answer that says that the object is there.
func (w *write) made(a answer) (sinks.Result, error) {
	id, got, err := readMade(a)
	if err != nil {
		return sinks.Result{}, unreadable(w.deed(), a, err.Error())
	}
	if w.req.Op == sinks.Update && id != w.req.ID {
		return sinks.Result{}, unreadable(w.deed(), a, "the answer shows another object, "+id)
	}
	want := w.req.ExternalID
	if w.req.Payload != nil {
		want, _ = w.req.Payload["externalId"].(string)
	}
	if want != "" && got != "" && got != want {
		return sinks.Result{}, unreadable(w.deed(), a, "the answer shows an object with another externalId, "+id)
	}
	return sinks.Result{ID: id, Status: a.status, Attempts: a.attempts}, nil
}
