package catalog

import "github.com/kustsync/kustsync/sinks"

// CurrentUserPath shows the owner of the API key (kustomer-api.md 13).
const CurrentUserPath = "/v1/users/current"

// Forms returns what templates may find in Kustomer, in the order in which it is documented. All of it is
// read with GET, and none of it by search, which lags behind and has a limit of its own
// (kustomer-api.md 12): so a note is not found by its externalId, for which there is nothing else (4.2).
func Forms() []sinks.Form {
	var all []sinks.Form
	for _, group := range [...][]sinks.Form{customerForms(), threadForms(), otherForms(), klassForms(), peopleForms(), routingForms()} {
		all = append(all, group...)
	}
	return all
}

// mayRead names the roles by which objects of a kind may be read (kustomer-api.md Appendix A). Where that
// lists none, they follow its pattern.
func mayRead(object string) []string {
	return []string{"org.permission." + object + ".read", "org.user." + object + ".read"}
}

func one(word string) []string { return []string{word} }

func customerForms() []sinks.Form {
	may := mayRead("customer")
	return []sinks.Form{
		{Kind: "customer", By: "id", Args: one("id"), Doc: "a customer", Paths: one("/v1/customers/{id}"), Roles: may},
		{Kind: "customer", By: "externalId", Args: one("externalId"), Doc: "a customer", Attr: "externalId",
			Paths: one("/v1/customers/externalId={externalId}"), Roles: may},
		{Kind: "customer", By: "email", Args: one("email"), Doc: "a customer", Paths: one("/v1/customers/email={email}"), Roles: may},
		{Kind: "customer", By: "phone", Args: one("phone"), Doc: "a customer; the number as the function phone writes it",
			Paths: one("/v1/customers/phone={phone}"), Roles: may},
		{Kind: "company", By: "id", Args: one("id"), Doc: "a company", Paths: one("/v1/companies/{id}"), Roles: mayRead("company")},
		{Kind: "company", By: "externalId", Args: one("externalId"), Doc: "a company", Pick: sinks.PickEqual, Attr: "externalId",
			Paths: one("/v1/companies?externalId={externalId}"), Roles: mayRead("company")},
		{Kind: "company", By: "name", Args: one("name"), Doc: "the company with exactly this name", Pick: sinks.PickEqual, Attr: "name",
			Paths: one("/v1/companies?filter={name}"), Roles: mayRead("company")},
	}
}

// newest lists what a conversation has, the latest first (kustomer-api.md 15, Lookup Body). Only parameters
// that are documented for an endpoint are used: a page has 100 objects by itself (1.9).
const newest = "?sort=desc"

func threadForms() []sinks.Form {
	thread, text := mayRead("conversation"), mayRead("message")
	messages := one("/v1/conversations/{conversation}/messages" + newest)
	from := func(direction string) *sinks.Only { return &sinks.Only{Attr: "direction", Text: direction} }
	return []sinks.Form{
		{Kind: "conversation", By: "id", Args: one("id"), Doc: "a conversation", Paths: one("/v1/conversations/{id}"), Roles: thread},
		{Kind: "conversation", By: "externalId", Args: one("externalId"), Doc: "a conversation", Attr: "externalId",
			Paths: one("/v1/conversations/externalId={externalId}"), Roles: thread},
		{Kind: "message", By: "id", Args: one("id"), Doc: "a message", Paths: one("/v1/messages/{id}"), Roles: text},
		{Kind: "message", By: "externalId", Args: one("externalId"), Doc: "a message", Attr: "externalId", Spellings: true,
			Paths: []string{"/v1/messages/externalId={externalId}", "/v1/messages/externalid={externalId}"}, Roles: text},
		{Kind: "message", By: "lastInbound", Args: one("customer"), Doc: "the last message that a customer sent", Pick: sinks.PickFirst, Only: from("in"),
			Paths: one("/v1/customers/{customer}/messages?sort=desc&pageSize=25"), Roles: text},
		{Kind: "messages", By: "conversation", Args: one("conversation"), Doc: "the messages of a conversation, the latest first",
			Pick: sinks.PickAll, Paths: messages, Roles: text},
		{Kind: "body", By: "conversation", Args: one("conversation"), Doc: "the texts of a conversation's messages as one, the latest first",
			Pick: sinks.PickText, Attr: "preview", Paths: messages, Roles: text},
		{Kind: "body", By: "inbound", Args: one("conversation"), Doc: "the same of the messages that came in",
			Pick: sinks.PickText, Attr: "preview", Only: from("in"), Paths: messages, Roles: text},
		{Kind: "body", By: "outbound", Args: one("conversation"), Doc: "the same of the messages that went out",
			Pick: sinks.PickText, Attr: "preview", Only: from("out"), Paths: messages, Roles: text},
	}
}

