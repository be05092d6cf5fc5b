package mappings

import (
	"fmt"
	"text/template/parse"

	"github.com/kustsync/kustsync/mappings/values"
)

// Call is one call of a function as a template has it. A piped value is the last argument. Arguments are counted
// from 0.
type Call struct {
	c         *compiler
	name      string
	signature string
	at        int
	args      []operand
	piped     bool
	named     bool      // the function names the columns that it reads of a row
	result    whichRow  // set when the function returns a row
	eval      evaluator // set by a function that evaluates its arguments itself
}

// Name returns the name of the function.
func (c *Call) Name() string { return c.name }

// Args returns the number of arguments.
func (c *Call) Args() int { return len(c.args) }

// Options returns what the template may refer to.
func (c *Call) Options() *Options { return c.c.opts }

// Literal returns an argument that is written out: text, a number or a bool; else nil.
func (c *Call) Literal(arg int) any {
	if arg >= len(c.args) {
		return nil
	}
	return c.args[arg].literal
}

// Text returns an argument that is written out as text; false when it is not.
func (c *Call) Text(arg int) (string, bool) {
	text, ok := c.Literal(arg).(string)
	return text, ok
}

// Refuse reports what is wrong with an argument, or with the whole call when there is no such argument. It returns
// nil, which a Bind may return in turn: the template will not be used.
func (c *Call) Refuse(arg int, message, hint string) Func {
	at := c.at
	if arg >= 0 && arg < len(c.args) {
		at = c.args[arg].at
	}
	c.c.report(at, c.name+": "+message, hint)
	return nil
}

// RefusePipe is Refuse for a value that comes through |, where the last argument is not the one that a pipe should
// fill: 5 | sub 1 would be 1 - 5. It reports whether there is such a value.
func (c *Call) RefusePipe() bool {
	if c.piped {
		c.Refuse(-1, "a value that comes through | would be taken as the last one", "write "+c.signature)
	}
	return c.piped
}

// ReadsColumn notes that the function reads a column of the row, whose name stands at an argument. A column that the
// header does not have is reported.
func (c *Call) ReadsColumn(arg int, column string) {
	c.c.checkColumn(c.args[arg].at, theRow, []string{column})
}

// ReadsMember notes that the function reads a member of its first argument, whose name is another argument. If the
// first argument is a row, the name must be written out and be a column; false: it is not written out, which is
// reported.
func (c *Call) ReadsMember(arg int) bool {
	of := c.args[0].row
	if of == noRow || len(c.args) <= arg {
		return true
	}
	name, ok := c.Text(arg)
	if !ok {
		c.Refuse(arg, "the name of a column must be written out in quotes", "so that it can be checked against the header")
		return false
	}
	c.named = true
	c.c.checkColumn(c.args[arg].at, of, []string{name})
	return true
}

// ReadsNoColumn notes that the function reads no column of a row that is its first argument.
func (c *Call) ReadsNoColumn() { c.named = c.args[0].row != noRow }

// ReturnsParent notes that the function returns the outer row.
func (c *Call) ReturnsParent() { c.result = outerRow }

// UsesRef notes a use of ref.
func (c *Call) UsesRef(step string) {
	t := c.c.template
	t.refs = append(t.refs, RefUse{Step: step, Pos: t.text.At(c.at)})
}

// UsesFind notes a use of find or findOr.
func (c *Call) UsesFind(kind, by string) {
	t := c.c.template
	t.finds = append(t.finds, FindUse{Kind: kind, By: by, Pos: t.text.At(c.at)})
}

// DiffersByRun notes that the function returns another value in another run.
func (c *Call) DiffersByRun() { c.c.template.volatile = true }

// Until has the arguments evaluated from left to right up to the first whose truth is stop, which is the value of
// the call; it is the last one when there is no such argument. A piped value, as always, is evaluated before the
// other arguments, though it is the last one.
func (c *Call) Until(stop bool) {
	args := c.args
	var piped *operand
	if c.piped {
		piped, args = &args[len(args)-1], args[:len(args)-1]
	}
	c.eval = func(f *Frame) (last any, err error) {
		if piped != nil {
			if last, err = piped.eval(f); err != nil {
				return nil, err
			}
		}
		for _, a := range args {
			v, err := a.eval(f)
			if err != nil || values.IsTrue(v) == stop {
				return v, err
			}
			if piped == nil {
				last = v
			}
		}
		return last, nil
	}
}

// call compiles a function with its arguments.
func (c *compiler) call(n *parse.IdentifierNode, argNodes []parse.Node, piped *operand) operand {
	at := int(n.Pos)
	function := c.opts.Functions.find(n.Ident)
	if function == nil {
		for _, a := range argNodes {
			c.operand(a)
		}
		return c.broken(at, fmt.Sprintf("no function %q", n.Ident), c.opts.Functions.hint(n.Ident, c.opts.Columns))
	}
	call := &Call{c: c, name: n.Ident, at: at, piped: piped != nil, signature: function.Signature}
	for _, a := range argNodes {
		call.args = append(call.args, c.operand(a))
	}
	if piped != nil {
		call.args = append(call.args, *piped)
	}
	if !function.fits(call) {
		return c.nothing(at)
	}
	fn := function.Bind(call)
	if !call.named {
		for _, a := range call.args {
			c.useWhole(a)
		}
	}
	o := operand{at: at, row: call.result, eval: call.eval}
	if o.eval == nil {
		o.eval = invoke(call, fn)
	}
	return o
}

// invoke evaluates the arguments, calls the function and bounds what it returns.
func invoke(c *Call, fn Func) evaluator {
	name, at := c.name, c.at
	args := make([]evaluator, len(c.args))
	for i, a := range c.args {
		args[i] = a.eval
	}
	return func(f *Frame) (any, error) {
		base := len(f.args)
		for _, arg := range args {
			v, err := arg(f)
			if err != nil {
				return nil, err
			}
			f.args = append(f.args, v)
		}
		given := f.args[base:]
		if err := f.Spend(given...); err != nil {
			return nil, failAt(at, err)
		}
		v, err := fn(f, given)
		f.args = f.args[:base]
		if err == nil {
			err = tooLarge(v)
		}
		if err != nil {
			return nil, failIn(name, at, err)
		}
		return v, nil
	}
}

func tooLarge(v any) error {
	switch v := v.(type) {
	case string:
		if len(v) > values.MaxText {
			return values.ErrTooLong
		}
	case []any:
		if len(v) > values.MaxItems {
			return values.ErrTooMany
		}
	}
	return nil
}
