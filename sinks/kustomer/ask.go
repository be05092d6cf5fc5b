package kustomer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

var _ sinks.Finder = (*Client)(nil)

// The most that one question reads. An item of a list of messages has up to 40 kB (kustomer-api.md 2.4).
const (
	askPages    = 40
	maxPageBody = 8 << 20 // bytes of one answer
	maxAskBody  = 8 << 20 // bytes of all answers but the last
)

// Ask reads the objects that a question is about: it tries the paths one after the other until Kustomer knows one, and
// reads that to its last page. Deleted objects are left out.
func (c *Client) Ask(ctx context.Context, q sinks.Question) (sinks.Answer, error) {
	missed := false
	var unknown error // a path that Kustomer does not know
	for _, i := range c.order(q.Form) {
		p := &pages{client: c, question: q, path: q.Paths[i], template: q.Form.Paths[i],
			purpose: purpose{text: "find the " + q.Form.Kind, roles: q.Form.Roles}}
		err := p.read(ctx)
		switch {
		case isUnknownPath(err):
			unknown = err
			continue
		case err != nil:
			return sinks.Answer{}, err
		case p.missing:
			missed = true
			continue
		}
		if q.Form.Spellings {
			c.workingPaths.Store(p.template, true)
		}
		if q.Form.Relation != "" && i == len(q.Paths)-1 {
			p.items = relatedTo(p.items, q.Form.Relation)
		}
		return sinks.Answer{Items: p.items, Bytes: p.bytes}, nil
	}
	if !missed && unknown != nil {
		return sinks.Answer{}, unknown
	}
	return sinks.Answer{Missing: true}, nil
}

// order returns the indexes of the paths to ask.
func (c *Client) order(f *sinks.Form) []int {
	if f.Spellings {
		return c.spellings(f.Paths)
	}
	all := make([]int, len(f.Paths))
	for i := range all {
		all[i] = i
	}
	return all
}

// isUnknownPath reports whether an error means that Kustomer has no such path.
func isUnknownPath(err error) bool {
	e, ok := errors.AsType[*sinks.Error](err)
	return ok && e.Class.IsRefusal() && (e.Status == http.StatusBadRequest || e.Status == http.StatusMethodNotAllowed)
}

// pages reads a list, or one object, page by page.
type pages struct {
	client   *Client
	question sinks.Question
	purpose  purpose
	template string // of the path, for logs
	path     string // of the next page; "" after the last
	number   int
	missing  bool // Kustomer has nothing at this path
	seen     int  // objects, the deleted ones too
	items    []any
	bytes    int
}

// read reads all pages, or those that are enough.
func (p *pages) read(ctx context.Context) error {
	for p.path != "" {
		if p.number++; p.number > askPages || p.seen >= sinks.MaxShown || p.bytes > maxAskBody {
			return &sinks.Error{Class: sinks.Refused,
				Message: fmt.Sprintf("%s: Kustomer has more than find reads: %d objects, %d pages or %d MiB", p.question.Form.Name(), sinks.MaxShown, askPages, maxAskBody>>20),
				Hint:    "find one of them by its id, or put what you need into a table of the pipeline"}
		}
		if err := p.next(ctx); err != nil {
			return err
		}
		if p.question.Form.Enough(p.items) {
			return nil
		}
	}
	return nil
}

// next reads one page.
func (p *pages) next(ctx context.Context) error {
	r, err := p.client.wire.request(http.MethodGet, p.path, p.template, nil)
	if err != nil {
		return &sinks.Error{Class: sinks.Refused, Err: err, Message: oneLine(err.Error())}
	}
	r.most = maxPageBody
	a, err := p.client.send(ctx, r)
	switch {
	case err != nil:
		return err
	case a.status == http.StatusNotFound, a.status == http.StatusGone, a.status == http.StatusNoContent:
		p.path, p.missing = "", p.number == 1
		return nil
	case a.status/100 != 2:
		return p.client.refusal(p.purpose, a)
	}
	if err := p.add(a); err != nil {
		return unreadableError(p.purpose, a, err.Error())
	}
	return nil
}

// add adds the objects of a page, and finds the path of the next one (kustomer-api.md 1.5, 1.9).
func (p *pages) add(a response) error {
	var doc struct {
		Data  json.RawMessage `json:"data"`
		Links struct {
			Next any `json:"next"`
		} `json:"links"`
	}
	if err := decode(a, &doc); err != nil {
		return err
	}
	var list []json.RawMessage
	switch text := bytes.TrimSpace(doc.Data); {
	case len(text) == 0:
		return errors.New("the answer holds no object")
	case string(text) == "null":
	case text[0] == '[':
		if err := json.Unmarshal(text, &list); err != nil {
			return errors.New("the answer's objects cannot be understood")
		}
	default:
		list = append(list, text)
	}
	for _, text := range list {
		item, err := flatten(text)
		if err != nil {
			return err
		}
		if item["deleted"] != true {
			p.items = append(p.items, item)
		}
	}
	p.seen += len(list)
	p.bytes += len(a.body)
	return p.setNext(doc.Links.Next)
}

// setNext sets the path of the next page; link is that of the answer. Links are paths of the same host (kustomer-api.md 1.9).
func (p *pages) setNext(link any) error {
	p.path = ""
	text, ok := link.(string)
	if !ok || text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/v1/") {
		return errors.New("the link to its next page leads elsewhere")
	}
	p.path = u.EscapedPath()
	if query := u.Query().Encode(); query != "" {
		p.path += "?" + query
	}
	return nil
}

// flatten makes one map of an object: its attributes, then id and type, and for each relation NAME the id
// under NAMEId, or the ids of several under NAMEIds, where no attribute has that name.
func flatten(text json.RawMessage) (map[string]any, error) {
	var object struct {
		ID            any            `json:"id"`
		Type          any            `json:"type"`
		Attributes    map[string]any `json:"attributes"`
		Relationships map[string]any `json:"relationships"`
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil {
		return nil, errors.New("the answer's objects cannot be understood")
	}
	id, _ := object.ID.(string)
	if err := checkID(id); err != nil {
		return nil, err
	}
	flat := object.Attributes
	if flat == nil {
		flat = map[string]any{}
	}
	for name, relation := range object.Relationships {
		members, _ := relation.(map[string]any)
		relate(flat, name, members["data"])
	}
	flat["id"], flat["type"] = id, object.Type
	return flat, nil
}

// relate puts the ids of a relation beside the attributes.
func relate(flat map[string]any, name string, data any) {
	idOf := func(v any) string {
		members, _ := v.(map[string]any)
		id, _ := members["id"].(string)
		return id
	}
	name += "Id"
	list, several := data.([]any)
	if several {
		name += "s"
	}
	if _, taken := flat[name]; taken {
		return
	}
	if !several {
		if id := idOf(data); id != "" {
			flat[name] = id
		}
		return
	}
	ids := []any{}
	for _, item := range list {
		if id := idOf(item); id != "" {
			ids = append(ids, id)
		}
	}
	flat[name] = ids
}

// relatedTo returns the objects that items name by a relation. Only their ids are known.
func relatedTo(items []any, relation string) []any {
	var related []any
	for _, item := range items {
		object, _ := item.(map[string]any)
		if id, ok := object[relation+"Id"].(string); ok {
			related = append(related, map[string]any{"id": id, "type": relation})
		}
	}
	return related
}
