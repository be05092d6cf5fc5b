package kustomer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

var _ sinks.Bulk = (*Client)(nil)

// Submit sends a batch to the bulk endpoint of its sink, once, with a reference in every item
// (kustomer-api.md 10). It uses up a place that Admit reserved.
func (c *Client) Submit(ctx context.Context, b sinks.Batch) (string, error) {
	task := purpose{text: fmt.Sprintf("%s %d objects of kind %s", b.Op, len(b.Items), b.Spec.Object), create: true, bulk: true, roles: rolesFor(b.Spec, b.Op.String())}
	method := http.MethodPost
	if b.Op == sinks.Update {
		method = http.MethodPut
	}
	if len(b.Items) > 1 && c.foreign.isSuspected() {
		c.gate.Release()
		return "", &sinks.Error{Class: sinks.Refused, Message: "cannot " + task.text + ": the last answers were not Kustomer's, so rows go one at a time"}
	}
	text, err := batchBody(b)
	if err != nil {
		c.gate.Release()
		return "", &sinks.Error{Class: sinks.Refused, Err: err, Message: fmt.Sprintf("cannot %s: %s", task.text, oneLine(err.Error()))}
	}
	r, err := c.wire.request(method, b.Spec.Batch.Path, b.Spec.Batch.Path, text)
	if err != nil {
		c.gate.Release()
		return "", &sinks.Error{Class: sinks.Refused, Err: err, Message: err.Error()}
	}
	r.hasPlace = true
	a, err := c.send(ctx, r)
	if err != nil {
		return "", err
	}
	if a.status/100 != 2 {
		e := c.refusal(task, a)
		e.Fields = namedPlaces(a.body)
		e.RefsRefused = strings.Contains(e.Field, b.Spec.Batch.RefField) || strings.Contains(e.Message, b.Spec.Batch.RefField)
		return "", e
	}
	job, _, err := readIDs(a)
	if err != nil {
		return "", unreadableError(task, a, err.Error())
	}
	return job, nil
}

// namedPlaces are the places that the errors of an answer name, one of each error: its pointer where there is one,
// since only a pointer surely contains the number of the item.
func namedPlaces(body []byte) (places []string) {
	var doc struct {
		Errors json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return nil
	}
	for _, item := range readItems(doc.Errors) {
		for _, source := range []any{item.Source, item.Meta} {
			members, _ := source.(map[string]any)
			if pointer, ok := members["pointer"]; ok {
				source = map[string]any{"pointer": pointer}
			}
			if place := sourceField(source); place != "" {
				places = append(places, place)
				break
			}
		}
	}
	return places
}

// itemBody is one object of a batch as JSON, with its reference and, in an update, its id.
func itemBody(b sinks.Batch, item sinks.Item) ([]byte, error) {
	body := make(map[string]any, len(item.Payload)+2)
	maps.Copy(body, item.Payload)
	if !b.WithoutRefs {
		body[b.Spec.Batch.RefField] = item.Ref
	}
	if b.Op == sinks.Update {
		body["id"] = item.ID
	}
	text, err := sinks.Canonical(body)
	switch {
	case err != nil || item.Payload != nil || len(item.Body) == len("{}"):
		return text, err
	case len(body) == 0:
		return item.Body, nil
	}
	return append(append(text[:len(text)-1], ','), item.Body[1:]...), nil
}

// batchBody is the JSON array of a batch.
func batchBody(b sinks.Batch) ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteByte('[')
	for i, item := range b.Items {
		if i > 0 {
			buf.WriteByte(',')
		}
		text, err := itemBody(b, item)
		if err != nil {
			return nil, err
		}
		buf.Write(text)
	}
	buf.WriteByte(']')
	return buf.Bytes(), nil
}
