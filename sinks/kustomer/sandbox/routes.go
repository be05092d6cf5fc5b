package sandbox

// roles gives the roles that the specification lists for an action on a kind of object: the
// permission set, and the legacy roles that still work (kustomer-api.md appendix A).
func roles(object, action string) []string {
	legacy := map[string]string{"create": "write", "update": "write", "read": "read", "delete": "delete"}[action]
	return []string{"org.permission." + object + "." + action, "org.user." + object + "." + legacy}
}

// messageWriters adds org.admin, which Kustomer lists for these endpoints too.
func messageWriters(action string) []string { return append(roles("message", action), "org.admin") }

// noteWriters are the roles of POST /v1/conversations/{id}/notes as they are printed: the one that
// only reads looks like a slip, so the one that writes is here too (kustomer-api.md 9.1).
func noteWriters(action string) []string {
	return append(roles("note", action), "org.user.note.read", "org.admin")
}

// mergers are the roles for merges of customers.
func mergers(action, legacy string) []string {
	return []string{"org.permission.customer_merge." + action, "org.user.customer." + legacy, "org.admin.customer.merge." + legacy}
}

// klassRoles are the roles for klasses.
func klassRoles(action string) []string {
	if action == "read" {
		return append(roles("klass", action), "org.admin.klass.read")
	}
	return []string{"org.permission.klass." + action, "org.admin.klass.write"}
}

// kobjectRoles adds the role for the objects of the one klass that the path names.
func kobjectRoles(action string) []string {
	return append(roles("kobject", action), "org.permission.kobject.kobject_*."+action)
}

// newRoutes is the table of endpoints.
func newRoutes(ops []*operation, mode ClientRef) routeTable {
	t := routeTable{}
	t.add(bulkRoutes(ops, mode)...)
	t.add(accountRoutes()...)
	t.add(customerRoutes()...)
	t.add(conversationRoutes()...)
	t.add(messageRoutes()...)
	t.add(noteRoutes()...)
	t.add(companyRoutes()...)
	t.add(klassRoutes()...)
	t.add(draftRoutes()...)
	t.add(listRoutes()...)
	t.add(searchRoutes()...)
	return t
}

func accountRoutes() []route {
	return []route{
		{method: "GET", path: "/v1/auth/tokens/current", handle: (*Server).currentToken},
		{method: "GET", path: "/v1/users/current", handle: (*Server).currentUser},
		{method: "GET", path: "/v1/orgs/current", handle: (*Server).currentOrg},
		{method: "GET", path: "/v1/users", roles: roles("user", "read"), handle: (*Server).listUsers},
		{method: "GET", path: "/v1/users/{id}", roles: roles("user", "read"), handle: (*Server).getUser},
		{method: "GET", path: "/v1/teams", roles: roles("team", "read"), handle: listGiven(team, nil), pageMax: maxListed},
		{method: "GET", path: "/v1/teams/{id}", roles: roles("team", "read"), handle: get(team)},
		{method: "GET", path: "/v1/metadata/{resource}", roles: roles("metadata", "read"), handle: (*Server).metadata},
	}
}

func customerRoutes() []route {
	return []route{
		{method: "POST", path: "/v1/customers", roles: roles("customer", "create"), body: customerBody, handle: (*Server).createCustomer},
		{method: "GET", path: "/v1/customers", roles: roles("customer", "read"), handle: listAll(customer)},
		{method: "GET", path: "/v1/customers/externalId={v}", roles: roles("customer", "read"), handle: lookup(customerExternalID)},
		{method: "GET", path: "/v1/customers/email={v}", roles: roles("customer", "read"), handle: lookup(customerEmail)},
		{method: "GET", path: "/v1/customers/phone={v}", roles: roles("customer", "read"), handle: lookup(customerPhone)},
		{method: "POST", path: "/v1/customers/merges", roles: mergers("create", "write"), body: mergeBody, handle: (*Server).mergeCustomers},
		{method: "GET", path: "/v1/customers/merges/{id}", roles: mergers("create", "read"), handle: get(merger)},
		{method: "GET", path: "/v1/customers/{id}/merges", roles: mergers("read", "read"), handle: (*Server).listMerges},
		{method: "GET", path: "/v1/customers/{id}", roles: roles("customer", "read"), handle: get(customer)},
		{method: "PATCH", path: "/v1/customers/{id}", roles: roles("customer", "update"), body: customerBody, handle: (*Server).updateCustomer},
		{method: "PUT", path: "/v1/customers/{id}", roles: roles("customer", "update"), body: customerBody, handle: (*Server).updateCustomer},
		{method: "DELETE", path: "/v1/customers/{id}", roles: roles("customer", "delete"), handle: remove(customer)},
		{method: "GET", path: "/v1/customers/{id}/conversations", roles: roles("conversation", "read"), handle: listUnder(customer, conversation)},
		{method: "POST", path: "/v1/customers/{id}/conversations", roles: roles("conversation", "create"), body: customerConversation, handle: (*Server).createConversation},
		{method: "GET", path: "/v1/customers/{id}/messages", roles: roles("message", "read"), handle: listUnder(customer, message)},
		{method: "POST", path: "/v1/customers/{id}/messages", roles: messageWriters("create"), body: customerMessageBody, handle: (*Server).createCustomerMessage},
	}
}