func otherForms() []sinks.Form {
	return []sinks.Form{
		{Kind: "note", By: "id", Args: one("id"), Doc: "a note", Paths: one("/v1/notes/{id}"), Roles: mayRead("note")},
		{Kind: "notes", By: "conversation", Args: one("conversation"), Doc: "the notes of a conversation, the latest first",
			Pick: sinks.PickAll, Paths: one("/v1/conversations/{conversation}/notes" + newest), Roles: mayRead("note")},
	}
}

func klassForms() []sinks.Form {
	object := append(mayRead("kobject"), "org.permission.kobject.kobject_*.read")
	ofCustomer := []string{"klass", "customer"}
	return []sinks.Form{
		{Kind: "klass", By: "name", Args: one("name"), Doc: "the klass with exactly this name", Pick: sinks.PickEqual, Attr: "name",
			Paths: one("/v1/klasses?name={name}"), Roles: append(mayRead("klass"), "org.admin.klass.read")},
		{Kind: "kobject", By: "id", Args: []string{"klass", "id"}, Doc: "a KObject", Paths: one("/v1/klasses/{klass}/{id}"), Roles: object},
		{Kind: "kobject", By: "externalId", Args: []string{"klass", "externalId"}, Doc: "a KObject", Attr: "externalId",
			Paths: one("/v1/klasses/{klass}/externalId={externalId}"), Roles: object},
		{Kind: "kobject", By: "first", Args: ofCustomer, Doc: "the first KObject of a klass that a customer has", Pick: sinks.PickFirst,
			Paths: one("/v1/customers/{customer}/klasses/{klass}?sort=asc&pageSize=1"), Roles: mayRead("customer")},
		{Kind: "kobject", By: "last", Args: ofCustomer, Doc: "the last one", Pick: sinks.PickFirst,
			Paths: one("/v1/customers/{customer}/klasses/{klass}?sort=desc&pageSize=1"), Roles: mayRead("customer")},
	}
}

// peopleForms are of what the org is, which nothing that a run loads changes. Lists that cannot be asked for
// one name are short: they are read whole, once a run (kustomer-api.md 13).
func peopleForms() []sinks.Form {
	return []sinks.Form{
		{Kind: "user", By: "id", Args: one("id"), Doc: "a user", Paths: one("/v1/users/{id}"), Roles: mayRead("user"), Fixed: true},
		{Kind: "user", By: "email", Args: one("email"), Doc: "a user", Pick: sinks.PickEqual, Attr: "email", Fold: true,
			Paths: one("/v1/users?email={email}"), Roles: mayRead("user"), Fixed: true},
		{Kind: "team", By: "id", Args: one("id"), Doc: "a team", Paths: one("/v1/teams/{id}"), Roles: mayRead("team"), Fixed: true},
		{Kind: "team", By: "name", Args: one("name"), Doc: "the team with exactly this name", Pick: sinks.PickEqual, Attr: "name",
			Paths: one("/v1/teams?pageSize=100"), Roles: mayRead("team"), Fixed: true},
		{Kind: "snippet", By: "key", Args: one("key"), Doc: "the snippet with exactly this key", Pick: sinks.PickEqual, Attr: "key",
			Paths: one("/v1/snippets?pageSize=100"), Roles: mayRead("snippet"), Fixed: true},
		{Kind: "hook", By: "id", Args: one("id"), Doc: "a web, form or e-mail hook",
			Paths: []string{"/v1/hooks/web/{id}", "/v1/hooks/form/{id}", "/v1/hooks/email/{id}"}, Roles: mayRead("hook"), Fixed: true},
		{Kind: "org", Doc: "the org; its id alone where Kustomer shows no more", Relation: "org",
			Paths: []string{"/v1/orgs/current", CurrentUserPath}, Fixed: true},
	}
}

func routingForms() []sinks.Form {
	item, session := mayRead("work_item"), mayRead("work_session")
	return []sinks.Form{
		{Kind: "queue", By: "name", Args: one("name"), Doc: "the queue with exactly this name", Pick: sinks.PickEqual, Attr: "name",
			Paths: one("/v1/routing/queues"), Roles: mayRead("queue"), Fixed: true},
		{Kind: "work_items", By: "queue", Args: one("queue"), Doc: "the work items of a queue", Pick: sinks.PickAll,
			Paths: one("/v1/routing/queues/{queue}/work-items"), Roles: item},
		{Kind: "work_item", By: "next", Args: one("queue"), Doc: "the work item of a queue that comes next",
			Paths: one("/v1/routing/queues/{queue}/work-items/next"), Roles: item},
		{Kind: "work_sessions", By: "queue", Args: one("queue"), Doc: "the work sessions of a queue", Pick: sinks.PickAll,
			Paths: one("/v1/routing/queues/{queue}/work-sessions"), Roles: session},
		{Kind: "work_sessions", By: "statusType", Args: []string{"statusType", "queue"}, Pick: sinks.PickAll,
			Doc:   "those that are available, unavailable, busy or offline",
			Paths: one("/v1/routing/queues/{queue}/work-sessions?statusType={statusType}"), Roles: session},
	}
}
