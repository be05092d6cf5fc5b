package mappings

// Mapping is a compiled mapping of a step: what a row becomes. It is safe for concurrent use.
type Mapping struct{}

// Compile compiles the mapping of a step; n is a Map. It returns every fault it finds, in file
// order; the Mapping is nil when there is one.
func Compile(n Node, o Options) (*Mapping, []Fault) { return &Mapping{}, nil }

// Apply renders the payload of one row. The error is an *Error that names the field.
func (m *Mapping) Apply(in *Input) (map[string]any, error) { return map[string]any{}, nil }

// Volatile says whether the payload differs from run to run: it uses now or run_id.
func (m *Mapping) Volatile() bool { return false }

// Refs returns every use of ref, in file order.
func (m *Mapping) Refs() []RefUse { return nil }

// Pick returns the mapping of one top-level field alone.
func (m *Mapping) Pick(field string) (*Mapping, bool) { return nil, false }

// Fields returns the names of the top-level fields, in file order.
func (m *Mapping) Fields() []string { return nil }

// Columns returns the columns of the row that the templates read, in order of first use.
func (m *Mapping) Columns() []string { return nil }

// Expr is a compiled template that stands alone: a key, a when, an ordering key. It is safe for
// concurrent use.
type Expr struct{}

// CompileText compiles one template. It returns every fault it finds; the Expr is nil when there
// is one.
func CompileText(t Text, o Options) (*Expr, []Fault) { return &Expr{}, nil }

// Text renders the template as text. The error is an *Error.
func (e *Expr) Text(in *Input) (string, error) { return "", nil }

// Bool renders a condition: true, false, or the texts "true", "false" and "" (false). Anything
// else is an *Error.
func (e *Expr) Bool(in *Input) (bool, error) { return false, nil }

// Refs returns every use of ref, in order.
func (e *Expr) Refs() []RefUse { return nil }

// Volatile says whether the text differs from run to run: it uses now or run_id.
func (e *Expr) Volatile() bool { return false }

// Columns returns the columns of the row that the template reads, in order of first use.
func (e *Expr) Columns() []string { return nil }

// Function is one entry of the table of functions.
type Function struct {
	Name      string
	Group     string // "text", "list", ...
	Signature string // `trunc N TEXT`
	Doc       string // one sentence
	Example   string // a template
	Want      string // what Example prints
}

// Functions returns the table of functions, group by group.
func Functions() []Function { return nil }

// ValueError is a fault of a row's value. Error leaves the value out, since values of rows appear
// in messages only when asked for (--show-values).
type ValueError struct {
	Message string // what is wrong, and what to do
	Value   string // the offending value
}

func (e *ValueError) Error() string { return e.Message }
