package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// related are members of a document that an answer shows as relationships.
var related = []string{"company", "customer", "conversation", "createdBy", "modifiedBy", "campaign", "klass"}

// shown is an answer with one object (kustomer-api.md 1.5). doc is its document, which must not
// be used any more. The items of a bulk job show nothing.
func (s *Server) shown(c *call, status int, r *record, doc document) answer {
	a := answer{status: status, record: r}
	if !c.item {
		body := append(make([]byte, 0, 2048), `{"data":`...)
		a.body = append(s.appendResource(body, r, doc), '}')
	}
	return a
}

// appendResource writes one object as an answer shows it.
func (s *Server) appendResource(dst []byte, r *record, doc document) []byte {
	relationships := s.relationships(r, doc)
	r.complete(doc)
	dst = append(dst, `{"type":"`+r.typeName()+`","id":"`+r.id.String()+`","attributes":`...)
	dst = appendOver(dst, doc, defaults[r.kind])
	dst = append(dst, `,"relationships":`...)
	dst = appendJSON(dst, relationships)
	return append(dst, `,"links":{"self":"`+r.path()+`"}}`...)
}

// complete turns a document into attributes: without what is a relationship, with what follows
// from other objects.
func (r *record) complete(a document) {
	for _, name := range related {
		delete(a, name)
	}
	if kindTable[r.kind].listed {
		delete(a, "queue")
		return
	}
	a["rev"] = r.rev
	a["updatedAt"] = cmp.Or(textOf(a, "updatedAt"), textOf(a, "createdAt"))
	a["modifiedAt"] = cmp.Or(textOf(a, "modifiedAt"), textOf(a, "updatedAt"))
	if r.deleted {
		a["deleted"] = true
	}
	switch r.kind {
	case customer:
		r.customerAttributes(a)
	case conversation:
		r.conversationAttributes(a)
	case message:
		r.messageAttributes(a)
	case note:
		delete(a, "userMentions")
	case merger:
		delete(a, "source")
		delete(a, "target")
	}
}

func (r *record) customerAttributes(a document) {
	verified := mirrorExternalIDs(a)
	for _, name := range []string{"emails", "phones", "whatsapps", "socials", "sharedEmails", "sharedPhones", "sharedSocials"} {
		verified = fillVerified(a[name]) || verified
	}
	a["verified"], a["deleted"] = verified, r.deleted
	name := textOf(a, "name")
	first, last, _ := strings.Cut(name, " ")
	a["firstName"], a["lastName"] = first, last
	a["displayName"] = cmp.Or(name, firstText(a["emails"], "email"), firstText(a["phones"], "phone"), "Unknown Customer")
	counts := map[string]int{}
	all := 0
	for _, c := range r.children {
		if c.kind == conversation && !c.deleted {
			all++
			counts[statuses[c.status]]++
		}
	}
	a["conversationCounts"] = document{"all": all, "open": counts["open"], "snoozed": counts["snoozed"], "done": counts["done"]}
}

// mirrorExternalIDs shows externalId in externalIds and the other way round (kustomer-api.md 5.2).
func mirrorExternalIDs(a document) (verified bool) {
	list, _ := a["externalIds"].([]any)
	main := textOf(a, "externalId")
	if main == "" && len(list) > 0 {
		a["externalId"] = firstText(list, "externalId")
	}
	if main != "" && !slices.ContainsFunc(list, func(v any) bool { return firstText([]any{v}, "externalId") == main }) {
		list = append([]any{document{"externalId": main, "verified": true}}, list...)
	}
	if len(list) > 0 {
		a["externalIds"] = list
	}
	return fillVerified(list)
}

// fillVerified adds verified: false where it is missing and says whether any item is verified.
func fillVerified(list any) (verified bool) {
	items, _ := list.([]any)
	for _, item := range items {
		if d, ok := item.(document); ok {
			if d["verified"] == nil {
				d["verified"] = false
			}
			verified = verified || d["verified"] == true
		}
	}
	return verified
}

// firstText is a member of the first object in a list, or "".
func firstText(list any, name string) string {
	items, _ := list.([]any)
	if len(items) == 0 {
		return ""
	}
	d, _ := items[0].(document)
	return textOf(d, name)
}

