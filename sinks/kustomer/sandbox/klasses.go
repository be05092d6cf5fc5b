package sandbox

import "net/http"

// klassNamed finds a klass that may have objects.
func (s *Server) klassNamed(name string) *record {
	r := s.store.find(identity{klassName, name})
	if r == nil || r.deleted || textOf(r.document(), "status") == "disabled" {
		return nil
	}
	return r
}

// createKlass is POST /v1/klasses, which answers 200 (kustomer-api.md 9.3).
func (s *Server) createKlass(c *call) answer {
	a := s.insert(c, klass, "", newDocument(c.fields()))
	if a.status == http.StatusCreated {
		a.status = http.StatusOK
	}
	return a
}

// updateKlass is PUT /v1/klasses/{id}.
func (s *Server) updateKlass(c *call) answer {
	r := s.live(klass, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	return s.revise(c, r, c.fields(), "name")
}

// listKlasses is GET /v1/klasses?name=&status=.
func (s *Server) listKlasses(c *call) answer {
	name, status := c.query.Get("name"), c.query.Get("status")
	return s.page(c, s.store.all[klass], func(r *record) bool {
		doc := r.document()
		is := orDefault(textOf(doc, "status"), "enabled")
		return (name == "" || name == textOf(doc, "name")) && (status == "" || status == "existing_only" || status == is)
	})
}

// getKlass is GET /v1/klasses/{x}: a klass by its id, or the KObjects of a klass by its name.
func (s *Server) getKlass(c *call) answer {
	if s.store.get(klass, c.args[0]) != nil {
		return get(klass)(s, c)
	}
	if s.klassNamed(c.args[0]) == nil {
		return s.notFound("name")
	}
	return s.page(c, s.store.all[kobject], ofKlass(c.args[0]))
}

// ofKlass keeps the objects of one klass in a list.
func ofKlass(name string) func(*record) bool {
	return func(r *record) bool { return *r.klass == name }
}

// listKObjects pages through the KObjects of one klass that a customer has.
func (s *Server) listKObjects(c *call) answer {
	owner := s.live(customer, c.args[0])
	if owner == nil || s.klassNamed(c.args[1]) == nil {
		return s.notFound("id")
	}
	return s.page(c, owner.children, func(r *record) bool { return r.kind == kobject && *r.klass == c.args[1] })
}

// listCompanyKObjects pages through the KObjects of one klass that name a company.
func (s *Server) listCompanyKObjects(c *call) answer {
	if s.live(company, c.args[0]) == nil || s.klassNamed(c.args[1]) == nil {
		return s.notFound("id")
	}
	return s.page(c, s.store.all[kobject], ofKlass(c.args[1]), func(r *record) bool {
		return textOf(r.document(), "company") == c.args[0]
	})
}

// createKObject is POST /v1/klasses/{name}, with a customer in its body or without.
func (s *Server) createKObject(c *call) answer { return s.addKObject(c, c.args[0], nil) }

// createCustomerKObject is POST /v1/customers/{id}/klasses/{name}.
func (s *Server) createCustomerKObject(c *call) answer {
	owner := s.live(customer, c.args[0])
	if owner == nil {
		return s.notFound("id")
	}
	if other := textOf(c.fields(), "customer"); other != "" && other != owner.id.String() {
		return s.badParam("customer", "The customer is not the one of the path", "")
	}
	return s.addKObject(c, c.args[1], owner)
}

func (s *Server) addKObject(c *call, name string, owner *record) answer {
	body := c.fields()
	if s.klassNamed(name) == nil {
		return s.notFound("name")
	}
	if id := textOf(body, "customer"); id != "" {
		if owner = s.live(customer, id); owner == nil {
			return s.badParam("customer", "Customer not found", "")
		}
	}
	if refused := s.companyProblem(body); refused != nil {
		return *refused
	}
	doc := newDocument(body)
	doc["klass"] = name
	if owner != nil {
		if !s.budget.create(owner, kobject, body) {
			return s.tooMany("rate limit of KObjects created for one customer exceeded")
		}
		doc["customer"] = owner.id.String()
	}
	return s.insert(c, kobject, "", doc)
}

// kobjectOf finds the KObject of a path.
func (s *Server) kobjectOf(c *call) *record {
	if r := s.live(kobject, c.args[1]); r != nil && *r.klass == c.args[0] && s.klassNamed(c.args[0]) != nil {
		return r
	}
	return nil
}

// getKObject is GET /v1/klasses/{name}/{id}.
func (s *Server) getKObject(c *call) answer {
	if r := s.store.get(kobject, c.args[1]); r == nil || *r.klass != c.args[0] || s.klassNamed(c.args[0]) == nil {
		return s.notFound("id")
	}
	return s.showOne(c, kobject, c.args[1])
}

// findKObject is GET /v1/klasses/{name}/externalId={v}.
func (s *Server) findKObject(c *call) answer {
	if s.klassNamed(c.args[0]) == nil {
		return s.notFound("name")
	}
	return s.lookUp(c, identity{kobjectExternalID, inKlass(c.args[0], c.args[1])}, "externalId")
}

// updateKObject is PUT /v1/klasses/{name}/{id}: neither klass nor customer change.
func (s *Server) updateKObject(c *call) answer {
	r := s.kobjectOf(c)
	if r == nil {
		return s.notFound("id")
	}
	return s.revise(c, r, c.fields(), "klass", "customer", "company", "title")
}

// deleteKObject is DELETE /v1/klasses/{name}/{id}.
func (s *Server) deleteKObject(c *call) answer {
	r := s.kobjectOf(c)
	if r == nil {
		return s.notFound("id")
	}
	return s.removeOne(r)
}
