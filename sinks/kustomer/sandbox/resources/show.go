package resources

import (
	"cmp"
	"net/http"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// relations are members of a document that an answer shows as relationships.
var relations = []string{"company", "customer", "conversation", "createdBy", "modifiedBy", "campaign", "klass"}

// single is an answer with one object that is no record.
func single(data wire.Document) router.Answer {
	return router.Answer{Status: http.StatusOK, Body: wire.JSON(wire.Document{"data": data})}
}

// shown is an answer with one object (kustomer-api.md 1.5). doc is its document, which must not be used any more.
// The items of a bulk job show nothing.
func (o *objects) shown(c *router.Call, status int, r *store.Record, doc wire.Document) router.Answer {
	a := router.Answer{Status: status, Record: r}
	if !c.IsItem() {
		body := append(make([]byte, 0, 2048), `{"data":`...)
		a.Body = append(o.appendResource(body, r, doc), '}')
	}
	return a
}

// resourceText is one object as an answer shows it.
func (o *objects) resourceText(r *store.Record, doc wire.Document) wire.RawBytes {
	return o.appendResource(nil, r, doc)
}

func (o *objects) appendResource(dst []byte, r *store.Record, doc wire.Document) []byte {
	v := &o.views[r.Kind]
	relationships := o.relationships(v, r, doc)
	v.complete(r, doc)
	if o.Rules.AsKustomer {
		o.disguise(doc)
	}
	dst = append(dst, `{"type":"`+typeName(r)+`","id":"`+r.ID.String()+`","attributes":`...)
	dst = wire.AppendWithDefaults(dst, doc, v.defaults)
	dst = append(dst, `,"relationships":`...)
	dst = wire.AppendJSON(dst, relationships)
	return append(dst, `,"links":{"self":"`+o.path(r)+`"}}`...)
}

// typeName is the type in an answer (kustomer-api.md 1.5).
func typeName(r *store.Record) string {
	if r.Kind == store.KObject {
		return r.Kind.String() + "." + r.Klass()
	}
	return r.Kind.String()
}

// path is where an object is found.
func (o *objects) path(r *store.Record) string {
	collection := o.views[r.Kind].collection
	if r.Kind == store.KObject {
		collection = "klasses/" + r.Klass()
	}
	return "/v1/" + collection + "/" + r.ID.String()
}

// complete turns a document into attributes: without what is a relationship, with what follows from other objects.
func (v *view) complete(r *store.Record, a wire.Document) {
	for _, name := range relations {
		delete(a, name)
	}
	if r.Kind.Listed() {
		delete(a, "queue")
		return
	}
	a["rev"] = r.Rev
	a["updatedAt"] = cmp.Or(wire.Text(a, "updatedAt"), wire.Text(a, "createdAt"))
	a["modifiedAt"] = cmp.Or(wire.Text(a, "modifiedAt"), wire.Text(a, "updatedAt"))
	if r.Deleted {
		a["deleted"] = true
	}
	if v.attributes != nil {
		v.attributes(r, a)
	}
}

// relationships are the links of an object to others.
func (o *objects) relationships(v *view, r *store.Record, doc wire.Document) wire.Document {
	user := o.userID()
	rel := wire.Document{"org": wire.OrgLink(o.Store.OrgID())}
	if !r.Kind.Listed() {
		rel["createdBy"] = wire.UserLink(cmp.Or(wire.Text(doc, "createdBy"), user))
		if r.Rev > 1 || doc["modifiedBy"] != nil {
			rel["modifiedBy"] = wire.UserLink(cmp.Or(wire.Text(doc, "modifiedBy"), user))
		}
	}
	if company := wire.Text(doc, "company"); company != "" {
		rel["company"] = wire.Link("/v1/companies/"+company, "company", company)
	}
	for p := r.Parent; p != nil; p = p.Parent {
		rel[p.Kind.String()] = wire.Link(o.path(p), p.Kind.String(), p.ID.String())
	}
	if v.relations != nil {
		v.relations(r, rel, doc)
	}
	return rel
}

// messagesLink is the relationship of a customer or a conversation to its messages.
func (o *objects) messagesLink(r *store.Record) wire.Raw {
	return wire.Raw(`{"links":{"self":"` + o.path(r) + `/messages"}}`)
}
