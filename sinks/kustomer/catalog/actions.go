package catalog

import "slices"

// Action is an action of Kustomer's workflows, and what does the same here (kustomer-api.md 15). Without
// Sink, Find and Functions there is no public endpoint for it, or Note says why not.
type Action struct {
	Group     string // "Kustomer"
	Name      string // as Kustomer's catalogue of actions has it
	Sink      string // "create_company"
	Find      string // a template, of columns that are made up
	Functions []string
	Note      string // one sentence about it, or ""
}

// Actions returns every action of Kustomer's catalogue, by its groups.
func Actions() []Action {
	return slices.Concat(
		group("AI", aiActions), group("Aircall", []Action{{Name: "Contact: Create"}}),
		group("Chat", []Action{{Name: "Message: Send", Sink: "send_message", Note: "With deliver: true and channel: chat."}}),
		group("Facebook", []Action{{Name: "Pass Thread Control"}}),
		group("Gmail", []Action{{Name: "Message: Send", Sink: "send_message", Note: "With deliver: true, channel: email and app: gmail."}}),
		group("Kustomer", slices.Concat(generalActions, companyActions, conversationActions, customerActions, draftActions,
			kobjectActions, messageActions, noteActions, peopleActions)),
		group("Postmark", []Action{{Name: "Message: Send", Sink: "send_message", Note: "With deliver: true, channel: email and app: postmark."}}),
		group("Scheduler", []Action{{Name: "Schedule a Workflow"}}),
	)
}

// group puts actions into one.
func group(name string, actions []Action) []Action {
	actions = slices.Clone(actions)
	for i := range actions {
		actions[i].Group = name
	}
	return actions
}

// HasEndpoint reports whether anything here does the same.
func (a Action) HasEndpoint() bool { return a.Sink != "" || a.Find != "" || len(a.Functions) > 0 }

const (
	onlySearch = "Only Kustomer's search finds this; it lags, and kustsync does not use it."
	elsewhere  = "It calls Kustomer alone, no other services."
)