func conversationRoutes() []route {
	return []route{
		{method: "POST", path: "/v1/conversations", roles: roles("conversation", "create"), body: conversationBody, handle: (*Server).createConversation},
		{method: "GET", path: "/v1/conversations", roles: roles("conversation", "read"), handle: listAll(conversation)},
		{method: "GET", path: "/v1/conversations/externalId={v}", roles: roles("conversation", "read"), handle: lookup(conversationExternalID)},
		{method: "GET", path: "/v1/conversations/{id}", roles: roles("conversation", "read"), handle: get(conversation)},
		{method: "PATCH", path: "/v1/conversations/{id}", roles: roles("conversation", "update"), body: conversationUpdateBody, handle: (*Server).updateConversation},
		{method: "PUT", path: "/v1/conversations/{id}", roles: roles("conversation", "update"), body: conversationUpdateBody, handle: (*Server).updateConversation},
		{method: "DELETE", path: "/v1/conversations/{id}", roles: roles("conversation", "delete"), handle: remove(conversation)},
		{method: "POST", path: "/v1/conversations/{id}/tags", roles: roles("conversation", "update"), body: tagsBody, handle: (*Server).addTags},
		{method: "DELETE", path: "/v1/conversations/{id}/tags", roles: []string{"org.permission.conversation.delete", "org.user.conversation.write"}, body: tagsBody, handle: (*Server).removeTags},
		{method: "GET", path: "/v1/conversations/{id}/messages", roles: roles("message", "read"), handle: listUnder(conversation, message)},
		{method: "POST", path: "/v1/conversations/{id}/messages", roles: messageWriters("create"), body: conversationMessageBody, handle: (*Server).createConversationMessage},
	}
}

func messageRoutes() []route {
	return []route{
		{method: "POST", path: "/v1/messages", roles: roles("message", "create"), body: messageBody, handle: (*Server).createMessage},
		{method: "GET", path: "/v1/messages", roles: roles("message", "read"), handle: listAll(message)},
		{method: "GET", path: "/v1/messages/externalId={v}", roles: roles("message", "read"), handle: (*Server).lookupMessageUpper},
		{method: "GET", path: "/v1/messages/externalid={v}", roles: roles("message", "read"), handle: (*Server).lookupMessageLower},
		{method: "GET", path: "/v1/messages/{id}", roles: roles("message", "read"), handle: get(message)},
		{method: "PATCH", path: "/v1/messages/{id}", roles: messageWriters("update"), body: messageUpdateBody, handle: (*Server).updateMessage},
		{method: "PUT", path: "/v1/messages/{id}", roles: messageWriters("update"), body: messageUpdateBody, handle: (*Server).updateMessage},
	}
}

func noteRoutes() []route {
	return []route{
		{method: "GET", path: "/v1/conversations/{id}/notes", roles: roles("note", "read"), handle: listUnder(conversation, note)},
		{method: "POST", path: "/v1/conversations/{id}/notes", roles: noteWriters("create"), body: noteBody, handle: (*Server).createConversationNote},
		{method: "GET", path: "/v1/customers/{id}/notes", roles: roles("note", "read"), handle: listUnder(customer, note)},
		{method: "POST", path: "/v1/notes", roles: roles("note", "create"), body: noteAloneBody, handle: (*Server).createNote},
		{method: "GET", path: "/v1/notes", roles: roles("note", "read"), handle: listAll(note)},
		{method: "GET", path: "/v1/notes/{id}", roles: roles("note", "read"), handle: get(note)},
		{method: "PATCH", path: "/v1/notes/{id}", roles: append(roles("note", "update"), "org.admin"), body: notePatchBody, handle: (*Server).updateNote},
		{method: "PUT", path: "/v1/notes/{id}", roles: append(roles("note", "update"), "org.admin"), body: notePutBody, handle: (*Server).updateNote},
		{method: "DELETE", path: "/v1/notes/{id}", roles: []string{"org.permission.note.delete", "org.user.note.write"}, handle: remove(note)},
	}
}

func companyRoutes() []route {
	return []route{
		{method: "POST", path: "/v1/companies", roles: roles("company", "create"), body: companyBody, handle: (*Server).createCompany},
		{method: "GET", path: "/v1/companies", roles: roles("company", "read"), handle: (*Server).listCompanies},
		{method: "GET", path: "/v1/companies/{id}", roles: roles("company", "read"), handle: get(company)},
		{method: "PUT", path: "/v1/companies/{id}", roles: roles("company", "update"), body: companyUpdateBody, handle: (*Server).updateCompany},
		{method: "GET", path: "/v1/companies/{id}/klasses/{name}", roles: roles("company", "read"), handle: (*Server).listCompanyKObjects},
	}
}

