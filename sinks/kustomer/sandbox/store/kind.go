package store

import "slices"

// Kind is the type of an object.
type Kind uint8

// The kinds of objects.
const (
	Customer Kind = iota
	Conversation
	Message
	Company
	Note
	Klass
	KObject
	Draft
	CustomerMerge
	Delivery // a draft that was sent: no object of Kustomer's, but what tests look at
	User
	Team
	Tag
	Queue
	Snippet
	Hook
	WorkItem
	WorkSession
	OutboundAccount
	Workflow
	OutboundWebhook
	Kinds // how many kinds there are
)

// kindTable has the name of each kind, and whether its objects are only listed: they come from the start or a seed,
// no request makes them, and nothing looks them up by what they hold.
var kindTable = [Kinds]struct {
	name   string
	listed bool
}{
	Customer:        {"customer", false},
	Conversation:    {"conversation", false},
	Message:         {"message", false},
	Company:         {"company", false},
	Note:            {"note", false},
	Klass:           {"klass", false},
	KObject:         {"kobject", false},
	Draft:           {"draft", false},
	CustomerMerge:   {"customer_merge", false},
	Delivery:        {"delivery", false},
	User:            {"user", true},
	Team:            {"team", true},
	Tag:             {"tag", true},
	Queue:           {"queue", true},
	Snippet:         {"snippet", true},
	Hook:            {"hook", true},
	WorkItem:        {"work_item", true},
	WorkSession:     {"work_session", true},
	OutboundAccount: {"outbound_account", true},
	Workflow:        {"workflow", true},
	OutboundWebhook: {"outbound_webhook", true},
}

// parents says to what kind of object an object belongs, and whether it must.
var parents = map[Kind]struct {
	kind Kind
	must bool
}{
	Conversation: {Customer, true},
	Message:      {Conversation, true},
	Note:         {Conversation, false},
	KObject:      {Customer, false},
	Draft:        {Customer, true},
}

func (k Kind) String() string { return kindTable[k].name }

// Listed reports whether objects of the kind are only listed: they come from the start or a seed, and no request
// changes them.
func (k Kind) Listed() bool { return kindTable[k].listed }

// KindNamed finds a kind by its name.
func KindNamed(name string) (Kind, bool) {
	for k := range Kinds {
		if kindTable[k].name == name {
			return k, true
		}
	}
	return 0, false
}

// KindNames lists the names of all kinds, sorted.
func KindNames() []string {
	names := make([]string, 0, Kinds)
	for k := range Kinds {
		names = append(names, k.String())
	}
	return slices.Sorted(slices.Values(names))
}
