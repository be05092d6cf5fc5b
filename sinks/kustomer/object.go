package kustomer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/sinks"
)

const maxID = 128 // bytes of an object's id; Kustomer's have 24 (kustomer-api.md 1.5)

// object is what is read of an object of Kustomer. Attributes are decoded leniently: their types vary
// (kustomer-api.md 1.5).
type object struct {
	ID         string `json:"id"`
	Attributes struct {
		ExternalID  any `json:"externalId"`
		ExternalIDs any `json:"externalIds"`
		Deleted     any `json:"deleted"`
		Name        any `json:"name"`
		Roles       any `json:"roles"`
	} `json:"attributes"`
	Relationships json.RawMessage `json:"relationships"`
}

// externalID is the object's external id, "" when it carries none.
func (o object) externalID() string {
	text, _ := o.Attributes.ExternalID.(string)
	return text
}

// carries reports whether an external id is one of the object's, first or further. An object that shows
// none may carry any.
func (o object) carries(externalID string) bool {
	if o.externalID() == "" && !o.hasFurther() || o.externalID() == externalID {
		return true
	}
	further, _ := o.Attributes.ExternalIDs.([]any)
	for _, item := range further {
		if members, ok := item.(map[string]any); ok {
			item = members["externalId"]
		}
		if item == externalID {
			return true
		}
	}
	return false
}

// hasFurther reports whether the object shows external ids besides the first.
func (o object) hasFurther() bool {
	further, _ := o.Attributes.ExternalIDs.([]any)
	return len(further) > 0
}

// answers reports whether the object has the value that it was looked up by. One that shows no external
// id may have any, save in a list, which may be of other objects too.
func (o object) answers(q sinks.Query, inList bool) bool {
	switch {
	case q.By == "externalId" && inList && o.externalID() == "" && !o.hasFurther():
		return false
	case q.By == "externalId":
		return o.carries(q.Value)
	case q.By == "name":
		return o.Attributes.Name == q.Value
	}
	return true
}

// deleted reports whether the object says that it is.
func (o object) deleted() bool { return o.Attributes.Deleted == true }

// related returns the id of a to-one relation, "" when there is none.
func (o object) related(name string) string {
	var relations map[string]struct {
		Data any `json:"data"`
	}
	if json.Unmarshal(o.Relationships, &relations) != nil {
		return ""
	}
	data, _ := relations[name].Data.(map[string]any)
	id, _ := data["id"].(string)
	return id
}

// readObject reads the answer that shows one object: complete, valid JSON that holds an id.
func readObject(a response) (object, error) {
	var doc struct {
		Data *object `json:"data"`
	}
	if err := decode(a, &doc); err != nil {
		return object{}, err
	}
	if doc.Data == nil {
		return object{}, errors.New("the answer holds no object")
	}
	return *doc.Data, checkID(doc.Data.ID)
}

// readIDs reads the id and the external id of the one object that an answer shows.
func readIDs(a response) (id, externalID string, err error) {
	if id, externalID, ok := scanIDs(a.body); ok && a.cutErr == nil {
		return id, externalID, checkID(id)
	}
	o, err := readObject(a)
	return o.ID, o.externalID(), err
}

// listing is what an answer shows: one object, or a list.
type listing struct {
	objects []object
	isList  bool
	more    bool // another page follows (kustomer-api.md 1.9)
}

// readObjects reads the answer that shows one object, or a list of them.
func readObjects(a response) (listing, error) {
	var doc struct {
		Data  json.RawMessage `json:"data"`
		Links json.RawMessage `json:"links"`
	}
	if err := decode(a, &doc); err != nil {
		return listing{}, err
	}
	if !bytes.HasPrefix(doc.Data, []byte("[")) {
		o, err := readObject(a)
		return listing{objects: []object{o}}, err
	}
	var links struct {
		Next any `json:"next"`
	}
	_ = json.Unmarshal(doc.Links, &links) // without links it is the only page
	l := listing{isList: true, more: links.Next != nil && links.Next != ""}
	if json.Unmarshal(doc.Data, &l.objects) != nil {
		return listing{}, errors.New("the answer's objects cannot be understood")
	}
	for _, o := range l.objects {
		if err := checkID(o.ID); err != nil {
			return listing{}, err
		}
	}
	return l, nil
}

func decode(a response, to any) error {
	switch {
	case a.cutErr != nil:
		return fmt.Errorf("the answer is not whole: %s", oneLine(a.cutErr.Error()))
	case json.Unmarshal(a.body, to) != nil:
		return errors.New(notObject(a.body))
	}
	return nil
}

// notObject says why a body does not show an object.
func notObject(body []byte) string {
	if json.Valid(body) {
		return "the answer is JSON of another form than Kustomer's"
	}
	return notJSON(body)
}

// checkID refuses an id that could not stand in a path.
func checkID(id string) error {
	if id == "" || len(id) > maxID {
		return errors.New("the answer holds no id")
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return errors.New("the answer's id is none of Kustomer's")
		}
	}
	return nil
}
