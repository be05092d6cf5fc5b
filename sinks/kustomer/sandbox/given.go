package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// givenObject is an object that every sandbox has from the start. Other objects name it by key.
type givenObject struct {
	kind kind
	key  string
	doc  document
}

// givenObjects is a small org: people, teams, queues, what they work on, and a klass. id gives the
// id of an object by its key.
func givenObjects(id func(key string) string) []givenObject {
	return []givenObject{
		{user, "ana", document{"name": "Ana Agent", "displayName": "Ana", "email": "ana@sandbox.invalid", "userType": "user", "roles": []any{}}},
		{user, "bob", document{"name": "Bob Agent", "displayName": "Bob", "email": "bob@sandbox.invalid", "userType": "user", "roles": []any{}}},
		{team, "support", document{"name": "Support", "displayName": "Support", "members": []any{id("ana"), id("bob")}}},
		{team, "sales", document{"name": "Sales", "displayName": "Sales", "members": []any{id("bob")}}},
		{tag, "vip tag", document{"name": "vip", "color": "#d0021b", "deleted": false}},
		{tag, "imported tag", document{"name": "imported", "color": "#4a90e2", "deleted": false}},
		{queue, "support queue", document{"name": "support", "displayName": "Support", "description": "", "priority": 3, "itemSize": 1, "system": false}},
		{queue, "sales queue", document{"name": "sales", "displayName": "Sales", "description": "", "priority": 3, "itemSize": 1, "system": false}},
		{snippet, "greeting", document{"key": "greeting", "name": "Greeting", "lang": "en_us", "value": "Hello"}},
		{hook, "web hook", document{"title": "Sandbox hook", "description": "", "eventName": "kustomer.sandbox", "hash": id("hash"), "hook": "web"}},
		{hook, "form hook", document{"title": "Sandbox form", "description": "", "eventName": "kustomer.sandbox.form", "hash": id("hash"), "hook": "form"}},
		{hook, "email hook", document{"title": "Sandbox mail", "description": "", "eventName": "kustomer.sandbox.email", "hash": id("hash"), "hook": "email"}},
		{workItem, "item 1", document{"resourceType": "conversation", "status": "assigned", "channel": "email", "priority": 3, "itemSize": 1, "paused": false, "queue": id("support queue")}},
		{workItem, "item 2", document{"resourceType": "conversation", "status": "queued", "channel": "email", "priority": 3, "itemSize": 1, "paused": false, "queue": id("support queue")}},
		{workSession, "ana's session", document{"statusType": "available", "routable": true, "workItemCount": 1, "queue": id("support queue")}},
		{workSession, "bob's session", document{"statusType": "busy", "routable": false, "workItemCount": 0, "queue": id("support queue")}},
		{outboundAccount, "email account", document{"channel": "email", "name": "Support", "account": "support@sandbox.invalid"}},
		{outboundAccount, "sms account", document{"channel": "sms", "name": "Support", "account": "+15550100"}},
		{klass, "order", document{"name": "order", "displayName": "Order", "icon": "cart", "status": "enabled"}},
	}
}

// give fills a new store with what is there from the start: the objects of every sandbox, and
// those of the options. The journal holds neither.
func (s *Server) give() error {
	id := func(key string) string {
		sum := sha256.Sum256([]byte(s.org + " " + key))
		return identifier(sum[:len(identifier{})]).String()
	}
	for _, g := range givenObjects(id) {
		g.doc["createdAt"] = opened
		if err := s.giveOne(change{Type: g.kind.String(), ID: id(g.key), Rev: 1, Doc: appendJSON(nil, g.doc)}); err != nil {
			return err
		}
	}
	n := 0
	return eachSeed([]byte(s.opts.Objects), func(c change) error {
		if n++; c.ID == "" {
			c.ID = id(nameOf(c, n))
		}
		return s.giveOne(c)
	})
}

// nameOf is the key of an object without an id, the n-th of its list. Those that others name by id keep
// theirs when lines come or go before them.
func nameOf(c change, n int) string {
	var doc struct{ Email, Name, Key any }
	if err := json.Unmarshal(c.Doc, &doc); err != nil {
		return fmt.Sprint("object ", n)
	}
	switch c.Type {
	case user.String():
		return fmt.Sprint("user ", doc.Email)
	case team.String(), queue.String(), klass.String():
		return fmt.Sprint(c.Type, " ", doc.Name)
	case snippet.String():
		return fmt.Sprint("snippet ", doc.Key)
	}
	return fmt.Sprint("object ", n)
}

func (s *Server) giveOne(c change) error {
	if err := s.seedProblem(c); err != nil {
		return err
	}
	r, err := s.store.apply(c, 0)
	if err != nil {
		return err
	}
	r.given = true
	return nil
}

// sow makes objects that no request could make, such as users, or quickly many that one could. It
// gives how many were made before a mistake.
func (s *Server) sow(text []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.failed != nil {
		return 0, errors.New("the sandbox is closed")
	}
	err = eachSeed(text, func(c change) error {
		if c.ID == "" {
			c.ID = s.store.newID().String()
		}
		if err := s.seedProblem(c); err != nil {
			return err
		}
		_, err := s.commit(c)
		if err == nil {
			n++
		}
		return err
	})
	return n, err
}

// SeedError says which line of a seed cannot be an object, and why.
type SeedError struct {
	Line int
	Err  error
}

func (e *SeedError) Error() string { return fmt.Sprintf("line %d of the objects: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *SeedError) Unwrap() error { return e.Err }

// eachSeed reads lines of JSON such as GET /_sandbox/objects writes: type, attributes, and an id
// where it matters. Relationships are attributes too: the id of a customer, the name of a klass.
func eachSeed(text []byte, do func(change) error) error {
	line := 0
	for text := range bytes.Lines(text) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var seed struct {
			Type, ID   string
			Attributes json.RawMessage
		}
		err := json.Unmarshal(text, &seed)
		if err == nil {
			var attributes any
			if attributes, err = decode(seed.Attributes); err == nil {
				err = do(change{Type: seed.Type, ID: seed.ID, Rev: 1, Doc: appendJSON(nil, attributes)})
			}
		}
		if err != nil {
			return &SeedError{Line: line, Err: err}
		}
	}
	return nil
}

// seedProblem refuses an object that would not fit with the others.
func (s *Server) seedProblem(c change) error {
	k, id, f, _, err := s.store.check(c)
	if err != nil {
		return err
	}
	if s.store.byID[id] != nil || s.jobs[id] != nil {
		return fmt.Errorf("the id %s is in use", c.ID)
	}
	if i, taken := s.store.taken(k, f, nil, s.uniqueFrom()); taken {
		return fmt.Errorf("%s %q is in use", spaceTable[i.space].field, i.value)
	}
	if k == kobject && s.klassNamed(f.Klass) == nil {
		return fmt.Errorf("the klass %q does not exist", f.Klass)
	}
	var references map[string]json.RawMessage
	if err := json.Unmarshal(c.Doc, &references); err != nil {
		return err
	}
	for _, name := range []string{"company", "createdBy", "modifiedBy", "source", "target", "conversation", "customer"} {
		var text string
		if raw, has := references[name]; has && (k != message || name != "source") {
			err := json.Unmarshal(raw, &text)
			if _, ok := parseID(text); err != nil || !ok && text != "" {
				return fmt.Errorf("%s must be an id", name)
			}
		}
	}
	return nil
}
