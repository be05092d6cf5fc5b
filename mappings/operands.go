package mappings

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/template/parse"

	"github.com/kustsync/kustsync/mappings/decimal"
	"github.com/kustsync/kustsync/mappings/values"
)

// pipe compiles command | command | ...: each value is the last argument of the next command.
func (c *compiler) pipe(n *parse.PipeNode) operand {
	at := int(n.Pos)
	defer func() { c.depth-- }()
	if !c.enter(at) {
		return c.nothing(at)
	}
	o := c.command(n.Cmds[0], nil)
	for _, cmd := range n.Cmds[1:] {
		o = c.command(cmd, &o)
	}
	return o
}

func (c *compiler) command(cmd *parse.CommandNode, piped *operand) operand {
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

// notFunction reports a value that has arguments as if it were a function: {{ .First Name }}, {{ .a .b }}.
func (c *compiler) notFunction(cmd *parse.CommandNode, piped bool) operand {
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

func (c *compiler) operand(n parse.Node) operand {
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
		return operand{at: at, row: c.dot, eval: func(f *Frame) (any, error) { return f.dot, nil }}
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

// start returns the offset of an operand. The parser places .a.b at its second field.
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

func (c *compiler) literal(at int, v any) operand {
	return operand{at: at, literal: v, eval: func(*Frame) (any, error) { return v, nil }}
}

// number compiles a number with its digits as written, so that 1.10 stays 1.10. Go's other spellings ('a' and octal
// 010) are reported: nobody means them.
func (c *compiler) number(at int, n *parse.NumberNode) operand {
	text := n.Text
	digits := strings.TrimLeft(text, "+-")
	switch {
	case strings.HasPrefix(text, "'"):
		return c.broken(at, "text stands in single quotes", `write it in double quotes or backquotes: "n/a"`)
	case len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789") == "":
		return c.broken(at, fmt.Sprintf("the number %s begins with 0", text), fmt.Sprintf("write %q for text, or leave the zeros out", text))
	case n.IsInt:
		return c.literal(at, n.Int64)
	case !n.IsFloat:
		return c.broken(at, fmt.Sprintf("the number %s is not understood", text), "")
	}
	if _, err := decimal.ParseRat(text); err != nil {
		return c.literal(at, n.Float64)
	}
	return c.literal(at, json.Number(strings.TrimPrefix(text, "+")))
}

// field compiles .a.b, where . is the row or what with or range made of it.
func (c *compiler) field(at int, names []string) operand {
	if c.dot == noRow {
		return c.members(c.operand(&parse.DotNode{Pos: parse.Pos(at)}), names)
	}
	return c.member(at, c.dot, names)
}

// wholeRow returns the row as an object.
func wholeRow(at int) operand {
	return operand{at: at, row: theRow, eval: func(f *Frame) (any, error) { return f.in.Row.Object(), nil }}
}

// member compiles .a.b or parent.a.b, where a is a column of the row or of the outer row.
func (c *compiler) member(at int, of whichRow, names []string) operand {
	c.checkColumn(at, of, names)
	name := names[0]
	o := operand{at: at, eval: func(f *Frame) (any, error) { return f.in.Row.Get(name), nil }}
	if of == outerRow {
		o.eval = func(f *Frame) (any, error) { return f.in.Parent[name], nil }
	}
	return c.members(o, names[1:])
}

func (c *compiler) variableNode(at int, ident []string) operand {
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
	if v.row != noRow && len(ident) > 1 {
		return c.member(at, v.row, ident[1:])
	}
	slot := v.slot
	o := operand{at: at, row: v.row, eval: func(f *Frame) (any, error) { return f.vars[slot], nil }}
	return c.members(o, ident[1:])
}

// chain compiles (pipeline).a.b and parent.a.b.
func (c *compiler) chain(at int, n *parse.ChainNode) operand {
	if _, ok := n.Node.(*parse.NilNode); ok {
		return c.broken(at, "nil has no members", "")
	}
	o := c.operand(n.Node)
	if o.row != noRow {
		return c.member(o.at, o.row, n.Field)
	}
	return c.members(o, n.Field)
}

// members compiles .a.b behind a value: values.Member, name by name.
func (c *compiler) members(o operand, names []string) operand {
	if len(names) == 0 {
		return o
	}
	at, value := o.at, o.eval
	return operand{at: at, eval: func(f *Frame) (any, error) {
		v, err := value(f)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if v, err = values.Member(v, name); err != nil {
				return nil, failAt(at, err)
			}
		}
		return v, nil
	}}
}