func klassRoutes() []route {
	return []route{
		{method: "POST", path: "/v1/klasses", roles: klassRoles("create"), body: klassBody, handle: (*Server).createKlass},
		{method: "GET", path: "/v1/klasses", roles: klassRoles("read"), handle: (*Server).listKlasses},
		{method: "GET", path: "/v1/klasses/{x}", roles: klassRoles("read"), handle: (*Server).getKlass},
		{method: "PUT", path: "/v1/klasses/{id}", roles: klassRoles("update"), body: klassUpdateBody, handle: (*Server).updateKlass},
		{method: "DELETE", path: "/v1/klasses/{id}", roles: klassRoles("delete"), handle: remove(klass)},
		{method: "POST", path: "/v1/klasses/{name}", roles: kobjectRoles("create"), body: kobjectBody, handle: (*Server).createKObject},
		{method: "GET", path: "/v1/klasses/{name}/externalId={v}", roles: kobjectRoles("read"), handle: (*Server).findKObject},
		{method: "GET", path: "/v1/klasses/{name}/{id}", roles: kobjectRoles("read"), handle: (*Server).getKObject},
		{method: "PUT", path: "/v1/klasses/{name}/{id}", roles: kobjectRoles("update"), body: kobjectUpdateBody, handle: (*Server).updateKObject},
		{method: "DELETE", path: "/v1/klasses/{name}/{id}", roles: kobjectRoles("delete"), handle: (*Server).deleteKObject},
		{method: "POST", path: "/v1/customers/{id}/klasses/{name}", roles: kobjectRoles("create"), body: kobjectBody, handle: (*Server).createCustomerKObject},
		{method: "GET", path: "/v1/customers/{id}/klasses/{name}", roles: roles("customer", "read"), handle: (*Server).listKObjects},
	}
}

// draftRoutes need no role but to read (kustomer-api.md 8).
func draftRoutes() []route {
	return []route{
		{method: "POST", path: "/v1/customers/{id}/drafts", body: newDrafts, handle: (*Server).createDraft},
		{method: "GET", path: "/v1/customers/{id}/drafts", roles: roles("draft", "read"), handle: listUnder(customer, draft)},
		{method: "PUT", path: "/v1/drafts/{id}", body: draftUpdates, handle: (*Server).updateDraft},
		{method: "DELETE", path: "/v1/drafts/{id}", handle: remove(draft)},
	}
}

// listRoutes show what else an org has (kustomer-api.md 13). The specification names no roles for
// queues, snippets and hooks: these follow the pattern of the others.
func listRoutes() []route {
	byStatus := map[string]string{"status": "status"}
	return []route{
		{method: "GET", path: "/v1/outboundAccounts", roles: roles("apps", "read"), handle: listGiven(outboundAccount, nil)},
		{method: "GET", path: "/v1/tags", roles: roles("tag", "read"), handle: listGiven(tag, nil)},
		{method: "GET", path: "/v1/snippets", roles: roles("snippet", "read"), handle: listGiven(snippet, map[string]string{"lang": "lang"})},
		{method: "GET", path: "/v1/snippets/{id}", roles: roles("snippet", "read"), handle: get(snippet)},
		{method: "GET", path: "/v1/hooks/{kind}", roles: roles("hook", "read"), handle: (*Server).listHooks},
		{method: "GET", path: "/v1/hooks/{kind}/{id}", roles: roles("hook", "read"), handle: (*Server).getHook},
		{method: "GET", path: "/v1/routing/queues", roles: roles("queue", "read"), handle: listGiven(queue, map[string]string{"key": "name", "system": "system"})},
		{method: "GET", path: "/v1/routing/queues/{id}", roles: roles("queue", "read"), handle: get(queue)},
		{method: "GET", path: "/v1/routing/queues/{id}/work-items", roles: roles("work_item", "read"), handle: listInQueue(workItem, byStatus)},
		{method: "GET", path: "/v1/routing/queues/{id}/work-items/next", roles: roles("work_item", "read"), handle: (*Server).nextWorkItem},
		{method: "GET", path: "/v1/routing/queues/{id}/work-sessions", roles: roles("work_session", "read"), handle: listInQueue(workSession, map[string]string{"statusType": "statusType"})},
		{method: "GET", path: "/v1/routing/work-items", roles: roles("work_item", "read"), handle: listGiven(workItem, byStatus)},
		{method: "GET", path: "/v1/routing/work-items/{id}", roles: roles("work_item", "read"), handle: get(workItem)},
	}
}
