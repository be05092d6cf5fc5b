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

// Rule is one line of the table: when it holds, then is the next action.
type Rule struct {
	Name string // what the rule says, unique in the table
	when func(*Facts) bool
	then func(*Facts) Next
}

// group is a part of the table about one thing. Its rules are tried where it applies.
type group struct {
	applies func(*Facts) bool
	rules   []Rule
}

// groups lists every rule, in the order in which they are tried: what was answered last comes before what is known
// from before.
var groups = [...]group{
	{func(f *Facts) bool { return f.OtherCounts || f.Owner != nil }, ownerRules},      // another row owns the key
	{func(f *Facts) bool { return f.Failed != nil }, lookupRules},                     // a look-up failed
	{func(f *Facts) bool { return f.Gone != nil }, goneRules},                         // its object is not there any more
	{func(f *Facts) bool { return f.ParentsChecked && f.Parent != nil }, parentRules}, // an object that it refers to is not there any more
	{func(f *Facts) bool { return f.Traits.Delivers }, deliveryRules},                 // messages that reach people
	{func(f *Facts) bool { return f.Attempt.Answer != NotAnswered }, answerRules},     // a request was answered
	{isChange, updateRules}, // a change of an object that is there
	{func(f *Facts) bool { return f.Match != nil && f.Match.Found }, foundRules}, // the object was looked for, and found
	{func(f *Facts) bool { return f.Begun != nil }, jobRules},                    // an earlier run sent the row
	{func(f *Facts) bool { return f.Doubt != nil }, doubtRules},                  // a request may have happened
	{always, ledgerRules}, // what the ledger knows of the key
	{always, newRules},    // no run has loaded the row
}

func always(*Facts) bool { return true }

// Row returns the next action for a row with these facts. It does not change them.
func Row(f *Facts) Next {
	return ruleFor(f).then(f)
}

// RuleFor returns the name of the rule that decides, for logs and tests.
func RuleFor(f *Facts) string { return ruleFor(f).Name }

// ruleOf returns the first of the rules that holds. One of them does.
func ruleOf(rules []Rule, f *Facts) *Rule {
	for i := range rules {
		if rules[i].when(f) {
			return &rules[i]
		}
	}
	panic("none of these rules holds")
}

// ruleFor returns the first rule that holds. The last rule of the table always does.
func ruleFor(f *Facts) *Rule {
	for i := range groups {
		if g := &groups[i]; g.applies(f) {
			for j := range g.rules {
				if g.rules[j].when(f) {
					return &g.rules[j]
				}
			}
		}
	}
	panic("the last rule of newRules always holds")
}
