package sandbox

// createCustomer is POST /v1/customers (kustomer-api.md 5).
func (s *Server) createCustomer(c *call) answer {
	return s.insert(c, customer, "", newDocument(c.fields()))
}

// updateCustomer is PATCH and PUT /v1/customers/{id}.
func (s *Server) updateCustomer(c *call) answer {
	r := s.live(customer, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	return s.revise(c, r, c.fields())
}
