package sandbox

import (
	"bytes"
	"net/http"
	"time"
)

// Handlers run with the lock held: for reading when the method is GET, else for writing.

// live finds an object that is not deleted.
func (s *Server) live(k kind, id string) *record {
	if r := s.store.get(k, id); r != nil && !r.deleted {
		return r
	}
	return nil
}

// get answers one object by id.
func get(k kind) func(*Server, *call) answer {
	return func(s *Server, c *call) answer { return s.showOne(c, k, c.args[0]) }
}

func (s *Server) showOne(c *call, k kind, id string) answer {
	r := s.store.get(k, id)
	switch {
	case r == nil, r.deleted && s.opts.Deleted == DeletedNotFound:
		return s.notFound("id")
	case r.deleted && s.opts.Deleted == DeletedGone:
		return s.refuse(http.StatusGone, problem{code: codeNotFound, title: "Gone", parameter: "id"})
	}
	return s.shown(c, http.StatusOK, r, r.document())
}

// lookup answers one object by an identity (kustomer-api.md 4.2).
func lookup(in space) func(*Server, *call) answer {
	names := map[space]string{customerEmail: "email", customerPhone: "phone"}
	return func(s *Server, c *call) answer {
		value := c.args[0]
		switch in {
		case customerEmail:
			value = foldEmail(value)
		case customerPhone:
			value = foldPhone(value)
		}
		return s.lookUp(c, identity{in, value}, orDefault(names[in], "externalId"))
	}
}

func (s *Server) lookUp(c *call, i identity, parameter string) answer {
	r := s.store.find(i)
	if r == nil || i.value == "" || s.opts.Lookups == LookupsNever || s.unseen(r) {
		return s.notFound(parameter)
	}
	return s.shown(c, http.StatusOK, r, r.document())
}

// unseen says whether look-ups do not show an object yet (kustomer-api.md 4.4).
func (s *Server) unseen(r *record) bool {
	return s.opts.LookupLag > 0 && r.born != 0 && time.Since(time.Unix(0, r.born)) < s.opts.LookupLag
}

// insert makes an object of doc and answers with it. before are changes that must come first.
func (s *Server) insert(c *call, k kind, chosenID string, doc document, before ...change) answer {
	id, chosen := parseID(chosenID)
	if chosen && s.store.byID[id] != nil {
		return s.refuseTwin("id")
	}
	if !chosen {
		id = s.store.newID()
	}
	born := change{Type: k.String(), ID: id.String(), Rev: 1}
	if refused := s.fill(&born, k, doc, nil); refused != nil {
		return *refused
	}
	made, err := s.commit(append(before, born)...)
	if err != nil {
		return s.broken(err)
	}
	return s.shown(c, http.StatusCreated, made[len(made)-1], doc)
}

// fill puts doc into a change. It refuses a document that has an identity of an object other
// than self, where such must be unique (kustomer-api.md 3.3, 17.5, 17.6).
func (s *Server) fill(c *change, k kind, doc document, self *record) *answer {
	s.text = appendJSON(s.text[:0], doc)
	c.Doc = bytes.Clone(s.text)
	var err error
	if c.facts, err = factsOf(k, c.Doc); err != nil {
		return refusal(s.broken(err))
	}
	if i, taken := s.store.taken(k, c.facts, self, s.uniqueFrom()); taken {
		return refusal(s.refuseTwin(spaceTable[i.space].field))
	}
	return nil
}

// uniqueFrom is the least that a space must say of itself to be kept unique.
func (s *Server) uniqueFrom() uniqueness {
	if s.opts.Unique == UniqueCustomers {
		return always
	}
	return asOptionsSay
}

func (s *Server) refuseTwin(parameter string) answer {
	s.stats.duplicate()
	return s.duplicate(parameter)
}

// revise carries out PATCH and PUT on r. keep names the members that replace=true does not remove.
func (s *Server) revise(c *call, r *record, body document, keep ...string) answer {
	if c.staleRev(r) {
		return s.refuse(http.StatusConflict, problem{code: codeConflict, title: "Stale rev: the object was changed meanwhile", parameter: "rev"})
	}
	if !s.budget.update(r) {
		return s.tooMany("rate limit of updates to one object exceeded")
	}
	doc := r.document()
	if c.method == http.MethodPut && c.query.Get("replace") == "true" {
		doc = only(doc, append(keep, "createdAt", "createdBy", "importedAt"))
	}
	if r.kind == customer && !s.opts.KeepCompany {
		delete(doc, "company") // an update without company unlinks it (kustomer-api.md 1.8)
	}
	overlay(doc, body)
	return s.update(c, r, doc)
}

// update commits a new document of r and answers with it.
func (s *Server) update(c *call, r *record, doc document) answer {
	updated := next(r, nil)
	if refused := s.fill(&updated, r.kind, doc, r); refused != nil {
		return *refused
	}
	if _, err := s.commit(updated); err != nil {
		return s.broken(err)
	}
	return s.shown(c, http.StatusOK, r, doc)
}

// next is the change that gives r a new document.
func next(r *record, doc []byte) change {
	return change{Type: r.kind.String(), ID: r.id.String(), Rev: r.rev + 1, Doc: doc}
}

func only(doc document, names []string) document {
	rest := document{}
	for _, name := range names {
		if v, ok := doc[name]; ok {
			rest[name] = v
		}
	}
	return rest
}

// remove deletes one object by id.
func remove(k kind) func(*Server, *call) answer {
	return func(s *Server, c *call) answer {
		r := s.live(k, c.args[0])
		if r == nil {
			return s.notFound("id")
		}
		return s.removeOne(r)
	}
}

func (s *Server) removeOne(r *record) answer {
	if _, err := s.commit(change{Type: r.kind.String(), ID: r.id.String(), Rev: r.rev + 1, Deleted: true}); err != nil {
		return s.broken(err)
	}
	return answer{status: http.StatusNoContent, record: r}
}
