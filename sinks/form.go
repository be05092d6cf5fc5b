package sinks

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Finder is a Sink that templates may ask: find "user" "email" .agent.
type Finder interface {
	Sink
	// Ask reads the objects at the paths of a form, at most MaxShown of them. Like Find it waits by itself until it
	// may send, and its error is an *Error.
	Ask(ctx context.Context, q Question) (Answer, error)
}

// MaxShown is how many objects one question may read. An answer with more is refused, never cut.
const MaxShown = 2000

// Form is one way in which templates find what the service has, as data: find "KIND" "BY" ARGS...
type Form struct {
	Kind string   // "user"
	By   string   // "email"; "" where there is nothing to choose
	Args []string // the values that follow, as words that stand in braces in Paths: "email"
	Doc  string   // what it gives, in a few words
	// Paths are asked with GET, one after the other until the service knows one.
	Paths []string
	// Spellings: Paths are one address, spelled differently; the spelling that worked is kept to.
	Spellings bool
	// Relation: the last of Paths shows another object, whose relation of that name is meant; "" for none.
	Relation string
	Roles    []string // any of them allows it; none: every key may
	Pick     Pick
	Attr     string // the attribute that Pick looks at; "" for none
	Fold     bool   // Attr is compared without regard to case
	Only     *Only  // nil: every object counts
	// Fixed: nothing that a run loads changes the answer, so it holds for the whole run.
	Fixed bool
}

// Pick says what a Form gives of the objects that it reads.
type Pick int

// The ways to pick.
const (
	PickOne   Pick = iota // the one object; where Attr is given, the answer must carry the last argument there
	PickEqual             // the one object of a list whose Attr is the last argument
	PickFirst             // the first object of a list
	PickAll               // the whole list
	PickText              // the texts in Attr of the whole list, with an empty line between
)

// Only restricts a list to objects with that text in that attribute.
type Only struct{ Attr, Text string }

// Question is a Form with the values that it is asked for.
type Question struct {
	Form  *Form
	Paths []string // Form.Paths, filled
}

// Answer is what a Question found.
type Answer struct {
	Items []any // objects in the service's order: each a map[string]any with id, type and attributes
	Bytes int   // of the answers as they came
	// Missing: the service has no such address, so what the arguments name is not there. A list that is
	// empty is not missing.
	Missing bool
}

// Key names what a Question reads: two with the same key have the same Answer.
func (q Question) Key() string {
	if q.Form.Pick == PickFirst { // it may stop reading early
		return q.Form.Kind + " " + q.Form.By + " " + q.Paths[0]
	}
	return q.Paths[0]
}

// Name is how a template names the form: find "user" "email".
func (f *Form) Name() string {
	if f.By == "" {
		return fmt.Sprintf("find %q", f.Kind)
	}
	return fmt.Sprintf("find %q %q", f.Kind, f.By)
}

// Usage is how a template writes the form: find "user" "email" EMAIL.
func (f *Form) Usage() string {
	words := []string{f.Name()}
	for _, arg := range f.Args {
		words = append(words, strings.ToUpper(arg))
	}
	return strings.Join(words, " ")
}

// Question fills the paths with args, percent-encoded. It refuses values that nothing can have: empty ones,
// control characters, text that would lead to another path.
func (f *Form) Question(args []string) (Question, error) {
	if len(args) != len(f.Args) {
		return Question{}, fmt.Errorf("%s takes %d values, not %d", f.Name(), len(f.Args), len(args))
	}
	q := Question{Form: f, Paths: slices.Clone(f.Paths)}
	for i, name := range f.Args {
		if args[i] == "" || hasControl(args[i]) {
			return Question{}, fmt.Errorf("%s needs a text without control characters as %s; correct the row", f.Name(), name)
		}
		for j, path := range q.Paths {
			if strings.Contains(path, "/{"+name+"}") {
				if _, err := Segment(args[i]); err != nil {
					return Question{}, fmt.Errorf("%s: the %s is %w", f.Name(), name, err)
				}
			}
			q.Paths[j] = strings.ReplaceAll(path, "{"+name+"}", escape(args[i]))
		}
	}
	return q, nil
}

// Enough reports whether items hold all that Choose needs, so that no further page is read.
func (f *Form) Enough(items []any) bool {
	return f.Pick == PickFirst && slices.ContainsFunc(items, f.counts)
}

// Choose returns what the form gives for args, out of an answer: a map, a list or a text. False: there is nothing. The
// error is an *Error: of class Ambiguous when several objects fit, of class Unknown when the answer shows another
// object.
func (f *Form) Choose(a Answer, args []string) (any, bool, error) {
	items := a.Items
	if a.Missing {
		return nil, false, nil
	}
	if f.Only != nil {
		items = slices.DeleteFunc(slices.Clone(items), func(item any) bool { return !f.counts(item) })
	}
	switch f.Pick {
	case PickAll:
		return items, true, nil
	case PickText:
		return f.joined(items), true, nil
	case PickFirst:
		items = items[:min(1, len(items))]
	case PickEqual:
		items = f.equal(items, args[len(args)-1])
	}
	return f.single(items, args)
}

// single returns the one object of items.
func (f *Form) single(items []any, args []string) (any, bool, error) {
	switch {
	case len(items) == 0:
		return nil, false, nil
	case len(items) > 1:
		return nil, false, &Error{Class: Ambiguous, Field: f.By,
			Message: fmt.Sprintf("%d objects of Kustomer answer %s: %s", len(items), f.Name(), idsOf(items)),
			Hint:    "name one of them by its id, or rename the others there"}
	case f.Pick == PickOne && f.Attr != "" && !carries(items[0], f.Attr, args[len(args)-1]):
		return nil, false, &Error{Class: Unknown, Field: f.By,
			Message: fmt.Sprintf("Kustomer answered %s with an object that has another %s, %s", f.Name(), f.Attr, idsOf(items))}
	}
	return items[0], true, nil
}

// counts reports whether the form is about that object; see Only.
func (f *Form) counts(item any) bool {
	return f.Only == nil || textIn(item, f.Only.Attr) == f.Only.Text
}

// equal keeps the objects whose attribute is value.
func (f *Form) equal(items []any, value string) []any {
	var same []any
	for _, item := range items {
		text := textIn(item, f.Attr)
		if text == value || f.Fold && strings.EqualFold(text, value) {
			same = append(same, item)
		}
	}
	return same
}

// joined returns the texts of the list, with an empty line between.
func (f *Form) joined(items []any) string {
	var texts []string
	for _, item := range items {
		if text := textIn(item, f.Attr); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// carries reports whether an object has a value in an attribute, or in the attribute that lists further ones: externalId
// and externalIds. An object that shows neither may have it.
func carries(item any, attr, value string) bool {
	object, _ := item.(map[string]any)
	own := textIn(item, attr)
	further, _ := object[attr+"s"].([]any)
	return own == value || own == "" && len(further) == 0 ||
		slices.ContainsFunc(further, func(one any) bool { return one == value || textIn(one, attr) == value })
}

func textIn(item any, attr string) string {
	object, _ := item.(map[string]any)
	text, _ := object[attr].(string)
	return text
}

// idsOf names objects, the first few of them.
func idsOf(items []any) string {
	const most = 5
	var ids []string
	for _, item := range items[:min(most, len(items))] {
		ids = append(ids, textIn(item, "id"))
	}
	if more := len(items) - most; more > 0 {
		ids = append(ids, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(ids, ", ")
}
