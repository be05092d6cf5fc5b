package mappings

import "fmt"

// Expr is a compiled template that stands alone: a key, a when, an ordering key. It is safe for
// concurrent use.
type Expr struct{ program *program }

// CompileText compiles one template. It returns every fault it finds; the Expr is nil when there
// is one.
func CompileText(t Text, o Options) (*Expr, []Fault) {
	p, faults := compileProgram(t, &o)
	if len(faults) > 0 {
		return nil, faults
	}
	return &Expr{program: p}, nil
}

// Text renders the template as text, at most 1 MiB. The error is an *Error.
func (e *Expr) Text(in *Input) (string, error) {
	f := getFrame(in)
	defer f.release()
	return e.program.print(f, "")
}

// Bool renders a condition: true, false, or the texts "true", "false" and "" (false). Anything
// else is an *Error.
func (e *Expr) Bool(in *Input) (bool, error) {
	f := getFrame(in)
	defer f.release()
	v, err := e.program.eval(f, "")
	if err != nil {
		return false, err
	}
	switch v {
	case true, "true":
		return true, nil
	case false, "false", "", nil, Null:
		return false, nil
	}
	return false, e.program.fail("", &ValueError{
		Message: fmt.Sprintf(`gives %s that is neither true nor false; compare (eq, ne, gt) or convert (bool)`, kindOf(v)),
		Value:   shown(v),
	})
}

// Refs returns every use of ref, in order.
func (e *Expr) Refs() []RefUse { return e.program.refs }

// Volatile says whether the text differs from run to run: it uses now or run_id.
func (e *Expr) Volatile() bool { return e.program.volatile }

// Columns returns the columns of the row that the template reads, in order of first use.
func (e *Expr) Columns() []string { return e.program.columns }
