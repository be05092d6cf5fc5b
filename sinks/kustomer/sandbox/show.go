package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// defaults are the attributes that an answer shows when nothing set them (kustomer-api.md 5.3,
// 6.4, 7.3).
var defaults = [kinds][]member{
	customer: members(document{
		"name": nil, "externalId": nil, "externalIds": raw("[]"), "sharedExternalIds": raw("[]"),
		"emails": raw("[]"), "sharedEmails": raw("[]"), "phones": raw("[]"), "sharedPhones": raw("[]"),
		"whatsapps": raw("[]"), "facebookIds": raw("[]"), "instagramIds": raw("[]"),
		"socials": raw("[]"), "sharedSocials": raw("[]"), "urls": raw("[]"), "locations": raw("[]"),
		"activeUsers": raw("[]"), "watchers": raw("[]"), "recentLocation": raw("{}"),
		"locale": nil, "timeZone": nil, "birthdayAt": nil, "gender": nil, "tags": raw("[]"),
		"sentiment": raw("{}"), "progressiveStatus": nil, "recentItems": raw("[]"),
	}),
	conversation: members(document{
		"name": nil, "externalId": nil, "status": "open", "priority": raw("3"), "direction": "in",
		"satisfaction": raw("0"), "satisfactionLevel": raw("{}"), "tags": raw("[]"),
		"suggestedTags": raw("[]"), "sentiment": raw("{}"), "assignedUsers": raw("[]"),
		"assignedTeams": raw("[]"), "replyChannel": nil, "noteCount": raw("0"), "ended": false,
	}),
	message: members(document{
		"externalId": nil, "preview": "", "subject": nil, "size": raw("0"), "meta": raw("{}"),
		"sentiment": raw("{}"), "lang": nil, "auto": false, "redacted": false, "attachments": raw("[]"),
	}),
}

// related are members of a document that an answer shows as relationships.
var related = []string{"company", "customer", "conversation", "createdBy", "modifiedBy", "campaign"}

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
	dst = append(dst, `{"type":"`+r.kind.String()+`","id":"`+r.id.String()+`","attributes":`...)
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
		if !c.deleted {
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
	outbound := 0
	seen := []string{}
	var last *record
	for _, m := range r.children {
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
	a["channels"], a["messageCount"], a["outboundMessageCount"] = seen, len(r.children), outbound
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
	rel := document{"org": orgLink(s.org), "createdBy": userLink(cmp.Or(textOf(doc, "createdBy"), user))}
	if r.rev > 1 || doc["modifiedBy"] != nil {
		rel["modifiedBy"] = userLink(cmp.Or(textOf(doc, "modifiedBy"), user))
	}
	if r.kind != message {
		rel["messages"] = raw(`{"links":{"self":"` + r.path() + `/messages"}}`)
	}
	if company := textOf(doc, "company"); company != "" {
		rel["company"] = link("/v1/companies/"+company, "company", company)
	}
	for p := r.parent; p != nil; p = p.parent {
		rel[p.kind.String()] = link(p.path(), p.kind.String(), p.id.String())
	}
	return rel
}

func userLink(id string) raw { return link("/v1/users/"+id, "user", id) }

func orgLink(id string) raw { return link("/v1/orgs/"+id, "org", id) }

// link is one relationship. Its parts come from ids and kinds, which need no escaping.
func link(path, kind, id string) raw {
	return raw(`{"links":{"self":"` + path + `"},"data":{"type":"` + kind + `","id":"` + id + `"}}`)
}
