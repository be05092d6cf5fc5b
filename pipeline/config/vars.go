package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kustsync/kustsync/mappings"
)

// apiKeyEnv is the environment variable that holds the API key unless the file names another.
const apiKeyEnv = "KUSTOMER_API_KEY"

var (
	// apiKeyReference matches the only form that api_key may have; the group is the name.
	apiKeyReference = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)
	// variable matches ${NAME} and ${NAME:-default}.
	variable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)
)

// maxSubstituted is the longest text that all variables of a file may put in, in bytes.
const maxSubstituted = 4 << 20

// expander replaces ${NAME} in the scalars of the tree by literal text.
type expander struct {
	*collector
	options  Options
	key      string // name of the API key's variable, which nothing may read
	used     map[string]bool
	inserted int // bytes put in so far
}

// expand replaces the variables of the whole file, except in kustomer.api_key, which stays a reference.
func expand(root *node, o Options, found *collector) {
	x := &expander{collector: found, options: o, key: apiKeyName(root), used: map[string]bool{}}
	for _, e := range root.entries {
		switch e.name {
		case "kustomer":
			x.kustomer(e.value)
		case "steps":
			for _, step := range e.value.entries {
				x.step(step.value)
			}
		default:
			x.all(e.value, x.literal)
		}
	}
	x.unusedVars()
}

// kustomer replaces the variables under kustomer:. org and base_url become empty when their variable is not set, since
// only a run needs them.
func (x *expander) kustomer(n *node) {
	for _, e := range n.entries {
		switch e.name {
		case "api_key":
		case "org", "base_url":
			x.all(e.value, x.whenSet)
		default:
			x.all(e.value, x.literal)
		}
	}
}

// step replaces the variables of a step, some of whose keys have templates.
func (x *expander) step(n *node) {
	for _, e := range n.entries {
		switch e.name {
		case "key", "when", "ordering_key", "mapping":
			x.all(e.value, x.template)
		default:
			x.all(e.value, x.literal)
		}
	}
}

// all applies replace to every scalar under n that has a dollar sign in it.
func (x *expander) all(n *node, replace func(*node)) {
	switch n.kind {
	case scalar:
		if strings.Contains(n.text, "$") {
			replace(n)
		}
	case list:
		for _, item := range n.items {
			x.all(item, replace)
		}
	case object:
		for _, e := range n.entries {
			x.all(e.value, replace)
		}
	}
}

// literal replaces the variables of n, which then may be a number or a boolean but not null.
func (x *expander) literal(n *node) {
	n.text = x.replace(n, false)
	n.plain = jsonNumber.MatchString(n.text) || isBool(n.text)
}

// template replaces the variables of a template, which then is a text.
func (x *expander) template(n *node) {
	n.text = x.replace(n, true)
	n.plain = false
}

// whenSet is literal, but makes n empty when one of its variables is not set.
func (x *expander) whenSet(n *node) {
	for rest := n.text; rest != ""; rest = rest[1:] {
		m := variable.FindStringSubmatch(rest)
		if m == nil || m[2] != "" {
			continue
		}
		if _, ok := x.lookup(m[1]); !ok {
			x.used[m[1]] = true
			n.text, n.plain = "", false
			return
		}
	}
	x.literal(n)
}

// replace returns the scalar's text with its variables replaced, or as it is when one cannot be, which is reported. In
// a template the variables outside of {{ }} are replaced, in such a form that no value is read as template.
func (x *expander) replace(n *node, template bool) string {
	out := output{template: template}
	for s, i := n.text, 0; i < len(s); {
		rest := s[i:]
		switch {
		case template && strings.HasPrefix(rest, "{{"):
			end := actionEnd(rest)
			out.action(x.action(n, i, rest[:end]))
			i += end
		case strings.HasPrefix(rest, "$$"):
			out.literal("$")
			i += 2
		case strings.HasPrefix(rest, "${"):
			m := variable.FindStringSubmatch(rest)
			if m == nil {
				x.add(n.place(i), `"${" begins no variable here`, `write ${NAME} or ${NAME:-default}, or "$${" for the characters`)
				return n.text
			}
			value, ok := x.value(n.place(i), m)
			if !ok {
				return n.text
			}
			out.value(value)
			i += len(m[0])
		default:
			out.literal(rest[:1])
			i++
		}
	}
	return string(out.text)
}

