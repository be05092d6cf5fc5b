package mappings

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
)

// impl is a function at work: it gets evaluated arguments, which it must not keep, and returns a
// value of a template.
type impl func(f *frame, args []any) (any, error)

// binder readies a function for one place in a template: it may look at the literals there, fault
// what cannot work, and do once what every row would repeat.
type binder func(s *site) impl

// site is one call as written.
type site struct {
	c    *compiler
	name string
	at   int
	args []term // a piped value is the last
	pipe bool   // a value came through |
	took bool   // the function names the columns it reads of a row

	signature string
	eval      evaluator // set by a function that evaluates its arguments itself
}

// fault notes a fault at an argument, or at the name when arg is out of range.
func (s *site) fault(arg int, message, hint string) impl {
	at := s.at
	if arg >= 0 && arg < len(s.args) {
		at = s.args[arg].at
	}
	s.c.fault(at, s.name+": "+message, hint)
	return nil
}

// text returns an argument that is written out as text.
func (s *site) text(arg int) (string, bool) {
	if arg >= len(s.args) {
		return "", false
	}
	t, ok := s.args[arg].literal.(string)
	return t, ok
}

// ordered wraps a function whose last argument is not the one that a pipe should fill: 5 | sub 1
// would be 1 - 5.
func ordered(bind binder) binder {
	return func(s *site) impl {
		if s.pipe {
			return s.fault(-1, "a value that comes through | would be taken as the last one", "write "+s.signature)
		}
		return bind(s)
	}
}

// run is a binder for a function that needs to know nothing before it runs.
func run(fn impl) binder { return func(*site) impl { return fn } }

// call compiles a function with its arguments.
func (c *compiler) call(n *parse.IdentifierNode, argNodes []parse.Node, piped *term) term {
	at := int(n.Pos)
	def, ok := definitions()[n.Ident]
	if !ok {
		for _, a := range argNodes {
			c.operand(a)
		}
		return c.broken(at, fmt.Sprintf("no function %q", n.Ident), c.functionHint(n.Ident))
	}
	s := &site{c: c, name: n.Ident, at: at, pipe: piped != nil, signature: def.Signature}
	for _, a := range argNodes {
		s.args = append(s.args, c.operand(a))
	}
	if piped != nil {
		s.args = append(s.args, *piped)
	}
	if !def.fits(s) {
		return c.nothing(at)
	}
	fn := def.bind(s)
	if !s.took {
		for _, a := range s.args {
			c.useWhole(a)
		}
	}
	t := term{at: at, eval: invoke(s, fn)}
	if n.Ident == "parent" {
		t.shape = theParent
	}
	if s.eval != nil {
		t.eval = s.eval
	}
	return t
}

// invoke evaluates the arguments, calls the function and bounds what it returns.
func invoke(s *site, fn impl) evaluator {
	name, at := s.name, s.at
	args := make([]evaluator, len(s.args))
	for i, a := range s.args {
		args[i] = a.eval
	}
	return func(f *frame) (any, error) {
		base := len(f.args)
		for _, arg := range args {
			v, err := arg(f)
			if err != nil {
				return nil, err
			}
			f.args = append(f.args, v)
		}
		given := f.args[base:]
		if err := f.spend(given...); err != nil {
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
		if len(v) > maxText {
			return errTooLong
		}
	case []any:
		if len(v) > maxItems {
			return errTooMany
		}
	}
	return nil
}

// definition is a Function with its parameters, which its Signature lists.
type definition struct {
	Function
	params   []param
	min, max int // number of arguments; max < 0 is any
}

// param is one word of a Signature: NAME, "NAME" (must be written out as text), [NAME] (may be
// left out), NAME... (any number).
type param struct {
	name               string
	quoted, opt, multi bool
}

// definitions is the table of functions by name.
var definitions = sync.OnceValue(func() map[string]*definition {
	m := make(map[string]*definition)
	for _, f := range Functions() {
		m[f.Name] = define(f)
	}
	return m
})

func define(f Function) *definition {
	d := &definition{Function: f}
	for _, word := range strings.Fields(f.Signature)[1:] {
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
func (d *definition) fits(s *site) bool {
	n := len(s.args)
	if n < d.min || d.max >= 0 && n > d.max {
		s.fault(-1, fmt.Sprintf("wrong number of values (%d)", n), "write "+d.Signature)
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
		if _, ok := s.text(i); p.quoted && !ok {
			s.fault(i, "the "+strings.ToLower(p.name)+" must be written out in quotes", "write "+d.Signature)
			return false
		}
	}
	return true
}

// functionHint says what a user may have meant by an unknown function.
func (c *compiler) functionHint(name string) string {
	if ours, ok := renamed[name]; ok {
		return "the function is " + ours
	}
	if reason, ok := absent[name]; ok {
		return reason
	}
	if slices.Contains(c.opts.Columns, name) {
		return fmt.Sprintf("a column is written with a point: .%s", name)
	}
	var names []string
	for _, f := range Functions() {
		names = append(names, f.Name)
	}
	if near, ok := Nearest(name, names); ok {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "`kustsync functions` lists them"
}

// renamed are functions that other tools have under another name.
var renamed = map[string]string{
	"splitList": "split", "splitn": "split", "toString": "print", "println": "print", "cat": "print",
	"toJson": "json", "toJSON": "json", "sha256sum": "hash", "sha256": "hash", "md5": "hash",
	"atoi": "int", "int64": "int", "float64": "number", "float": "number", "toDate": "date",
	"substring": "substr", "truncate": "trunc", "length": "len", "size": "len", "escape": "html",
	"regexReplace": "regexReplaceAll", "match": "regexMatch", "isEmpty": "empty",
}

// absent are functions that other tools have and that templates do without.
var absent = map[string]string{
	"env":       "templates do not read the machine; ${NAME} outside {{ }} takes a variable",
	"expandenv": "templates do not read the machine; ${NAME} outside {{ }} takes a variable",
	"uuidv4":    "templates make no random values, so that a second run gives the same payload",
	"randAlpha": "templates make no random values, so that a second run gives the same payload",
	"title":     "there is none: how a name is capitalised cannot be guessed",
	"elif":      "write {{ else if .x }}",
	"endif":     "every block ends with {{ end }}",
	"endfor":    "every block ends with {{ end }}",
	"for":       "write {{ range .list }}...{{ end }}",
	"call":      "functions are called by their name",
	"js":        "payloads are not built from text; json makes JSON",
}
