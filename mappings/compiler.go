package mappings

import (
	"errors"
	"fmt"
	"text/template/parse"
)

// compiler turns a parse tree into evaluators. It gathers faults and goes on, so that a user sees
// all of them at once.
type compiler struct {
	opts    *Options
	program *program
	faults  []Fault
	scope   []variable // variables in sight, innermost last
	slots   int
	dot     shape // what . is here
	depth   int
	tooDeep bool
}

// shape is what the compiler knows about a value: the columns of a row can be checked.
type shape int

const (
	unknown shape = iota
	theRow
	theParent
)

// variable is a template variable and the slot of the frame that holds it.
type variable struct {
	name  string
	slot  int
	shape shape
}

// term is a compiled operand.
type term struct {
	at      int
	eval    evaluator
	literal any // text, number or bool written in the template; else nil
	shape   shape
}

func (c *compiler) fault(at int, message, hint string) {
	c.faults = append(c.faults, Fault{Pos: c.program.text.At(at), Message: message, Hint: hint})
}

// broken stands for what could not be compiled; its fault is already noted.
func (c *compiler) broken(at int, message, hint string) term {
	c.fault(at, message, hint)
	return c.nothing(at)
}

func (c *compiler) nothing(at int) term {
	return term{at: at, eval: func(*frame) (any, error) { return nil, nil }}
}

func (t term) shaped() shape { return t.shape }

// enter guards the compiler's own recursion.
func (c *compiler) enter(at int) bool {
	c.depth++
	if c.depth < maxBlocks {
		return true
	}
	if !c.tooDeep {
		c.tooDeep = true
		c.fault(at, fmt.Sprintf("blocks and parentheses nest more than %d deep", maxBlocks), "split the template")
	}
	return false
}

func (c *compiler) list(list *parse.ListNode) writer {
	if list == nil {
		return func(*frame) error { return nil }
	}
	writers := make([]writer, 0, len(list.Nodes))
	for _, n := range list.Nodes {
		writers = append(writers, c.node(n))
	}
	if len(writers) == 1 {
		return writers[0]
	}
	return func(f *frame) error {
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
		return func(*frame) error { return errBreak }
	case *parse.ContinueNode:
		return func(*frame) error { return errContinue }
	case *parse.CommentNode:
		return func(*frame) error { return nil }
	}
	c.fault(at, "define, template and block are not part of these templates", "write the text out in each field")
	return nil
}

func (c *compiler) textNode(n *parse.TextNode) writer {
	return func(f *frame) error {
		f.out = append(f.out, n.Text...)
		if len(f.out) > maxText {
			return failAt(int(n.Pos), errPrint)
		}
		return nil
	}
}

func (c *compiler) action(n *parse.ActionNode) writer {
	value := c.pipe(n.Pipe)
	if len(n.Pipe.Decl) > 0 {
		store := c.store(value, c.declare(n.Pipe, value.shape))
		return func(f *frame) error {
			_, err := store(f)
			return err
		}
	}
	c.useWhole(value)
	return func(f *frame) error {
		v, err := value.eval(f)
		if err != nil {
			return err
		}
		return failAt(value.at, f.print(v))
	}
}

// branch is a compiled if, with or range. The value is stored in the variables at slots.
type branch struct {
	value       term
	slots       []int
	body, other writer
}

// branch compiles the parts of an if, with or range in their scope. within says what . is in the
// body; of is what its variables hold.
func (c *compiler) branch(n *parse.BranchNode, within, of func(term) shape) branch {
	outer, dot := len(c.scope), c.dot
	b := branch{value: c.pipe(n.Pipe)}
	b.slots = c.declare(n.Pipe, of(b.value))
	b.value.eval = c.store(b.value, b.slots)
	inner := len(c.scope)
	c.dot = within(b.value)
	b.body = c.list(n.List)
	c.scope, c.dot = c.scope[:inner], dot
	b.other = c.list(n.ElseList)
	c.scope = c.scope[:outer]
	return b
}

