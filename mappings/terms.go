package mappings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template/parse"
)

// pipe compiles command | command | ...: each value is the last argument of the next command.
func (c *compiler) pipe(n *parse.PipeNode) term {
	at := int(n.Pos)
	defer func() { c.depth-- }()
	if !c.enter(at) {
		return c.nothing(at)
	}
	t := c.command(n.Cmds[0], nil)
	for _, cmd := range n.Cmds[1:] {
		t = c.command(cmd, &t)
	}
	return t
}

func (c *compiler) command(cmd *parse.CommandNode, piped *term) term {
	first := cmd.Args[0]
	if name, ok := first.(*parse.IdentifierNode); ok {
		return c.call(name, cmd.Args[1:], piped)
	}
	if len(cmd.Args) > 1 || piped != nil {
		return c.notFunction(cmd, piped != nil)
	}
	if _, ok := first.(*parse.NilNode); ok {
		return c.broken(int(first.Position()), "nil is no value of its own", "{{ null }} clears a field")
	}
	return c.operand(first)
}

// notFunction explains {{ .First Name }} and {{ .a .b }}.
func (c *compiler) notFunction(cmd *parse.CommandNode, piped bool) term {
	first := cmd.Args[0]
	at, hint := start(first), "a function comes first, its values follow"
	if field, ok := first.(*parse.FieldNode); piped {
		hint = "only functions follow a |"
	} else if ok {
		words := []string{strings.Join(field.Ident, ".")}
		for _, arg := range cmd.Args[1:] {
			words = append(words, arg.String())
		}
		name := strings.Join(words, " ")
		if near, ok := Nearest(name, c.opts.Columns); ok {
			name = near
		}
		hint = fmt.Sprintf("a column whose name has spaces is written {{ col %q }}", name)
	}
	return c.broken(at, fmt.Sprintf("%s is not a function, it takes no values", first), hint)
}

func (c *compiler) operand(n parse.Node) term {
	at := start(n)
	switch n := n.(type) {
	case *parse.IdentifierNode:
		return c.call(n, nil, nil)
	case *parse.FieldNode:
		return c.field(at, n.Ident)
	case *parse.VariableNode:
		return c.variableNode(at, n.Ident)
	case *parse.ChainNode:
		return c.chain(at, n)
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return c.broken(at, "a variable is set inside parentheses", "set it in an action of its own")
		}
		return c.pipe(n)
	case *parse.DotNode:
		if c.dot == theRow {
			return wholeRow(at)
		}
		return term{at: at, shape: c.dot, eval: func(f *frame) (any, error) { return f.dot, nil }}
	case *parse.NilNode:
		return c.nothing(at)
	case *parse.StringNode:
		return c.literal(at, n.Text)
	case *parse.BoolNode:
		return c.literal(at, n.True)
	case *parse.NumberNode:
		return c.number(at, n)
	}
	return c.broken(at, fmt.Sprintf("%s is not understood here", n), "")
}

// start is the offset of an operand. The parser places .a.b at its second field.
func start(n parse.Node) int {
	at := int(n.Position())
	switch n := n.(type) {
	case *parse.FieldNode:
		if len(n.Ident) > 1 {
			return at - len(n.Ident[0]) - 1
		}
	case *parse.VariableNode:
		if len(n.Ident) > 1 {
			return at - len(n.Ident[0])
		}
	case *parse.ChainNode:
		return start(n.Node)
	}
	return at
}

func (c *compiler) literal(at int, v any) term {
	return term{at: at, literal: v, eval: func(*frame) (any, error) { return v, nil }}
}

// number takes numbers as written, so that 1.10 keeps its digits. Go's other spellings ('a' and
// octal 010) are refused: nobody means them.
func (c *compiler) number(at int, n *parse.NumberNode) term {
	text := n.Text
	digits := strings.TrimLeft(text, "+-")
	switch {
	case strings.HasPrefix(text, "'"):
		return c.broken(at, "text stands in single quotes", `write it in double quotes or backquotes: "n/a"`)
	case len(digits) > 1 && digits[0] == '0' && allDigits(digits):
		return c.broken(at, fmt.Sprintf("the number %s begins with 0", text), fmt.Sprintf("write %q for text, or leave the zeros out", text))
	case n.IsInt:
		return c.literal(at, n.Int64)
	case !n.IsFloat:
		return c.broken(at, fmt.Sprintf("the number %s is not understood", text), "")
	}
	if _, err := parseRat(text); err != nil {
		return c.literal(at, n.Float64)
	}
	return c.literal(at, json.Number(strings.TrimPrefix(text, "+")))
}