// conversationAttributes counts the messages (kustomer-api.md 6.4).
func (r *record) conversationAttributes(a document) {
	outbound, messages, notes := 0, 0, 0
	seen := []string{}
	var last *record
	for _, m := range r.children {
		if m.kind == note && !m.deleted {
			notes++
		}
		if m.kind != message {
			continue
		}
		messages++
		if m.outbound {
			outbound++
		}
		if name := channels[m.channel]; !slices.Contains(seen, name) {
			seen = append(seen, name)
		}
		if last == nil || m.sent >= last.sent {
			last = m
		}
	}
	a["channels"], a["messageCount"], a["outboundMessageCount"] = seen, messages, outbound
	a["noteCount"] = notes
	if last != nil {
		a["lastMessageAt"] = time.UnixMilli(last.sent).UTC().Format(stamp)
		a["lastMessageDirection"] = "in"
		if last.outbound {
			a["lastMessageDirection"] = "out"
		}
	}
}

func (r *record) messageAttributes(a document) {
	if a["sentAt"] == nil {
		a["sentAt"] = a["createdAt"]
	}
	if a["status"] == nil {
		a["status"] = "received"
		if r.outbound {
			a["status"] = "sent"
		}
	}
}

// relationships are the links of an object to others.
func (s *Server) relationships(r *record, doc document) document {
	user := s.userID()
	rel := document{"org": orgLink(s.org)}
	if !kindTable[r.kind].listed {
		rel["createdBy"] = userLink(cmp.Or(textOf(doc, "createdBy"), user))
		if r.rev > 1 || doc["modifiedBy"] != nil {
			rel["modifiedBy"] = userLink(cmp.Or(textOf(doc, "modifiedBy"), user))
		}
	}
	if company := textOf(doc, "company"); company != "" {
		rel["company"] = link("/v1/companies/"+company, "company", company)
	}
	for p := r.parent; p != nil; p = p.parent {
		rel[p.kind.String()] = link(p.path(), p.kind.String(), p.id.String())
	}
	r.ownRelationships(rel, doc)
	return rel
}

// ownRelationships adds those that only one kind of object has.
func (r *record) ownRelationships(rel, doc document) {
	switch r.kind {
	case customer, conversation:
		rel["messages"] = raw(`{"links":{"self":"` + r.path() + `/messages"}}`)
	case note:
		rel["userMentions"] = document{"data": mentions(doc["userMentions"])}
	case klass:
		rel["kobjects"] = document{"links": document{"self": "/v1/klasses/" + textOf(doc, "name")}}
	case kobject: // its link has an odd name (kustomer-api.md 1.5)
		rel["klass"] = document{"link": document{"self": "/v1/klasses/" + *r.klass}, "data": document{"type": "klass", "id": *r.klass}}
	case draft:
		if thread := textOf(doc, "conversation"); thread != "" {
			rel["conversation"] = link("/v1/conversations/"+thread, "conversation", thread)
		}
	case merger:
		for _, side := range []string{"source", "target"} {
			rel[side] = link("/v1/customers/"+textOf(doc, side), "customer", textOf(doc, side))
		}
	case workItem, workSession:
		if queue := textOf(doc, "queue"); queue != "" {
			rel["queue"] = document{"data": document{"type": "queue", "id": queue}, "links": document{"self": "/v1/routing/queues/" + queue}}
		}
	}
}

// mentions shows the users and teams that a note names.
func mentions(list any) []any {
	out := []any{}
	items, _ := list.([]any)
	for _, item := range items {
		d, _ := item.(document)
		for _, kind := range []string{"user", "team"} {
			if id := textOf(d, kind); id != "" {
				out = append(out, document{"type": kind, "id": id})
			}
		}
	}
	return out
}

func userLink(id string) raw { return link("/v1/users/"+id, "user", id) }

func orgLink(id string) raw { return link("/v1/orgs/"+id, "org", id) }

// link is one relationship. Its parts come from ids and kinds, which need no escaping.
func link(path, kind, id string) raw {
	return raw(`{"links":{"self":"` + path + `"},"data":{"type":"` + kind + `","id":"` + id + `"}}`)
}