var (
	aiActions = []Action{
		{Name: "Conversation: Automate"},
		{Name: "Intent Identification: Prediction"},
		{Name: "Natural Language Processing", Note: "A sentiment that was found elsewhere can be written, by the field sentiment of several sinks."},
	}
	generalActions = []Action{
		{Name: "Assistant: Launch"},
		{Name: "Command: Run By Name"},
		{Name: "Generic: Regex Match", Functions: []string{"regexMatch", "regexFind", "regexFindAll", "regexReplaceAll"}},
		{Name: "Generic: Transform", Functions: []string{"dict", "list", "split", "join", "lookup", "date"}, Note: "And the others that kustsync functions lists."},
		{Name: "Hook: Get By Id", Find: `{{ find "hook" "id" .x }}`},
		{Name: "Org: Current", Find: `{{ find "org" }}`},
		{Name: "Publish Event"},
		{Name: "Rest API: Generic", Sink: "request", Note: elsewhere},
		{Name: "Rest API: JSON", Sink: "request", Note: elsewhere},
		{Name: "Snippet: Find By Key", Find: `{{ find "snippet" "key" .x }}`},
	}
	companyActions = []Action{
		{Name: "Company: Create", Sink: "create_company"},
		{Name: "Company: Lookup (External ID)", Find: `{{ find "company" "externalId" .x }}`},
		{Name: "Company: Lookup (ID)", Find: `{{ find "company" "id" .x }}`},
		{Name: "Company: Update", Sink: "update_company"},
	}
	conversationActions = []Action{
		{Name: "Conversation: Add Tags", Sink: "add_conversation_tags"},
		{Name: "Conversation: Assign Team", Sink: "assign_conversation_team"},
		{Name: "Conversation: Assign User", Sink: "assign_conversation_user"},
		{Name: "Conversation: Create", Sink: "create_conversation"},
		{Name: "Conversation: Lookup (External ID)", Find: `{{ find "conversation" "externalId" .x }}`},
		{Name: "Conversation: Lookup (ID)", Find: `{{ find "conversation" "id" .x }}`},
		{Name: "Conversation: Lookup Body", Find: `{{ find "body" "conversation" .x }}`},
		{Name: "Conversation: Merge", Note: "Customers can be merged, by merge_customers; conversations cannot."},
		{Name: "Conversation: Move Customer", Sink: "move_conversation"},
		{Name: "Conversation: Remove Tags", Sink: "remove_conversation_tags"},
		{Name: "Conversation: Update", Sink: "update_conversation"},
	}
	customerActions = []Action{
		{Name: "Customer: Append Email", Sink: "append_customer_email"},
		{Name: "Customer: Append Phone", Sink: "append_customer_phone"},
		{Name: "Customer: Create", Sink: "create_customer"},
		{Name: "Customer: Find by Twitter Id", Note: onlySearch},
		{Name: "Customer: Find by Whatsapp"},
		{Name: "Customer: Lookup (Email)", Find: `{{ find "customer" "email" .x }}`},
		{Name: "Customer: Lookup (External ID)", Find: `{{ find "customer" "externalId" .x }}`},
		{Name: "Customer: Lookup (Facebook Messenger ID)"},
		{Name: "Customer: Lookup (ID)", Find: `{{ find "customer" "id" .x }}`},
		{Name: "Customer: Lookup (Instagram Thread ID)"},
		{Name: "Customer: Lookup (Phone)", Find: `{{ find "customer" "phone" .x }}`},
		{Name: "Customer: Lookup Last Message", Find: `{{ find "message" "lastInbound" .x }}`},
		{Name: "Customer: Merge", Sink: "merge_customers"},
		{Name: "Customer: Update", Sink: "update_customer"},
	}
	draftActions = []Action{
		{Name: "Draft: Delete", Sink: "delete_draft"},
		{Name: "Draft Note: Create", Sink: "create_draft_note"},
		{Name: "Draft: Postpone", Sink: "postpone_draft"},
	}
	kobjectActions = []Action{
		{Name: "Klass: Create", Sink: "create_klass"},
		{Name: "Klass: Lookup (Name)", Find: `{{ find "klass" "name" .x }}`},
		{Name: "KObject: Create", Sink: "create_kobject"},
		{Name: "KObject: Create with Customer", Sink: "create_kobject", Note: "With customer."},
		{Name: "KObject: Delete", Sink: "delete_kobject"},
		{Name: "KObject: Find By External Id", Find: `{{ find "kobject" "externalId" "order" .x }}`},
		{Name: "KObject: Find First or Last", Find: `{{ find "kobject" "last" "order" .x }}`, Note: "Or first."},
	}
	messageActions = []Action{
		{Name: "Message: Create", Sink: "send_message", Note: "It is recorded, not sent, as it is by the workflow action."},
		{Name: "Message: Find By Conversation", Find: `{{ find "messages" "conversation" .x }}`},
		{Name: "Message: Lookup (External ID)", Find: `{{ find "message" "externalId" .x }}`},
		{Name: "Message: Lookup (ID)", Find: `{{ find "message" "id" .x }}`},
		{Name: "Message: Update", Sink: "update_message"},
	}
	noteActions = []Action{
		{Name: "Note: Create", Sink: "create_note"},
		{Name: "Note: Find By Conversation", Find: `{{ find "notes" "conversation" .x }}`},
		{Name: "Note: Lookup (External ID)", Note: onlySearch},
		{Name: "Note: Lookup (ID)", Find: `{{ find "note" "id" .x }}`},
		{Name: "Note: Update", Sink: "update_note"},
	}
	peopleActions = []Action{
		{Name: "User: Find By Email", Find: `{{ find "user" "email" .x }}`},
		{Name: "User: Find By ID", Find: `{{ find "user" "id" .x }}`},
		{Name: "Work Item: Find by Queue", Find: `{{ find "work_items" "queue" .x }}`},
		{Name: "Work Item: Find Next", Find: `{{ find "work_item" "next" .x }}`},
		{Name: "Work Session: Find By Status Type", Find: `{{ find "work_sessions" "statusType" "available" .x }}`},
	}
)
