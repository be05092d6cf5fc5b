package mappings

import (
	"cmp"
	"slices"
	"strings"
	"text/template/parse"
)

// maxSource is the longest template, in bytes.
const maxSource = 64 << 10

// compileTemplate parses a template, checks it against the options and compiles it.
func compileTemplate(text Text, o *Options) (*template, []Diagnostic) {
	t := &template{text: text}
	if !strings.Contains(text.Value, "{{") {
		t.constant = true
		return t, nil
	}
	if len(text.Value) > maxSource {
		return nil, []Diagnostic{{Pos: text.Pos, Message: "the template is longer than 64 KiB", Hint: "move the data into a table or a source"}}
	}
	tree, wrong := parseTemplate(text, o)
	if wrong != nil {
		return nil, []Diagnostic{*wrong}
	}
	c := &compiler{opts: o, template: t, dot: theRow}
	if single, ok := singleAction(tree); ok {
		t.value = c.pipe(single.Pipe).eval
	} else {
		t.body = c.list(tree.Root)
	}
	t.vars = c.vars
	if len(c.diagnostics) > 0 {
		slices.SortStableFunc(c.diagnostics, func(a, b Diagnostic) int {
			return cmp.Or(a.Pos.Line-b.Pos.Line, a.Pos.Column-b.Pos.Column)
		})
		return nil, c.diagnostics
	}
	return t, nil
}

// singleAction returns the {{ ... }} that is all of a template, if it is.
func singleAction(tree *parse.Tree) (*parse.ActionNode, bool) {
	if len(tree.Root.Nodes) != 1 {
		return nil, false
	}
	action, ok := tree.Root.Nodes[0].(*parse.ActionNode)
	return action, ok && len(action.Pipe.Decl) == 0
}
