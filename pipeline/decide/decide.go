// Package decide names the next action for a row from the facts that are known of it. It is pure: no context, no
// I/O, no clock, no HTTP.
//
// A driver (package drive) collects the facts of a row and asks Row what to do. It tells the facts which action it
// takes (Facts.Take), carries the action out, adds the answer (the methods that begin with Learn), and asks again,
// until the action is Settle.
//
// The rules are one table. Its first rule that holds decides, so the order of the rules is part of them. They come
// from contract.md 3, decisions.md 1 and 3, and the first two columns of reliability.md 2.4.
package decide

import "slices"

// Rule is one line of the table: when it holds, then is the next action.
type Rule struct {
	Name string // what the rule says, unique in the table
	when func(*Facts) bool
	then func(*Facts) Next
}

// rules lists every rule, in the order in which they are tried. The groups are in files of their own:
// what was answered last comes before what is known from before.
var rules = slices.Concat(
	ownerRules,    // another row owns the key
	lookupRules,   // a look-up failed
	deliveryRules, // messages that reach people have rules of their own
	answerRules,   // a request was answered
	updateRules,   // an update is prepared
	foundRules,    // the object was looked for before it is made
	jobRules,      // a bulk job of an earlier run
	doubtRules,    // a request may have happened
	ledgerRules,   // what the ledger knows of the key
	newRules,      // no run has loaded the row
)

// Row returns the next action for a row with these facts. It does not change them.
func Row(f *Facts) Next {
	return ruleFor(f).then(f)
}

// RuleFor returns the name of the rule that decides, for logs and tests.
func RuleFor(f *Facts) string { return ruleFor(f).Name }

// ruleFor returns the first rule that holds. The last rule of the table always does.
func ruleFor(f *Facts) *Rule {
	for i := range rules {
		if rules[i].when(f) {
			return &rules[i]
		}
	}
	return &rules[len(rules)-1]
}
