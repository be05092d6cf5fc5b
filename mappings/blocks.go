package mappings

import (
	"fmt"
	"text/template/parse"

	"github.com/kustsync/kustsync/mappings/values"
)

// branch is a compiled if, with or range. The value is stored in the variables at slots.
type branch struct {
	value       operand
	slots       []int
	body, other writer
}

func rowOf(value operand) whichRow { return value.row }

// branch compiles the parts of an if, with or range in their scope. within says which row . is in the body, and of
// which row its variables hold.
func (c *compiler) branch(n *parse.BranchNode, within, of func(operand) whichRow) branch {
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
	b := c.branch(n, func(operand) whichRow { return dot }, rowOf)
	return func(f *Frame) error {
		v, err := b.value.eval(f)
		if err != nil {
			return err
		}
		if values.IsTrue(v) {
			return b.body(f)
		}
		return b.other(f)
	}
}

func (c *compiler) withNode(n *parse.BranchNode) writer {
	b := c.branch(n, rowOf, rowOf)
	return func(f *Frame) error {
		v, err := b.value.eval(f)
		if err != nil {
			return err
		}
		if !values.IsTrue(v) {
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
	noneOf := func(operand) whichRow { return noRow }
	b := c.branch(n, noneOf, noneOf)
	if b.value.literal != nil {
		c.report(b.value.at, "range goes over a list, not "+values.KindOf(b.value.literal), "split makes a list of text")
	}
	return func(f *Frame) error {
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

// each renders the body of a range for every item.
func (b *branch) each(f *Frame, items []any) error {
	for i, item := range items {
		if err := f.Spend(); err != nil {
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

// rangeItems returns the items that range goes over, within the limit of a list.
func rangeItems(v any) ([]any, error) {
	items, ok := v.([]any)
	switch {
	case !ok && !values.IsEmpty(v):
		return nil, fmt.Errorf("range goes over a list, not %s", values.KindOf(v))
	case len(items) > values.MaxItems:
		return nil, fmt.Errorf("range over more than %d items", values.MaxItems)
	}
	return items, nil
}