// field compiles .a.b on what . is here.
func (c *compiler) field(at int, names []string) term {
	if c.dot == unknown {
		return c.members(c.operand(&parse.DotNode{Pos: parse.Pos(at)}), names)
	}
	return c.member(at, c.dot, names)
}

// wholeRow is the row as a value.
func wholeRow(at int) term {
	return term{at: at, shape: theRow, eval: func(f *frame) (any, error) { return f.in.Row.Object(), nil }}
}

// member compiles row.a.b or parent.a.b, whose columns are known.
func (c *compiler) member(at int, of shape, names []string) term {
	c.checkColumn(at, of, names)
	name := names[0]
	t := term{at: at, eval: func(f *frame) (any, error) { return f.in.Row.Get(name), nil }}
	if of == theParent {
		t.eval = func(f *frame) (any, error) { return f.in.Parent[name], nil }
	}
	return c.members(t, names[1:])
}

func (c *compiler) variableNode(at int, ident []string) term {
	if ident[0] == "$" {
		if len(ident) > 1 {
			return c.member(at, theRow, ident[1:])
		}
		return wholeRow(at)
	}
	v, err := c.variable(ident[0])
	if err != nil {
		return c.broken(at, fmt.Sprintf("%s %s", err, ident[0]), "declare it with := in this block or around it")
	}
	if v.shape != unknown && len(ident) > 1 {
		return c.member(at, v.shape, ident[1:])
	}
	slot := v.slot
	t := term{at: at, shape: v.shape, eval: func(f *frame) (any, error) { return f.vars[slot], nil }}
	return c.members(t, ident[1:])
}

// chain compiles (pipeline).a.b and parent.a.b.
func (c *compiler) chain(at int, n *parse.ChainNode) term {
	if _, ok := n.Node.(*parse.NilNode); ok {
		return c.broken(at, "nil has no members", "")
	}
	t := c.operand(n.Node)
	if t.shape != unknown {
		return c.member(t.at, t.shape, n.Field)
	}
	return c.members(t, n.Field)
}

// members reads names inside a value. What is not there is nothing; what cannot have members is
// an error.
func (c *compiler) members(t term, names []string) term {
	if len(names) == 0 {
		return t
	}
	at, value := t.at, t.eval
	return term{at: at, eval: func(f *frame) (any, error) {
		v, err := value(f)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if v, err = memberOf(v, name); err != nil {
				return nil, failAt(at, err)
			}
		}
		return v, nil
	}}
}

func memberOf(v any, name string) (any, error) {
	if object, ok := v.(map[string]any); ok {
		return object[name], nil
	}
	if isEmpty(v) {
		return nil, nil
	}
	if _, ok := v.([]any); ok {
		return nil, fmt.Errorf("a list has no member %q; take an item with index, first or range", name)
	}
	return nil, fmt.Errorf("%s has no member %q; only an object has", kindOf(v), name)
}

// checkColumn notes that a column is read and faults one that the header does not have.
func (c *compiler) checkColumn(at int, of shape, names []string) {
	header := c.opts.Parent
	if of == theRow {
		header = c.opts.Columns
		c.note(names[0])
	}
	if header == nil || slices.Contains(header, names[0]) {
		return
	}
	if whole := strings.Join(names, "."); slices.Contains(header, whole) {
		c.fault(at, fmt.Sprintf("no column %q", names[0]), "write "+reference(of, whole))
		return
	}
	c.fault(at, fmt.Sprintf("no column %q", names[0]), columnHint(of, names[0], header))
}

func (c *compiler) note(column string) {
	if !slices.Contains(c.program.columns, column) {
		c.program.columns = append(c.program.columns, column)
	}
}

// useWhole notes that a value is used as it is; if it is the row, every column is read.
func (c *compiler) useWhole(t term) {
	if t.shape != theRow {
		return
	}
	for _, column := range c.opts.Columns {
		c.note(column)
	}
}

func columnHint(of shape, name string, header []string) string {
	if near, ok := Nearest(name, header); ok {
		return "did you mean " + reference(of, near) + "?"
	}
	if len(header) > 20 {
		return fmt.Sprintf("the header has %d others", len(header))
	}
	return "the columns are " + strings.Join(header, ", ")
}

// reference is how a template names a column.
func reference(of shape, column string) string {
	switch {
	case of == theParent && isIdentifier(column):
		return "parent." + column
	case of == theParent:
		return fmt.Sprintf("index parent %q", column)
	case isIdentifier(column):
		return "." + column
	}
	return fmt.Sprintf("{{ col %q }}", column)
}
