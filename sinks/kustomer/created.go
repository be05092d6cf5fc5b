package kustomer

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// noObjectID stands for the id of an object where an answer, which need not show one, shows none.
const noObjectID = "-"

// isAlreadyGone reports whether an answer says that the object to delete is not there. Who deleted it, and whether it
// ever existed, cannot be known. An answer that is no JSON object is not Kustomer's, and says nothing.
func (w *write) isAlreadyGone(a response) bool {
	return (a.status == http.StatusNotFound || a.status == http.StatusGone) &&
		w.route.Method == http.MethodDelete && strings.HasSuffix(w.route.Path, "/{id}") &&
		a.cutErr == nil && isJSONObject(a.body)
}

func isJSONObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Valid(body)
}

// isJSON is json.Valid, in a quarter of its time for ordinary answers of Kustomer's.
func isJSON(body []byte) bool {
	_, _, ok := scanIDs(body)
	return ok || json.Valid(body)
}

// readDone reads the success of a sink that makes no object: the answer may show the object, another one (a merge), or
// nothing at all, but must be whole.
func (w *write) readDone(a response) (sinks.Result, error) {
	if err := checkWhole(w.route, a); err != nil {
		return sinks.Result{}, unreadableError(w.purpose(), a, err.Error())
	}
	id := target(w.req)
	if id == "" {
		id = noObjectID
		if shown, _, err := readIDs(a); err == nil {
			id = shown
		}
	}
	return sinks.Result{ID: id, Status: a.status, Attempts: a.attempts}, nil
}

// checkWhole refuses an answer that is cut short or not Kustomer's. Only a 204, or the answer to a
// DELETE, may be empty (kustomer-api.md 1.7).
func checkWhole(route sinks.Route, a response) error {
	empty := len(bytes.TrimSpace(a.body)) == 0
	switch {
	case a.cutErr != nil:
		return errors.New("the answer is not whole: " + oneLine(a.cutErr.Error()))
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

// readCreated reads the answer that shows the object that was created, updated or sent.
func (w *write) readCreated(a response) (sinks.Result, error) {
	id, got, err := readIDs(a)
	if err != nil {
		return sinks.Result{}, unreadableError(w.purpose(), a, err.Error())
	}
	if w.req.Op == sinks.Update && id != w.req.ID {
		return sinks.Result{}, replacedError(w.req.Spec, w.req.ID, id, a)
	}
	if w.req.Op == sinks.Update && bytes.Contains(a.body, []byte("deleted")) && w.req.Payload["deleted"] == nil {
		if o, err := readObject(a); err == nil && o.deleted() {
			return sinks.Result{}, deletedError(w.req.Spec, id, a)
		}
	}
	want := w.req.ExternalID
	if w.req.Payload != nil {
		want, _ = w.req.Payload["externalId"].(string)
	}
	if want != "" && got != "" && got != want {
		return sinks.Result{}, unreadableError(w.purpose(), a, "the answer shows an object with another externalId, "+id)
	}
	return sinks.Result{ID: id, Status: a.status, Attempts: a.attempts}, nil
}
