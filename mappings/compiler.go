package mappings

import (
	"fmt"
	"text/template/parse"

	"github.com/kustsync/kustsync/mappings/values"
)

// maxBlocks is how deep if, with, range and parentheses may nest.
const maxBlocks = 200

// compiler turns the tree that text/template/parse makes of a template into evaluators and writers, which run many
// times faster than text/template. It gathers diagnostics and goes on, so that a user sees all of them at once.
type compiler struct {
	opts        *Options
	template    *template
	diagnostics []Diagnostic
	scope       []variable // variables in sight, innermost last
	vars        int        // number of variables so far, each with a slot of its own
	dot         whichRow   // the row that . is here
	depth       int
	tooDeep     bool
}

// whichRow says which row a value is, if the compiler knows it to be one: the columns of a row can be checked.
type whichRow int

const (
	noRow whichRow = iota
	theRow
	outerRow
)

// variable is a template variable and the slot of the frame that holds it.
type variable struct {
	name string
	slot int
	row  whichRow
}

// operand is a compiled value: a column, a literal, a variable or a call.
type operand struct {
	at      int
	eval    evaluator
	literal any // text, number or bool written in the template; else nil
	row     whichRow
}

// report adds a diagnostic for what stands at an offset of the template.
func (c *compiler) report(at int, message, hint string) {
	c.diagnostics = append(c.diagnostics, Diagnostic{Pos: c.template.text.At(at), Message: message, Hint: hint})
}

// broken reports what cannot be compiled, and returns an operand that stands for it.
func (c *compiler) broken(at int, message, hint string) operand {
	c.report(at, message, hint)
	return c.nothing(at)
}

func (c *compiler) nothing(at int) operand {
	return operand{at: at, eval: func(*Frame) (any, error) { return nil, nil }}
}

// enter counts how deep the compiler is in blocks and parentheses; false: too deep. Each call needs a c.depth-- when
// it is done.
func (c *compiler) enter(at int) bool {
	c.depth++
	if c.depth < maxBlocks {
		return true
	}
	if !c.tooDeep {
		c.tooDeep = true
		c.report(at, fmt.Sprintf("blocks and parentheses nest more than %d deep", maxBlocks), "split the template")
	}
	return false
}

func (c *compiler) list(list *parse.ListNode) writer {
	if list == nil {
		return func(*Frame) error { return nil }
	}
	writers := make([]writer, 0, len(list.Nodes))
	for _, n := range list.Nodes {
		writers = append(writers, c.node(n))
	}
	if len(writers) == 1 {
		return writers[0]
	}
	return func(f *Frame) error {
		for _, w := range writers {
			if err := w(f); err != nil {
				return err
			}
		}
		return nil
	}
}

func (c *compiler) node(n parse.Node) writer {
	at := int(n.Position())
	defer func() { c.depth-- }()
	if !c.enter(at) {
		return nil
	}
	switch n := n.(type) {
	case *parse.TextNode:
		return c.textNode(n)
	case *parse.ActionNode:
		return c.action(n)
	case *parse.IfNode:
		return c.ifNode(&n.BranchNode)
	case *parse.WithNode:
		return c.withNode(&n.BranchNode)
	case *parse.RangeNode:
		return c.rangeNode(&n.BranchNode)
	case *parse.BreakNode:
		return func(*Frame) error { return errBreak }
	case *parse.ContinueNode:
		return func(*Frame) error { return errContinue }
	case *parse.CommentNode:
		return func(*Frame) error { return nil }
	}
	c.report(at, "define, template and block are not part of these templates", "write the text out in each field")
	return nil
}

func (c *compiler) textNode(n *parse.TextNode) writer {
	return func(f *Frame) error {
		f.out = append(f.out, n.Text...)
		if len(f.out) > values.MaxText {
			return failAt(int(n.Pos), errPrint)
		}
		return nil
	}
}

func (c *compiler) action(n *parse.ActionNode) writer {
	value := c.pipe(n.Pipe)
	if len(n.Pipe.Decl) > 0 {
		store := c.store(value, c.declare(n.Pipe, value.row))
		return func(f *Frame) error {
			_, err := store(f)
			return err
		}
	}
	c.useWhole(value)
	return func(f *Frame) error {
		v, err := value.eval(f)
		if err != nil {
			return err
		}
		return failAt(value.at, f.print(v))
	}
}