func (c *compiler) ifNode(n *parse.BranchNode) writer {
	dot := c.dot
	b := c.branch(n, func(term) shape { return dot }, term.shaped)
	return func(f *frame) error {
		v, err := b.value.eval(f)
		if err != nil {
			return err
		}
		if truth(v) {
			return b.body(f)
		}
		return b.other(f)
	}
}

func (c *compiler) withNode(n *parse.BranchNode) writer {
	b := c.branch(n, term.shaped, term.shaped)
	return func(f *frame) error {
		v, err := b.value.eval(f)
		if err != nil {
			return err
		}
		if !truth(v) {
			return b.other(f)
		}
		outer := f.dot
		f.dot = v
		err = b.body(f)
		f.dot = outer
		return err
	}
}

func (c *compiler) rangeNode(n *parse.BranchNode) writer {
	shapeless := func(term) shape { return unknown }
	b := c.branch(n, shapeless, shapeless)
	if b.value.literal != nil {
		c.fault(b.value.at, "range goes over a list, not "+kindOf(b.value.literal), "split makes a list of text")
	}
	return func(f *frame) error {
		v, err := b.value.eval(f)
		if err != nil {
			return err
		}
		items, err := rangeItems(v)
		if err != nil {
			return failAt(b.value.at, err)
		}
		if len(items) == 0 {
			return b.other(f)
		}
		outer := f.dot
		err = b.each(f, items)
		f.dot = outer
		return err
	}
}

// each runs the body of a range for every item.
func (b *branch) each(f *frame, items []any) error {
	for i, item := range items {
		if err := f.spend(); err != nil {
			return failAt(b.value.at, err)
		}
		if n := len(b.slots); n > 0 {
			f.vars[b.slots[0]] = int64(i)
			f.vars[b.slots[n-1]] = item
		}
		f.dot = item
		switch err := b.body(f); {
		case err == errBreak:
			return nil
		case err != nil && err != errContinue:
			return err
		}
	}
	return nil
}

// rangeItems bounds what range goes over.
func rangeItems(v any) ([]any, error) {
	items, ok := v.([]any)
	switch {
	case !ok && !isEmpty(v):
		return nil, fmt.Errorf("range goes over a list, not %s", kindOf(v))
	case len(items) > maxItems:
		return nil, fmt.Errorf("range over more than %d items", maxItems)
	}
	return items, nil
}

var errUndefined = errors.New("undefined variable")

// store makes an evaluator that also sets variables.
func (c *compiler) store(value term, slots []int) evaluator {
	if len(slots) == 0 {
		return value.eval
	}
	return func(f *frame) (any, error) {
		v, err := value.eval(f)
		for _, slot := range slots {
			f.vars[slot] = v
		}
		return v, err
	}
}

// declare brings the variables of a pipeline into scope, or finds those it assigns to, and
// returns their slots.
func (c *compiler) declare(pipe *parse.PipeNode, s shape) []int {
	slots := make([]int, 0, len(pipe.Decl))
	for _, d := range pipe.Decl {
		if pipe.IsAssign {
			v, err := c.variable(d.Ident[0])
			if err != nil {
				c.fault(int(d.Pos), fmt.Sprintf("%s %s", err, d.Ident[0]), "declare it with :=")
				continue
			}
			if v.shape != s {
				v.shape = unknown
			}
			slots = append(slots, v.slot)
			continue
		}
		c.scope = append(c.scope, variable{name: d.Ident[0], slot: c.slots, shape: s})
		slots = append(slots, c.slots)
		c.slots++
	}
	return slots
}

func (c *compiler) variable(name string) (*variable, error) {
	for i := len(c.scope) - 1; i >= 0; i-- {
		if c.scope[i].name == name {
			return &c.scope[i], nil
		}
	}
	return nil, errUndefined
}
