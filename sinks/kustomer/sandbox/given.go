package sandbox

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/resources"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// givenObject is an object that every sandbox has from the start. Other objects name it by key.
type givenObject struct {
	kind store.Kind
	key  string
	doc  wire.Document
}

// givenObjects is a small org: people, teams, queues, what they work on, and a klass. id gives the
// id of an object by its key.
func givenObjects(id func(key string) string) []givenObject {
	return []givenObject{
		{store.User, "ana", wire.Document{"name": "Ana Agent", "displayName": "Ana", "email": "ana@sandbox.invalid", "userType": "user", "roles": []any{}}},
		{store.User, "bob", wire.Document{"name": "Bob Agent", "displayName": "Bob", "email": "bob@sandbox.invalid", "userType": "user", "roles": []any{}}},
		{store.Team, "support", wire.Document{"name": "Support", "displayName": "Support", "members": []any{id("ana"), id("bob")}}},
		{store.Team, "sales", wire.Document{"name": "Sales", "displayName": "Sales", "members": []any{id("bob")}}},
		{store.Tag, "vip tag", wire.Document{"name": "vip", "color": "#d0021b", "deleted": false}},
		{store.Tag, "imported tag", wire.Document{"name": "imported", "color": "#4a90e2", "deleted": false}},
		{store.Queue, "support queue", wire.Document{"name": "support", "displayName": "Support", "description": "", "priority": 3, "itemSize": 1, "system": false}},
		{store.Queue, "sales queue", wire.Document{"name": "sales", "displayName": "Sales", "description": "", "priority": 3, "itemSize": 1, "system": false}},
		{store.Snippet, "greeting", wire.Document{"key": "greeting", "name": "Greeting", "lang": "en_us", "value": "Hello"}},
		{store.Hook, "web hook", wire.Document{"title": "Sandbox hook", "description": "", "eventName": "kustomer.sandbox", "hash": id("hash"), "hook": "web"}},
		{store.Hook, "form hook", wire.Document{"title": "Sandbox form", "description": "", "eventName": "kustomer.sandbox.form", "hash": id("hash"), "hook": "form"}},
		{store.Hook, "email hook", wire.Document{"title": "Sandbox mail", "description": "", "eventName": "kustomer.sandbox.email", "hash": id("hash"), "hook": "email"}},
		{store.WorkItem, "item 1", wire.Document{"resourceType": "conversation", "status": "assigned", "channel": "email", "priority": 3, "itemSize": 1, "paused": false, "queue": id("support queue")}},
		{store.WorkItem, "item 2", wire.Document{"resourceType": "conversation", "status": "queued", "channel": "email", "priority": 3, "itemSize": 1, "paused": false, "queue": id("support queue")}},
		{store.WorkSession, "ana's session", wire.Document{"statusType": "available", "routable": true, "workItemCount": 1, "queue": id("support queue")}},
		{store.WorkSession, "bob's session", wire.Document{"statusType": "busy", "routable": false, "workItemCount": 0, "queue": id("support queue")}},
		{store.OutboundAccount, "email account", wire.Document{"channel": "email", "name": "Support", "account": "support@sandbox.invalid"}},
		{store.OutboundAccount, "sms account", wire.Document{"channel": "sms", "name": "Support", "account": "+15550100"}},
		{store.Klass, "order", wire.Document{"name": "order", "displayName": "Order", "icon": "cart", "status": "enabled"}},
	}
}

// give fills an empty store with what is there from the start: the objects of every sandbox, and those of the options.
// The journal holds neither.
func (s *Server) give() error {
	id := s.givenID
	for _, g := range givenObjects(id) {
		g.doc["createdAt"] = resources.Opened
		if err := s.giveOne(store.Change{Type: g.kind.String(), ID: id(g.key), Rev: 1, Doc: wire.JSON(g.doc)}); err != nil {
			return err
		}
	}
	n := 0
	return eachSeed([]byte(s.opts.Objects), func(c store.Change) error {
		if n++; c.ID == "" {
			c.ID = id(keyOf(c, n))
		}
		return s.giveOne(c)
	})
}

// keyOf is the key of an object without an id, the n-th of its list. Users, teams, queues, klasses and snippets, which
// other objects name by id, keep their ids when lines come or go before them.
func keyOf(c store.Change, n int) string {
	var doc struct{ Email, Name, Key any }
	if err := json.Unmarshal(c.Doc, &doc); err != nil {
		return fmt.Sprint("object ", n)
	}
	switch kind, _ := store.KindNamed(c.Type); kind {
	case store.User:
		return fmt.Sprint("user ", doc.Email)
	case store.Team, store.Queue, store.Klass:
		return fmt.Sprint(c.Type, " ", doc.Name)
	case store.Snippet:
		return fmt.Sprint("snippet ", doc.Key)
	}
	return fmt.Sprint("object ", n)
}

// givenID is the id of an object that is there from the start, by its key.
func (s *Server) givenID(key string) string {
	sum := sha256.Sum256([]byte(s.OrgID() + " " + key))
	return wire.ID(sum[:len(wire.ID{})]).String()
}

func (s *Server) giveOne(c store.Change) error {
	if err := s.checkSeed(c); err != nil {
		return err
	}
	return s.store.Give(c)
}
