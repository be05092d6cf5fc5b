package sandbox

// roles gives the roles that the specification lists for an action on a kind of object: the
// permission set, and the legacy roles that still work (kustomer-api.md appendix A).
func roles(object, action string) []string {
	legacy := map[string]string{"create": "write", "update": "write", "read": "read", "delete": "delete"}[action]
	return []string{"org.permission." + object + "." + action, "org.user." + object + "." + legacy}
}

// messageWriters adds org.admin, which Kustomer lists for these endpoints too.
func messageWriters(action string) []string { return append(roles("message", action), "org.admin") }

// newRoutes is the table of endpoints.
func newRoutes(ops []*operation, mode ClientRef) routeTable {
	t := routeTable{}
	t.add(bulkRoutes(ops, mode)...)
	t.add(accountRoutes()...)
	t.add(customerRoutes()...)
	t.add(conversationRoutes()...)
	t.add(messageRoutes()...)
	return t
}

func accountRoutes() []route {
	return []route{
		{method: "GET", path: "/v1/auth/tokens/current", handle: (*Server).currentToken},
		{method: "GET", path: "/v1/users/current", handle: (*Server).currentUser},
		{method: "GET", path: "/v1/orgs/current", handle: (*Server).currentOrg},
		{method: "GET", path: "/v1/users", roles: roles("user", "read"), handle: (*Server).listUsers},
		{method: "GET", path: "/v1/teams", roles: roles("team", "read"), handle: (*Server).listTeams},
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
		{method: "GET", path: "/v1/customers/{id}", roles: roles("customer", "read"), handle: get(customer)},
		{method: "PATCH", path: "/v1/customers/{id}", roles: roles("customer", "update"), body: customerBody, handle: (*Server).updateCustomer},
		{method: "PUT", path: "/v1/customers/{id}", roles: roles("customer", "update"), body: customerBody, handle: (*Server).updateCustomer},
		{method: "DELETE", path: "/v1/customers/{id}", roles: roles("customer", "delete"), handle: remove(customer)},
		{method: "GET", path: "/v1/customers/{id}/conversations", roles: roles("conversation", "read"), handle: listOfCustomer(conversation)},
		{method: "POST", path: "/v1/customers/{id}/conversations", roles: roles("conversation", "create"), body: customerConversation, handle: (*Server).createConversation},
		{method: "GET", path: "/v1/customers/{id}/messages", roles: roles("message", "read"), handle: listOfCustomer(message)},
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
		{method: "GET", path: "/v1/conversations/{id}/messages", roles: roles("message", "read"), handle: (*Server).listConversationMessages},
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
