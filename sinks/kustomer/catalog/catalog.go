// Package catalog describes as data what Kustomer takes and shows: its sinks, what templates find, its actions.
package catalog

import (
	"slices"

	"github.com/kustsync/kustsync/sinks"
)

// Specs returns the sinks of Kustomer, prepared, in the order in which they are documented. Each call
// makes new ones: call it once.
func Specs() []sinks.Spec {
	all := sinks.Prepare(
		createCompany(), updateCompany(),
		createCustomer(), updateCustomer(), appendCustomerEmail(), appendCustomerPhone(), mergeCustomers(), deleteCustomer(),
		createConversation(), updateConversation(), addConversationTags(), removeConversationTags(),
		assignConversationTeam(), assignConversationUser(), moveConversation(), deleteConversation(),
		sendMessage(), updateMessage(),
		createNote(), updateNote(),
		createKObject(), updateKObject(), deleteKObject(), createKlass(),
		createDraftNote(), postponeDraft(), deleteDraft(),
		anyRequest(),
	)
	for i := range all {
		all[i].Destroys = Destroys()
	}
	return all
}

// Spec returns the sink with that name, prepared; false when there is none. Each call makes a new one.
func Spec(name string) (*sinks.Spec, bool) {
	all := Specs()
	i := slices.IndexFunc(all, func(s sinks.Spec) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return &all[i], true
}

// roles names what the key must be allowed to do for one kind of object: any permission of a pair
// suffices, the newer or the legacy one (kustomer-api.md 1.3, Appendix A).
func roles(object string) []sinks.Role {
	permission, legacy := "org.permission."+object+".", "org.user."+object+"."
	return []sinks.Role{
		{For: "create", AnyOf: []string{permission + "create", legacy + "write"}},
		{For: "update", AnyOf: []string{permission + "update", legacy + "write"}},
		{For: "look up", AnyOf: []string{permission + "read", legacy + "read"}},
	}
}
