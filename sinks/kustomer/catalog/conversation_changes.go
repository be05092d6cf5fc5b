package catalog

import (
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// updateConversation is the catalog entry of update_conversation (kustomer-api.md 6.3). A body with a
// customer moves the conversation and may hold nothing else (1.8).
func updateConversation() sinks.Spec {
	s := updateOf(createConversation(), "update_conversation", "Updates the conversation that id names.",
		map[string]string{"customer": "leave it out; move a conversation to another customer with a step for move_conversation"})
	s.Notes = []string{
		"Lists are replaced as a whole; add_conversation_tags and remove_conversation_tags change single tags.",
		"A conversation is closed with status: done, and snoozed with status: snoozed and snooze: { time: ..., status: scheduled }.",
	}
	s.Example = `id: '{{ (find "conversation" "externalId" .ticket).id }}'
status: done
priority: "{{ .priority }}"`
	return s
}

// addConversationTags is the catalog entry of add_conversation_tags (kustomer-api.md 6.1).
func addConversationTags() sinks.Spec {
	s := tagsOf(http.MethodPost)
	s.Name, s.Doc = "add_conversation_tags", "Adds tags to those that a conversation has."
	s.Notes = []string{"Kustomer makes a tag that it does not know."}
	s.Example = `id: '{{ (find "conversation" "externalId" .ticket).id }}'
tags: '{{ .labels | split "," }}'`
	return s
}

// removeConversationTags is the catalog entry of remove_conversation_tags, whose role is the one that is
// printed for it.
func removeConversationTags() sinks.Spec {
	s := tagsOf(http.MethodDelete)
	s.Name, s.Doc = "remove_conversation_tags", "Takes tags away from a conversation; the tags themselves stay."
	s.Roles = []sinks.Role{{For: "update", AnyOf: []string{"org.permission.conversation.delete", "org.user.conversation.write"}}}
	s.Example = `id: '{{ (find "conversation" "externalId" .ticket).id }}'
tags: [imported]`
	return s
}

// tagsOf is a sink whose body is a list of tags, for a DELETE too.
func tagsOf(method string) sinks.Spec {
	tags := required(tagsField())
	tags.Nullable, tags.MinItems, tags.Doc = false, 1, "names or ids of tags, at most 20 of 1 to 64 characters"
	return changeOf("conversation", sinks.Route{Method: method, Path: "/v1/conversations/{id}/tags", Body: "tags"}, tags)
}

// assignConversationTeam is the catalog entry of assign_conversation_team (kustomer-api.md 6.1).
func assignConversationTeam() sinks.Spec {
	const hint = "map a list: assignedTeams: ['{{ (find \"team\" \"name\" .team).id }}']"
	s := assignOf("assignedTeams", "ids of the teams; they replace those that it has, and null takes it from all")
	s.Name, s.Doc = "assign_conversation_team", "Assigns a conversation to teams, in the place of those that have it."
	s.NotFields = []sinks.NotField{{Name: "team", Hint: hint}, {Name: "teams", Hint: hint}, {Name: "assignedTeam", Hint: hint}}
	s.Example = `id: '{{ (find "conversation" "externalId" .ticket).id }}'
assignedTeams: ['{{ (find "team" "name" .team).id }}']`
	return s
}

// assignConversationUser is the catalog entry of assign_conversation_user.
func assignConversationUser() sinks.Spec {
	const hint = "map a list: assignedUsers: ['{{ (find \"user\" \"email\" .agent).id }}']"
	s := assignOf("assignedUsers", "ids of the users; they replace those that it has, and null takes it from all")
	s.Name, s.Doc = "assign_conversation_user", "Assigns a conversation to users, in the place of those that have it."
	s.NotFields = []sinks.NotField{
		{Name: "user", Hint: hint}, {Name: "users", Hint: hint}, {Name: "assignedUser", Hint: hint}, {Name: "assignee", Hint: hint},
	}
	s.Example = `id: '{{ (find "conversation" "externalId" .ticket).id }}'
assignedUsers: ['{{ (find "user" "email" .agent).id }}']`
	return s
}

// assignOf is a sink that sets one list of a conversation.
func assignOf(list, doc string) sinks.Spec {
	s := changeOf("conversation", sinks.Route{Method: http.MethodPut, Path: "/v1/conversations/{id}"}, required(idsField(list, 10, doc)))
	s.Batch = batches("/v1/conversations/bulk")
	return s
}

// moveConversation is the catalog entry of move_conversation: the customer alone moves it (kustomer-api.md 1.8).
func moveConversation() sinks.Spec {
	customer := required(idField("customer", "id of the customer who gets it"))
	customer.Aliases = []string{"customer_id"}
	s := changeOf("conversation", sinks.Route{Method: http.MethodPut, Path: "/v1/conversations/{id}"}, customer)
	s.Name, s.Doc = "move_conversation", "Moves a conversation to another customer."
	s.Notes = []string{"Nothing else can change in the same request; use another step for that."}
	s.Example = `id: '{{ (find "conversation" "externalId" .ticket).id }}'
customer: '{{ (find "customer" "email" .email).id }}'`
	return s
}