// action returns what stands between {{ and }}, where no variable is replaced.
func (x *expander) action(n *node, offset int, s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "$$"):
			i++
		case strings.HasPrefix(s[i:], "${"):
			x.add(n.place(offset+i), "${...} is not replaced inside {{ }}", `move it out of the braces, as in "${PREFIX}-{{ .id }}"`)
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// place returns the place of the byte at an offset of the scalar's text.
func (n *node) place(offset int) Pos {
	return mappings.Text{Value: n.text, Pos: n.start, Indent: n.indent}.At(offset)
}

// value returns the value of a match of variable; false: it has none, which is reported.
func (x *expander) value(pos Pos, m []string) (string, bool) {
	name, hasDefault := m[1], m[2] != ""
	if name == x.key || name == apiKeyEnv {
		x.add(pos, fmt.Sprintf("%s holds the API key, which is read only to sign requests", name), "use another variable here")
		return "", false
	}
	x.used[name] = true
	value, ok := x.lookup(name)
	switch {
	case hasDefault && value == "":
		value = m[3]
	case !ok:
		x.add(pos, name+" is not set", fmt.Sprintf("set the environment variable, pass --var %s=VALUE, or write ${%s:-default}", name, name))
		return "", false
	}
	if x.inserted += len(value); x.inserted > maxSubstituted {
		x.add(Pos{File: x.text.path}, "the variables of this file put in more than 4 MiB", "put data into sources and tables")
		return "", false
	}
	if !utf8.ValidString(value) {
		x.add(pos, "the value of "+name+" is not UTF-8", "set it to text")
		return "", false
	}
	return value, true
}

// lookup finds a variable in --var, else in the environment.
func (x *expander) lookup(name string) (string, bool) {
	if value, ok := x.options.Vars[name]; ok {
		return value, true
	}
	return x.options.env(name)
}

// unusedVars warns of each --var that nothing in the file reads.
func (x *expander) unusedVars() {
	for _, name := range slices.Sorted(maps.Keys(x.options.Vars)) {
		if x.used[name] || name == x.key {
			continue
		}
		hint := fmt.Sprintf("write ${%s} where the value belongs", name)
		if near, ok := Nearest(name, slices.Sorted(maps.Keys(x.used))); ok {
			hint = fmt.Sprintf("did you mean --var %s?", near)
		}
		x.warn(Pos{File: x.text.path}, fmt.Sprintf("nothing in the file reads --var %s", name), hint)
	}
}

// output gathers the text of a scalar. In a template an action prints each opening brace of a value, and an opening
// brace of the file right before a value: together they could begin an action.
type output struct {
	template bool
	text     []byte
	braced   bool // text ends in a literal "{"
}

const printedBrace = `{{"{"}}`

// literal adds text of the file.
func (o *output) literal(s string) {
	o.text = append(o.text, s...)
	o.braced = s == "{"
}

// action adds an action of a template.
func (o *output) action(s string) {
	o.text = append(o.text, s...)
	o.braced = false
}

// value adds the value of a variable.
func (o *output) value(s string) {
	if !o.template {
		o.text = append(o.text, s...)
		return
	}
	if o.braced {
		o.text = append(o.text[:len(o.text)-1], printedBrace...)
	}
	o.text = append(o.text, strings.ReplaceAll(s, "{", printedBrace)...)
	o.braced = false
}

// actionEnd returns the length of the action that s begins with. As in text/template, }} in quotes or in a comment
// does not end it.
func actionEnd(s string) int {
	if comment := strings.TrimPrefix(strings.TrimPrefix(s, "{{"), "- "); strings.HasPrefix(comment, "/*") {
		if _, after, ok := strings.Cut(comment, "*/"); ok {
			s2 := len(s) - len(after)
			if end := strings.Index(after, "}}"); end >= 0 {
				return s2 + end + 2
			}
		}
		return len(s)
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\'', '`':
			i = quoteEnd(s, i)
		case '}':
			if strings.HasPrefix(s[i:], "}}") {
				return i + 2
			}
		}
	}
	return len(s)
}

// quoteEnd returns the index of the quote that closes the one at i, or of the last byte.
func quoteEnd(s string, i int) int {
	quote := s[i]
	for i++; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return i
		case s[i] == '\\' && quote != '`':
			i++
		}
	}
	return len(s) - 1
}
