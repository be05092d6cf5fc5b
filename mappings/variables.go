package mappings

import (
	"errors"
	"fmt"
	"text/template/parse"
)

var errUndefined = errors.New("undefined variable")

// store returns an evaluator of a value that also sets the variables at slots.
func (c *compiler) store(value operand, slots []int) evaluator {
	if len(slots) == 0 {
		return value.eval
	}
	return func(f *Frame) (any, error) {
		v, err := value.eval(f)
		for _, slot := range slots {
			f.vars[slot] = v
		}
		return v, err
	}
}

// declare brings the variables of {{ $x := ... }} into scope, or finds those that {{ $x = ... }} sets, and returns
// their slots. row is the row that they hold.
func (c *compiler) declare(pipe *parse.PipeNode, row whichRow) []int {
	slots := make([]int, 0, len(pipe.Decl))
	for _, d := range pipe.Decl {
		if pipe.IsAssign {
			v, err := c.variable(d.Ident[0])
			if err != nil {
				c.report(int(d.Pos), fmt.Sprintf("%s %s", err, d.Ident[0]), "declare it with :=")
				continue
			}
			if v.row != row {
				v.row = noRow
			}
			slots = append(slots, v.slot)
			continue
		}
		c.scope = append(c.scope, variable{name: d.Ident[0], slot: c.vars, row: row})
		slots = append(slots, c.vars)
		c.vars++
	}
	return slots
}

// variable finds a variable in sight.
func (c *compiler) variable(name string) (*variable, error) {
	for i := len(c.scope) - 1; i >= 0; i-- {
		if c.scope[i].name == name {
			return &c.scope[i], nil
		}
	}
	return nil, errUndefined
}
