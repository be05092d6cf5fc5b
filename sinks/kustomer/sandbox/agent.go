package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Deed is what an agent does to an object.
type Deed string

// What an agent can do.
const (
	Make   Deed = "make"   // a new object of Set, also one that was there before
	Edit   Deed = "edit"   // the fields of Set, null clears; "customer" moves a conversation, "conversation" a message or note
	Delete Deed = "delete" // messages cannot be deleted
	Merge  Deed = "merge"  // a customer or a conversation into another one, which survives
)

// Action is one thing that a person does in the org while no load sees it: the object's modifiedBy becomes that
// person, and its rev goes up. Tests use it to change what a load has made (kustomer-api.md 17.18).
type Action struct {
	Do    Deed           `json:"do"`
	Type  string         `json:"type"`            // customer, conversation, message, note, company or kobject
	Klass string         `json:"klass,omitempty"` // of a KObject
	ID    string         `json:"id,omitempty"`    // of the object, or externalId=VALUE for the one that a look-up would find; not for make
	Into  string         `json:"into,omitempty"`  // what survives a merge, in the same form
	Set   map[string]any `json:"set,omitempty"`   // of make and edit, as a request has them
	As    string         `json:"as,omitempty"`    // the id of the user; empty: Ana, whom every sandbox has
}

// collections are the paths of what an agent works with.
var collections = map[string]string{
	"customer": "customers", "conversation": "conversations", "message": "messages", "note": "notes", "company": "companies", "kobject": "klasses",
}

// Act does what an agent does, past keys, budgets and faults, and gives the id of the object. It obeys the same rules
// as requests do: what Kustomer refuses, an agent cannot do either, and the error says why.
func (s *Server) Act(a Action) (id string, err error) {
	c, err := s.actionCall(a)
	if err != nil {
		return "", fmt.Errorf("%s %s %s: %w", a.Do, a.Type, a.ID, err)
	}
	answer := s.perform(c)
	if answer.Status >= http.StatusBadRequest {
		return "", fmt.Errorf("%s %s %s: %d: %s", a.Do, a.Type, a.ID, answer.Status, answer.Body)
	}
	return answer.Record.ID.String(), nil
}

// actionCall is the request that does the same as an action.
func (s *Server) actionCall(a Action) (*router.Call, error) {
	path, known := collections[a.Type]
	if !known {
		return nil, fmt.Errorf("the type %q is not known: use customer, conversation, message, note, company or kobject", a.Type)
	}
	if path = "/v1/" + path; a.Type == "kobject" {
		path += "/" + a.Klass
	}
	id, into := s.idOf(a, a.ID), s.idOf(a, a.Into)
	author := a.As
	if author == "" {
		author = s.givenID("ana")
	}
	body, err := wire.Decode(wire.JSON(a.Set))
	if err != nil {
		return nil, err
	}
	c := &router.Call{Method: http.MethodPut, Roles: allRoles, Author: author, Body: body}
	switch {
	case a.Do == Make:
		c.Method = http.MethodPost
	case a.Do == Merge && a.Type == "customer":
		c.Method, path, c.Body = http.MethodPost, path+"/merges", wire.Document{"source": id, "target": into}
	case a.Do == Merge && a.Type == "conversation":
		c.Method, c.Route, c.Args = http.MethodPost, &router.Route{Handle: s.resources.MergeConversations}, []string{id, into}
		return c, nil
	case a.Do == Delete && a.Type == "company":
		c.Body, path = wire.Document{"deleted": true}, path+"/"+id
	case a.Do == Delete:
		c.Method, path = http.MethodDelete, path+"/"+id
	case a.Do == Edit:
		path += "/" + id
	default:
		return nil, fmt.Errorf("an agent cannot %q a %s", a.Do, a.Type)
	}
	return c, s.route(c, path)
}

// route finds the endpoint of a call.
func (s *Server) route(c *router.Call, path string) error {
	var err error
	if c.Request, err = http.NewRequest(c.Method, path, http.NoBody); err != nil { //nolint:noctx // it is not sent
		return err
	}
	c.Query = c.Request.URL.Query()
	if c.Route, c.Args = s.resources.Routes.Match(c.Request); c.Route == nil {
		return fmt.Errorf("there is no %s %s", c.Method, path)
	}
	return nil
}

// idOf resolves externalId=VALUE.
func (s *Server) idOf(a Action, id string) string {
	value, ok := strings.CutPrefix(id, "externalId=")
	if !ok {
		return id
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	kind, _ := store.KindNamed(a.Type)
	if r := s.store.ByExternalID(kind, a.Klass, value); r != nil {
		return r.ID.String()
	}
	return "none"
}

// serveAgent does the actions of the body, lines of JSON as Action has them.
func (s *Server) serveAgent(w http.ResponseWriter, r *http.Request) {
	ids := []string{}
	lines := bufio.NewScanner(http.MaxBytesReader(w, r.Body, maxSeed))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var a Action
		err := json.Unmarshal(lines.Bytes(), &a)
		var id string
		if err == nil {
			id, err = s.Act(a)
		}
		if err != nil {
			adminError(w, http.StatusBadRequest, fmt.Sprintf("line %d: %v: the lines before it were done", len(ids)+1, err))
			return
		}
		ids = append(ids, id)
	}
	if err := lines.Err(); err != nil {
		adminError(w, http.StatusBadRequest, err.Error())
		return
	}
	adminAnswer(w, http.StatusOK, wire.Document{"ids": ids})
}
