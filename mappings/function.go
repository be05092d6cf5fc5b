package mappings

import (
	"fmt"
	"slices"
	"strings"
)

// Func does the work of a function for one row. It gets the values of the arguments, which it must not keep or
// change, and returns a value of a template (see package values).
type Func func(f *Frame, args []any) (any, error)

// Bind readies a function for one call in a template. It may look at the arguments that are written out, report
// what cannot work (Call.Refuse), and do once what would otherwise be done for every row.
type Bind func(c *Call) Func

// Function is a function that templates may call.
type Function struct {
	// Signature is the name and the parameters, against which the compiler checks calls: "NAME" in quotes must be
	// written out as text in the template, [NAME] may be left out, NAME... stands for any number.
	Signature string
	Bind      Bind
}

// Functions is a table of functions. It is safe for concurrent use.
type Functions struct {
	byName  map[string]*definition
	names   []string          // in the order of the table
	unknown map[string]string // hints for names that no function has
}

// NewFunctions returns the table of these functions, of which no two have one name. unknown has hints for names
// that users may know from other tools and that no function has.
func NewFunctions(all []Function, unknown map[string]string) *Functions {
	table := &Functions{byName: make(map[string]*definition, len(all)), unknown: unknown}
	for _, f := range all {
		d := define(f)
		table.byName[d.name] = d
		table.names = append(table.names, d.name)
	}
	return table
}

// find returns a function of the table, which may be nil; nil when it has none of that name.
func (t *Functions) find(name string) *definition {
	if t == nil {
		return nil
	}
	return t.byName[name]
}

// hint says what a user may have meant by a name that no function has.
func (t *Functions) hint(name string, columns []string) string {
	if t == nil {
		return "no functions can be called here"
	}
	if hint, ok := t.unknown[name]; ok {
		return hint
	}
	if slices.Contains(columns, name) {
		return fmt.Sprintf("a column is written with a point: .%s", name)
	}
	if near, ok := Nearest(name, t.names); ok {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "`kustsync functions` lists them"
}

// definition is a Function whose Signature has been read.
type definition struct {
	Function
	name     string
	params   []param
	min, max int // number of arguments; max < 0 is any
}

// param is one word of a Signature: NAME, "NAME" (must be written out as text), [NAME] (may be left out), NAME...
// (any number).
type param struct {
	name               string
	quoted, opt, multi bool
}

func define(f Function) *definition {
	words := strings.Fields(f.Signature)
	d := &definition{Function: f, name: words[0]}
	for _, word := range words[1:] {
		p := param{
			name:   strings.Trim(word, `[]".`),
			quoted: strings.Contains(word, `"`),
			opt:    strings.ContainsAny(word, "[]"),
			multi:  strings.Contains(word, "..."),
		}
		d.params = append(d.params, p)
		if !p.opt {
			d.min++
		}
		if d.max++; p.multi {
			d.max = -1
		}
	}
	return d
}

// fits checks the number of arguments, and that those which must be written out are.
func (d *definition) fits(c *Call) bool {
	n := c.Args()
	if n < d.min || d.max >= 0 && n > d.max {
		c.Refuse(-1, fmt.Sprintf("wrong number of values (%d)", n), "write "+d.Signature)
		return false
	}
	missing := len(d.params) - n
	given := slices.DeleteFunc(slices.Clone(d.params), func(p param) bool {
		left := p.opt && missing > 0
		if left {
			missing--
		}
		return left
	})
	for i, p := range given {
		if _, ok := c.Text(i); p.quoted && !ok {
			c.Refuse(i, "the "+strings.ToLower(p.name)+" must be written out in quotes", "write "+d.Signature)
			return false
		}
	}
	return true
}
