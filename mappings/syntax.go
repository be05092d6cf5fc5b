package mappings

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
	"unicode"
)

// maxActions bounds the search for the action that has a syntax error; beyond it the error is at the first action.
const maxActions = 200

// parseTemplate parses a template with Go's own parser, whose errors it explains in a user's words.
func parseTemplate(t Text, o *Options) (*parse.Tree, *Diagnostic) {
	trees, tree, err := parseText(t.Value)
	if err != nil {
		at := errorOffset(t.Value, err)
		message, hint := explain(err, t.Value[at:], o)
		return nil, &Diagnostic{Pos: t.At(at), Message: message, Hint: hint}
	}
	if len(trees) > 1 {
		at := max(0, indexOf(defining, t.Value))
		return nil, &Diagnostic{
			Pos:     t.At(at),
			Message: "define, template and block are not part of these templates",
			Hint:    "write the text out in each field",
		}
	}
	return tree, nil
}

func parseText(text string) (map[string]*parse.Tree, *parse.Tree, error) {
	tree, trees := parse.New("template"), map[string]*parse.Tree{}
	tree.Mode = parse.SkipFuncCheck // the compiler reports unknown functions, all of them
	tree, err := tree.Parse(text, "", "", trees)
	return trees, tree, err
}

// What the parser says when a template ends too early. Any template does when it is cut in the middle.
const (
	openBlock = "unexpected EOF"
	openText  = "unclosed|unterminated"
)

var (
	defining  = regexp.MustCompile(`\{\{-?\s*(define|block)\b`)
	opening   = regexp.MustCompile(`^\{\{-?\s*(if|with|range|end|block|define)\b`)
	cutShort  = regexp.MustCompile(openText)
	place     = regexp.MustCompile(`^template: [^:]*:\d+: `)
	oddColumn = regexp.MustCompile(`\.(?:[\pL\pN_]+[-/%?#@&*+:;!][\pL\pN_-]*|\d[\pL\pN_]*)`)
)

func indexOf(re *regexp.Regexp, s string) int {
	if loc := re.FindStringIndex(s); loc != nil {
		return loc[0]
	}
	return -1
}

// errorOffset returns the offset of the action that has a syntax error; the parser itself tells at most the line.
// The text before an action parses, or only lacks its end, when no earlier action has an error.
func errorOffset(text string, err error) int {
	if strings.Contains(err.Error(), openBlock) {
		return openedAt(text)
	}
	starts := actionStarts(text)
	if len(starts) == 0 || len(starts) > maxActions {
		return 0
	}
	at := starts[0]
	for _, next := range starts[1:] {
		_, _, err := parseText(text[:next])
		switch {
		case err == nil || strings.Contains(err.Error(), openBlock):
			at = next
		case !cutShort.MatchString(err.Error()):
			return at
		}
	}
	return at
}

func actionStarts(text string) []int {
	var starts []int
	for at := 0; ; {
		i := strings.Index(text[at:], "{{")
		if i < 0 {
			return starts
		}
		starts = append(starts, at+i)
		at += i + 2
	}
}

// openedAt returns the offset of the block that has no end.
func openedAt(text string) int {
	var open []int
	for _, at := range actionStarts(text) {
		switch m := opening.FindStringSubmatch(text[at:]); {
		case m == nil:
		case m[1] != "end":
			open = append(open, at)
		case len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return 0
	}
	return open[len(open)-1]
}

// advice maps what the parser says to what a user should know.
type advice struct{ says, message, hint string }

var syntaxAdvice = []advice{
	{"unexpected EOF", "this block is not closed", "add {{ end }}"},
	{"unexpected {{end}}", "{{ end }} without a block before it", "remove it, or open the block with if, with or range"},
	{"unexpected {{else}}", "{{ else }} outside a block", "it belongs between {{ if }} and {{ end }}"},
	{"unclosed action", "{{ is not closed", "add }}"},
	{"unclosed comment", "the comment is not closed", "it ends with */}}"},
	{"comment ends before", "the comment does not end with */}}", "write */ right before }}"},
	{"unclosed left paren", "( is not closed", "add )"},
	{"unexpected right paren", ") without (", "remove it"},
	{"unterminated quoted string", "the text is not closed", `add "`},
	{"unterminated raw quoted string", "the text is not closed", "add `"},
	{"character constant", "text stands in single quotes", `write it in double quotes or backquotes: "n/a"`},
	{"U+201C", "curly quotes", `write straight quotes: "`},
	{"U+201D", "curly quotes", `write straight quotes: "`},
	{`unexpected "&" in`, "& is not understood", "write and: {{ if and .a .b }}"},
	{`unexpected "=" in`, "= is not understood", `compare with eq: {{ if eq .a "b" }}`},
	{`unexpected "!" in`, "! is not understood", `write ne or not: {{ if ne .a "b" }}`},
	{"expected :=", ": is not understood", "a variable is set with :="},
	{`unexpected "<" in`, "< is not understood", "compare with lt or le: {{ if lt .a 5 }}"},
	{`unexpected ">" in`, "> is not understood", "compare with gt or ge: {{ if gt .a 5 }}"},
	{`unexpected "|" in`, "|| is not understood", "write or: {{ if or .a .b }}"},
	{`unexpected "(" in`, "( right after a name", "values follow a function with spaces: {{ upper .name }}"},
	{`unexpected "?" in`, "? is not understood", `write {{ if .a }}x{{ else }}y{{ end }}, or ternary "x" "y" .a`},
	{`number syntax: "`, "signs of arithmetic are not understood", "write add, sub, mul or div: {{ add .a 1 }}"},
	{"U+005B", "[ is not understood", "write {{ index .list 0 }}, or {{ col \"Column Name\" }}"},
	{"invalid syntax", "the text has a \\ that is not understood", "write \\\\, or put the text in backquotes"},
	{`unexpected "}" in`, "{{ is not closed with two braces", "add }}"},
	{"missing value for", "there is nothing to compute here", "name a column, {{ .name }}, or a value"},
	{"undefined variable", "", "declare it with := in this block or around it"},
	{"non executable command", "", "only functions follow a |"},
	{"break}} outside", "{{ break }} outside range", "remove it"},
	{"continue}} outside", "{{ continue }} outside range", "remove it"},
}

// explain turns an error of the parser into a message and a hint. rest is the template from the error on.
func explain(err error, rest string, o *Options) (message, hint string) {
	says := place.ReplaceAllString(err.Error(), "")
	says = strings.ReplaceAll(says, "template:", "the template")
	if strings.HasPrefix(says, "bad character") || strings.HasPrefix(says, "bad number") {
		if message, hint, ok := explainColumn(rest, o.Columns); ok {
			return message, hint
		}
	}
	i := slices.IndexFunc(syntaxAdvice, func(a advice) bool { return strings.Contains(says, a.says) })
	if i < 0 {
		return "the template is not understood: " + says, "see `kustsync functions` for what it may hold"
	}
	message = syntaxAdvice[i].message
	if message == "" {
		message = says
	}
	return message, syntaxAdvice[i].hint
}

// explainColumn explains a column that cannot follow a point: {{ .first-name }}.
func explainColumn(action string, columns []string) (message, hint string, ok bool) {
	name := oddColumn.FindString(action)
	if name == "" {
		return "", "", false
	}
	name = name[1:]
	if near, ok := Nearest(name, columns); ok {
		name = near
	}
	return "a column name with other characters than letters, digits and _ cannot follow the point",
		fmt.Sprintf("write {{ col %q }}", name), true
}

// isIdentifier reports whether a column can be written as .name.
func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}
