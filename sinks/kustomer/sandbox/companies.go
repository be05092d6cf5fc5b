package sandbox

// createCompany is POST /v1/companies (kustomer-api.md 9.2).
func (s *Server) createCompany(c *call) answer {
	return s.insert(c, company, "", newDocument(c.fields()))
}

// updateCompany is PUT /v1/companies/{id}.
func (s *Server) updateCompany(c *call) answer {
	r := s.live(company, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	return s.revise(c, r, c.fields(), "name")
}

// listCompanies is GET /v1/companies: all, or those with an externalId or with a name (filter).
// Of both at once the server takes neither (kustomer-api.md 4.2).
func (s *Server) listCompanies(c *call) answer {
	externalID, name := c.query.Get("externalId"), c.query.Get("filter")
	records := s.store.all[company]
	switch {
	case externalID != "" && name == "":
		records = s.store.findAll(identity{companyExternalID, externalID})
	case name != "" && externalID == "":
		records = s.store.findAll(identity{companyName, name})
	default:
		return s.page(c, records)
	}
	if s.opts.Lookups == LookupsNever {
		records = nil
	}
	return s.page(c, records, func(r *record) bool { return !s.unseen(r) })
}

// companyProblem refuses a company that does not exist.
func (s *Server) companyProblem(body document) *answer {
	if id := textOf(body, "company"); id != "" && s.live(company, id) == nil {
		return refusal(s.badParam("company", "Company not found", ""))
	}
	return nil
}
