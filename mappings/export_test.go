package mappings

import "fmt"

// MaxSource is the longest template.
const MaxSource = maxSource

// GoFunc returns a function of a table as text/template takes it.
func GoFunc(t *Functions, name string) func(args ...any) (any, error) {
	d := t.find(name)
	call := &Call{c: &compiler{opts: &Options{}, template: &template{}}, name: name, args: make([]operand, max(d.min, 2))}
	fn := d.Bind(call)
	return func(args ...any) (any, error) {
		if len(args) < d.min || d.max >= 0 && len(args) > d.max {
			return nil, fmt.Errorf("wrong number of arguments for %s", name)
		}
		return fn(&Frame{in: &Input{}}, args)
	}
}

// Texts returns the templates of a mapping as written.
func Texts(m *Mapping) (texts []string) {
	m.templates(func(t *template) { texts = append(texts, t.text.Value) })
	return texts
}
