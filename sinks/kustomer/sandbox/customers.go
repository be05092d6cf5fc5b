package sandbox

// createCustomer is POST /v1/customers (kustomer-api.md 5).
func (s *Server) createCustomer(c *call) answer {
	if refused := s.companyProblem(c.fields()); refused != nil {
		return *refused
	}
	return s.insert(c, customer, "", newDocument(c.fields()))
}

// updateCustomer is PATCH and PUT /v1/customers/{id}.
func (s *Server) updateCustomer(c *call) answer {
	r := s.live(customer, c.args[0])
	if r == nil {
		return s.notFound("id")
	}
	if refused := s.companyProblem(c.fields()); refused != nil {
		return *refused
	}
	return s.revise(c, r, c.fields())
}

// mergeCustomers is POST /v1/customers/merges: the target takes in what the source has, the
// source is deleted, and what belonged to it moves (kustomer-api.md 5.5).
func (s *Server) mergeCustomers(c *call) answer {
	body := c.fields()
	source, target := s.live(customer, textOf(body, "source")), s.live(customer, textOf(body, "target"))
	switch {
	case source == nil:
		return s.badParam("source", "Customer not found", "")
	case target == nil:
		return s.badParam("target", "Customer not found", "")
	case source == target:
		return s.badParam("target", "A customer cannot be merged with itself", "")
	}
	doc := union(target.document(), source.document())
	doc["updatedAt"] = now()
	changes := []change{
		{Type: customer.String(), ID: source.id.String(), Rev: source.rev + 1, Deleted: true},
		next(target, appendJSON(nil, doc)),
	}
	for _, child := range source.children {
		moved := child.document()
		moved["customer"] = target.id.String()
		if !child.deleted {
			changes = append(changes, next(child, appendJSON(nil, moved)))
		}
	}
	merged := newDocument(body)
	merged["status"] = "success"
	return s.insert(c, merger, "", merged, changes...)
}

// What a merge does with the members of two customers (kustomer-api.md 5.5). All others are the
// target's alone.
var (
	joinedLists  = []string{"emails", "sharedEmails", "phones", "sharedPhones", "whatsapps", "socials", "sharedSocials", "locations", "tags", "externalIds", "sharedExternalIds"}
	latestTimes  = []string{"signedUpAt", "modifiedAt", "lastSeenAt", "lastActivityAt"}
	earliestTime = "createdAt"
)

// union merges a source into a target. The source's externalId becomes a further one of the
// target, so that look-ups of it find the target (kustomer-api.md 17.14).
func union(target, source document) document {
	mirrorExternalIDs(target)
	mirrorExternalIDs(source)
	for _, name := range joinedLists {
		if list := joined(target[name], source[name]); len(list) > 0 {
			target[name] = list
		}
	}
	for _, name := range latestTimes {
		if textOf(source, name) > textOf(target, name) {
			target[name] = source[name]
		}
	}
	if at := textOf(source, earliestTime); at < textOf(target, earliestTime) {
		target[earliestTime] = at
		if by := textOf(source, "createdBy"); by != "" {
			target["createdBy"] = by
		}
	}
	if custom := mergeCustom(source["custom"], target["custom"]); len(custom) > 0 {
		target["custom"] = custom
	}
	return target
}

// joined is one list after the other, without what is in it twice.
func joined(a, b any) []any {
	first, _ := a.([]any)
	second, _ := b.([]any)
	var all []any
	seen := map[string]bool{}
	for _, list := range [][]any{first, second} {
		for _, item := range list {
			if text := string(appendJSON(nil, item)); !seen[text] {
				seen[text] = true
				all = append(all, item)
			}
		}
	}
	return all
}

// listMerges is GET /v1/customers/{id}/merges: those that the customer was a part of.
func (s *Server) listMerges(c *call) answer {
	if s.store.get(customer, c.args[0]) == nil {
		return s.notFound("id")
	}
	return s.page(c, s.store.all[merger], func(r *record) bool {
		doc := r.document()
		return textOf(doc, "source") == c.args[0] || textOf(doc, "target") == c.args[0]
	})
}
