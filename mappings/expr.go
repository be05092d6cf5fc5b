package mappings

import (
	"fmt"

	"github.com/kustsync/kustsync/mappings/values"
)

// Expr is a compiled template that stands alone: a step's key, when or ordering_key. It is safe for concurrent use.
type Expr struct{ template *template }

// CompileText compiles one template. It returns every diagnostic that it finds; the Expr is nil when there is one.
func CompileText(t Text, o Options) (*Expr, []Diagnostic) {
	compiled, diagnostics := compileTemplate(t, &o)
	if len(diagnostics) > 0 {
		return nil, diagnostics
	}
	return &Expr{template: compiled}, nil
}

// Text renders the template as text of at most 1 MiB. The error is an *Error.
func (e *Expr) Text(in *Input) (string, error) {
	f := getFrame(in)
	defer f.release()
	return e.template.print(f, "")
}

// Bool renders a condition: true, false, or the texts "true", "false" and "" (false). Any other value is an *Error.
func (e *Expr) Bool(in *Input) (bool, error) {
	f := getFrame(in)
	defer f.release()
	v, err := e.template.eval(f, "")
	if err != nil {
		return false, err
	}
	switch v {
	case true, "true":
		return true, nil
	case false, "false", "", nil, Null:
		return false, nil
	}
	return false, e.template.fail("", &ValueError{
		Message: fmt.Sprintf(`gives %s that is neither true nor false; compare (eq, ne, gt) or convert (bool)`, values.KindOf(v)),
		Value:   values.Shown(v),
	})
}

// Refs returns every use of ref, in order.
func (e *Expr) Refs() []RefUse { return e.template.refs }

// Volatile reports whether the text differs from run to run: it uses now or run_id.
func (e *Expr) Volatile() bool { return e.template.volatile }

// Columns returns the columns of the row that the template reads, in order of first use.
func (e *Expr) Columns() []string { return e.template.columns }
