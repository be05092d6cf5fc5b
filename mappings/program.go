package mappings

import (
	"errors"
	"slices"
	"strings"
	"text/template/parse"
)

const (
	// maxSource bounds the source of one template, in bytes.
	maxSource = 64 << 10
	// maxBlocks bounds how deep if, with, range and parentheses nest.
	maxBlocks = 200
)

// program is one compiled template.
type program struct {
	text     Text
	constant bool      // there is no {{ in it
	value    evaluator // set when the template is exactly one {{ ... }}
	body     writer    // prints the template
	slots    int       // variables

	refs     []RefUse
	finds    []FindUse
	volatile bool
	columns  []string
}

// compileProgram parses a template, checks it against the options and compiles it.
func compileProgram(t Text, o *Options) (*program, []Fault) {
	p := &program{text: t}
	if !strings.Contains(t.Value, "{{") {
		p.constant = true
		return p, nil
	}
	if len(t.Value) > maxSource {
		return nil, []Fault{{Pos: t.Pos, Message: "the template is longer than 64 KiB", Hint: "move the data into a table or a source"}}
	}
	tree, fault := parseTemplate(t, o)
	if fault != nil {
		return nil, []Fault{*fault}
	}
	c := &compiler{opts: o, program: p, dot: theRow}
	c.compile(tree)
	if len(c.faults) > 0 {
		slices.SortStableFunc(c.faults, func(a, b Fault) int {
			if a.Pos.Line != b.Pos.Line {
				return a.Pos.Line - b.Pos.Line
			}
			return a.Pos.Column - b.Pos.Column
		})
		return nil, c.faults
	}
	return p, nil
}

// compile fills the program from a parse tree.
func (c *compiler) compile(tree *parse.Tree) {
	if single, ok := singleAction(tree); ok {
		c.program.value = c.pipe(single.Pipe).eval
	} else {
		c.program.body = c.list(tree.Root)
	}
	c.program.slots = c.slots
}

func singleAction(tree *parse.Tree) (*parse.ActionNode, bool) {
	if len(tree.Root.Nodes) != 1 {
		return nil, false
	}
	action, ok := tree.Root.Nodes[0].(*parse.ActionNode)
	return action, ok && len(action.Pipe.Decl) == 0
}

// eval returns the template's value: typed when it is exactly one {{ ... }}, text otherwise. It is Later
// when anything in it is.
func (p *program) eval(f *frame, field string) (any, error) {
	v, err := p.evalNow(f, field)
	if later, ok := asLater(err); ok {
		return later, nil
	}
	return v, err
}

func (p *program) evalNow(f *frame, field string) (any, error) {
	if p.value == nil {
		return p.print(f, field)
	}
	f.reset(p.slots)
	v, err := p.value(f)
	if s, ok := v.(string); ok && err == nil && len(s) > maxText {
		err = errPrint
	}
	return v, p.fail(field, err)
}

// print returns the template's text.
func (p *program) print(f *frame, field string) (string, error) {
	if p.constant {
		return p.text.Value, nil
	}
	f.reset(p.slots)
	if p.value == nil {
		err := p.body(f)
		return string(f.out), p.fail(field, err)
	}
	v, err := p.value(f)
	if text, ok := v.(string); ok && len(text) <= maxText {
		return text, p.fail(field, err)
	}
	if err == nil {
		err = f.print(v)
	}
	return string(f.out), p.fail(field, err)
}

// fail turns an error of a run into the *Error that a caller sees.
func (p *program) fail(field string, err error) error {
	if err == nil {
		return nil
	}
	var at *failure
	if errors.As(err, &at) {
		return &Error{Field: field, Pos: p.text.At(at.at), Err: at.err}
	}
	return &Error{Field: field, Pos: p.text.Pos, Err: err}
}
