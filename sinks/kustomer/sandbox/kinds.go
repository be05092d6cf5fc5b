package sandbox

import "slices"

// kind is the type of an object.
type kind uint8

const (
	customer kind = iota
	conversation
	message
	company
	note
	klass
	kobject
	draft
	merger
	delivery // a draft that was sent: no object of Kustomer's, but what tests look at
	user
	team
	tag
	queue
	snippet
	hook
	workItem
	workSession
	outboundAccount
	kinds
)

// kindTable has the name of each kind, its collection in a path, and whether its objects come from
// the start or a seed and only lists show them.
var kindTable = [kinds]struct {
	name, collection string
	listed           bool
}{
	customer:        {"customer", "customers", false},
	conversation:    {"conversation", "conversations", false},
	message:         {"message", "messages", false},
	company:         {"company", "companies", false},
	note:            {"note", "notes", false},
	klass:           {"klass", "klasses", false},
	kobject:         {"kobject", "kobjects", false},
	draft:           {"draft", "drafts", false},
	merger:          {"customer_merge", "customers/merges", false},
	delivery:        {"delivery", "deliveries", false},
	user:            {"user", "users", true},
	team:            {"team", "teams", true},
	tag:             {"tag", "tags", true},
	queue:           {"queue", "routing/queues", true},
	snippet:         {"snippet", "snippets", true},
	hook:            {"hook", "hooks/web", true},
	workItem:        {"work_item", "routing/work-items", true},
	workSession:     {"work_session", "routing/work-sessions", true},
	outboundAccount: {"outbound_account", "outboundAccounts", true},
}

// parents says to what an object belongs, and whether it must.
var parents = map[kind]struct {
	kind kind
	must bool
}{
	conversation: {customer, true},
	message:      {conversation, true},
	note:         {conversation, false},
	kobject:      {customer, false},
	draft:        {customer, true},
}

func (k kind) String() string { return kindTable[k].name }

// collection is the name of the kind in a path.
func (k kind) collection() string { return kindTable[k].collection }

func kindNamed(name string) (kind, bool) {
	for k := range kinds {
		if kindTable[k].name == name {
			return k, true
		}
	}
	return 0, false
}

// kindNames lists the names of all kinds.
func kindNames() []string {
	names := make([]string, 0, kinds)
	for k := range kinds {
		names = append(names, k.String())
	}
	return slices.Sorted(slices.Values(names))
}

// externalIDSpaces are where the externalIds of a kind are.
var externalIDSpaces = map[kind]space{
	customer: customerExternalID, conversation: conversationExternalID, message: messageExternalID,
	company: companyExternalID, note: noteExternalID, kobject: kobjectExternalID,
}
