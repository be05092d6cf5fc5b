package config

// rule is a lint rule: something about a file that the schema cannot express. To add a rule, add an entry to rules and
// write its check; TestRules runs bad and compares what comes of it with want.
type rule struct {
	name string
	doc  string // why the rule is there
	// bad is YAML that breaks this rule and no other. TestRules puts version: 1 before it, and the steps of smallest
	// when it has none. want is "MESSAGE; fix: HINT", with "warning: " before it for a warning.
	bad, want string
	check     func(l *linter)
}

// rules has all lint rules.
var rules = []rule{
	{
		name:  "base-url",
		doc:   "The API key must go to Kustomer alone (reliability.md 3, base URL).",
		bad:   "kustomer: { base_url: https://acme.kustomerapp.com.evil.example }",
		want:  `base_url names the host "acme.kustomerapp.com.evil.example", which is not under kustomerapp.com; fix: correct the host, or set allow_host: true when it is yours`,
		check: baseURL,
	},
	{
		name:  "one-target",
		doc:   "Two addresses could be two organisations; the same holds for the environment.",
		bad:   "kustomer: { org: acme, base_url: https://acme.api.kustomerapp.com }",
		want:  `both org and base_url are set; fix: remove one of the two`,
		check: target,
	},
	{
		name: "deliver",
		doc:  "Real people are written to: a number bounds a mistake (reliability.md 3, sending to real people).",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    deliver: true
    mapping: { customer: "{{ .customer }}", channel: email, to: [{ email: "{{ .email }}" }], body: "{{ .text }}" }`,
		want:  `deliver: true needs max_deliveries, the most messages that a run may send to people; fix: write it beside, as in max_deliveries: 100`,
		check: delivery,
	},
	{
		name: "deliver-channel",
		doc:  "The channel decides which fields a draft has, and their limits (kustomer-api.md 8).",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    deliver: true
    max_deliveries: 10
    mapping: { customer: "{{ .customer }}", channel: "{{ .channel }}", body: "{{ .text }}" }`,
		want:  `a step that delivers needs a channel that is written out, without a template; fix: write one of email, chat, and give every other one a step of its own`,
		check: channels,
	},
	{
		name: "deliver-recipients",
		doc:  "A limit that cannot be checked would be ignored without a word.",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    deliver: true
    max_deliveries: 10
    recipient_allow: ["*@test.example"]
    mapping: { customer: "{{ .customer }}", channel: chat, body: "{{ .text }}" }`,
		want:  `recipient_allow cannot be checked for chat, which names only a customer; fix: remove it, and choose the rows with when:`,
		check: recipientsKnown,
	},
	{
		name: "recipients-unused",
		doc:  "A user who names recipients means to write to them.",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    recipient_allow: ["*@test.example"]
    mapping: { conversation: "{{ .conversation }}", channel: email, direction: in, sentAt: "{{ .at }}" }`,
		want:  `warning: recipient_allow has no effect without deliver: true: the messages are recorded; fix: remove it, or set deliver: true`,
		check: recipientsUnused,
	},
	{
		name: "unknown-source",
		doc:  "A misspelt name is no file.",
		bad: `sources: { people: { path: people.csv } }
steps:
  a: { from: people, sink: create_customer, key: "{{ .id }}", mapping: {} }
  b: { from: peple, sink: create_customer, key: "{{ .id }}", mapping: {} }`,
		want:  `there is no source "peple"; fix: did you mean "people"?`,
		check: knownSources,
	},
	{
		name: "stdin-type",
		doc:  "Standard input has no extension that could tell its type.",
		bad: `sources: { people: { path: "-" } }
steps:
  a: { from: people, sink: create_customer, key: "{{ .id }}", mapping: {} }`,
		want:  `the type of standard input is not known; fix: add type: csv, or another, to a source with path: "-"`,
		check: stdinType,
	},
	{
		name: "one-stdin",
		doc:  "Standard input can be read once.",
		bad: `sources: { a: { path: "-", type: csv }, b: { path: "-", type: csv } }
steps:
  a: { from: a, sink: create_customer, key: "{{ .id }}", mapping: {} }
  b: { from: b, sink: create_customer, key: "{{ .id }}", mapping: {} }`,
		want:  `"-" is standard input, which source "a" reads already; fix: name a file here; several steps can read one source`,
		check: oneStdin,
	},
	{
		name: "format-options",
		doc:  "An option that a format does not have would be ignored without a word.",
		bad: `sources: { people: { path: people.csv.gz, sheet: Export } }
steps:
  a: { from: people, sink: create_customer, key: "{{ .id }}", mapping: {} }`,
		want:  `sheet is an option of xlsx, and this file is csv; fix: remove it, or set type when the extension misleads`,
		check: formatOptions,
	},
	{
		name: "header",
		doc:  "header: is for files that have no header row.",
		bad: `sources: { people: { path: people.csv, header: [id, name], header_row: 1 } }
steps:
  a: { from: people, sink: create_customer, key: "{{ .id }}", mapping: {} }`,
		want:  `header_row is set beside header, which is for files without a header row; fix: remove one of the two`,
		check: headerTwice,
	},
	{
		name: "encoding",
		doc:  "The names are those of the WHATWG, which every browser knows.",
		bad: `sources: { people: { path: people.csv, encoding: cp-1252 } }
steps:
  a: { from: people, sink: create_customer, key: "{{ .id }}", mapping: {} }`,
		want:  `there is no encoding "cp-1252"; fix: write a name such as windows-1252, iso-8859-1, utf-16le or shift_jis`,
		check: knownEncoding,
	},
	{
		name: "constant-key",
		doc:  "Rows with one key are one object.",
		bad: `steps:
  a: { from: people.csv, sink: create_customer, key: id, mapping: {} }`,
		want:  `warning: key is the same for every row, so that all rows are one object; fix: write a template, such as "{{ .id }}"`,
		check: constantKey,
	},
	{
		name: "unused-source",
		doc:  "Most often from: has a path in place of the name of the source.",
		bad: `sources: { people: { path: people.csv } }
steps:
  a: { from: people.csv, sink: create_customer, key: "{{ .id }}", mapping: {} }`,
		want:  `warning: no step reads source "people"; fix: name it in from:, or remove it`,
		check: unusedSource,
	},
	{
		name: "message-needs-conversation",
		doc:  "A message for a customer alone opens a conversation (kustomer-api.md 7.2, conversation).",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    mapping: { customer: "{{ .customer }}", channel: email, direction: in, sentAt: "{{ .at }}" }`,
		want:  `warning: a message that names only a customer opens a new conversation for each; fix: map conversation`,
		check: messageNeedsConversation,
	},
	{
		name: "message-order",
		doc:  "Kustomer's timeline goes by sentAt (kustomer-api.md 7.2); without it the order of arrival counts.",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    mapping: { conversation: "{{ .conversation }}", channel: email, direction: in }`,
		want:  `warning: without sentAt and ordering_key the messages of a conversation can change places; fix: map sentAt, or give an ordering_key such as "{{ .conversation_id }}"`,
		check: messageOrder,
	},
	{
		name: "ordering-key-unneeded",
		doc:  "Lanes cost speed, and the timeline goes by sentAt anyway (kustomer-api.md 7.2).",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    ordering_key: "{{ .conversation }}"
    mapping: { conversation: "{{ .conversation }}", channel: email, direction: in, sentAt: "{{ .at }}" }`,
		want:  `warning: ordering_key is not needed: Kustomer's timeline goes by sentAt, which is mapped; fix: remove it to load faster`,
		check: orderingKeyUnneeded,
	},
	{
		name: "history",
		doc:  "A load of history without dates is all of today (users.md 1, row 18).",
		bad: `steps:
  conversation:
    from: tickets.csv
    sink: create_conversation
    key: "{{ .id }}"
    mapping: { customer: "{{ .customer }}" }`,
		want:  `warning: without createdAt and importedAt every conversation is dated today; fix: map createdAt, and importedAt: "{{ now }}" for history`,
		check: historyDates,
	},
	{
		name: "message-dates",
		doc:  "A load of old messages without dates is all of today (kustomer-api.md 14).",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    ordering_key: "{{ .conversation }}"
    mapping: { conversation: "{{ .conversation }}", channel: email, direction: in }`,
		want:  `warning: without sentAt and importedAt every message is dated today, and taken for a new one; fix: map sentAt, and importedAt: "{{ now }}" for history`,
		check: messageDates,
	},
	{
		name: "admin-fields",
		doc:  "Kustomer ignores these fields of messages and notes unless the key has org.admin (kustomer-api.md 1.3).",
		bad: `steps:
  message:
    from: messages.csv
    sink: send_message
    key: "{{ .id }}"
    mapping: { conversation: "{{ .conversation }}", channel: email, direction: in, sentAt: "{{ .at }}", createdBy: "{{ .agent }}" }`,
		want:  `warning: createdBy of a message counts only when the API key has the role org.admin; fix: use such a key, or remove the field`,
		check: adminFields,
	},
}

// check checks every rule.
func check(l *linter) {
	for _, r := range rules {
		r.check(l)
	}
}
