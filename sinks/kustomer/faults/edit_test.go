package faults

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/ast/astutil"
)

// place is a part of the product that an edit changes: a function, or a rule of pipeline/decide.
type place struct {
	name  string // as findPlace takes it
	fset  *token.FileSet
	path  string         // of its file
	text  []byte         // of its file
	body  *ast.BlockStmt // of a function; nil for a rule
	scope ast.Node       // the body, or the composite literal that is the rule
}

// splice replaces a part of a file.
type splice struct {
	from, to token.Pos
	text     string
}

// An edit says what to replace in a place. It finds that in the syntax tree, by names: so code may move and be
// formatted in other ways. When it is not there, or is there several times, that is an error.
type edit func(f *place) (splice, error)

// body replaces the body of the function.
func body(text string) edit {
	return func(f *place) (splice, error) {
		if f.body == nil {
			return splice{}, fmt.Errorf("%s is no function", f.name)
		}
		return splice{f.body.Lbrace + 1, f.body.Rbrace, "\n" + text + "\n"}, nil
	}
}

// first puts a statement before all others.
func first(text string) edit {
	return func(f *place) (splice, error) {
		if f.body == nil {
			return splice{}, fmt.Errorf("%s is no function", f.name)
		}
		at := f.body.Lbrace + 1
		return splice{at, at, text + ";"}, nil
	}
}

// dropCall removes the statement that calls a function or method of that name.
func dropCall(name string) edit {
	return func(f *place) (splice, error) {
		return f.only("a statement that calls "+name, func(n ast.Node) (splice, bool) {
			statement, ok := n.(*ast.ExprStmt)
			return splice{n.Pos(), n.End(), ""}, ok && called(statement.X) == name
		})
	}
}

// call replaces the call of a function or method of that name by an expression. $args are the call's arguments.
func call(name, text string) edit {
	return func(f *place) (splice, error) {
		return f.only("a call of "+name, func(n ast.Node) (splice, bool) {
			call, ok := n.(*ast.CallExpr)
			if !ok || called(call) != name {
				return splice{}, false
			}
			args := f.source(call.Lparen+1, call.Rparen)
			return splice{n.Pos(), n.End(), strings.ReplaceAll(text, "$args", args)}, true
		})
	}
}

// condition replaces the condition, of an if or of a case, that mentions a name. $cond is what is there.
func condition(mentioned, text string) edit {
	return func(f *place) (splice, error) {
		return f.only("a condition that mentions "+mentioned, func(n ast.Node) (splice, bool) {
			var conditions []ast.Expr
			switch n := n.(type) {
			case *ast.IfStmt:
				conditions = []ast.Expr{n.Cond}
			case *ast.CaseClause:
				conditions = n.List
			}
			for _, c := range conditions {
				if hasName(c, mentioned) {
					return splice{c.Pos(), c.End(), strings.ReplaceAll(text, "$cond", f.source(c.Pos(), c.End()))}, true
				}
			}
			return splice{}, false
		})
	}
}

// never makes the condition that mentions a name false.
func never(mentioned string) edit { return condition(mentioned, "false && ($cond)") }

// inCase replaces the statements of the case whose condition mentions a name.
func inCase(mentioned, text string) edit {
	return func(f *place) (splice, error) {
		return f.only("a case that mentions "+mentioned, func(n ast.Node) (splice, bool) {
			c, ok := n.(*ast.CaseClause)
			if !ok {
				return splice{}, false
			}
			for _, expr := range c.List {
				if hasName(expr, mentioned) {
					return splice{c.Colon + 1, c.End(), "\n" + text + "\n"}, true
				}
			}
			return splice{}, false
		})
	}
}

// assign replaces what is assigned to a variable or field, which is named as the code names it.
func assign(name, text string) edit {
	return func(f *place) (splice, error) {
		return f.only("an assignment to "+name, func(n ast.Node) (splice, bool) {
			a, ok := n.(*ast.AssignStmt)
			if !ok || len(a.Lhs) != 1 || f.source(a.Lhs[0].Pos(), a.Lhs[0].End()) != name {
				return splice{}, false
			}
			return splice{a.Rhs[0].Pos(), a.Rhs[0].End(), text}, true
		})
	}
}

// field replaces the expression that reads a field of that name.
func field(name, text string) edit {
	return func(f *place) (splice, error) {
		return f.only("a use of the field "+name, func(n ast.Node) (splice, bool) {
			s, ok := n.(*ast.SelectorExpr)
			return splice{n.Pos(), n.End(), text}, ok && s.Sel.Name == name
		})
	}
}

// member replaces the value of a member of a composite literal: of a rule "when" or "then".
func member(name, text string) edit {
	return func(f *place) (splice, error) {
		return f.only("a member "+name, func(n ast.Node) (splice, bool) {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return splice{}, false
			}
			key, ok := pair.Key.(*ast.Ident)
			return splice{pair.Value.Pos(), pair.Value.End(), text}, ok && key.Name == name
		})
	}
}

// literal replaces a text in quotes.
func literal(old, text string) edit {
	return func(f *place) (splice, error) {
		return f.only(fmt.Sprintf("the text %q", old), func(n ast.Node) (splice, bool) {
			l, ok := n.(*ast.BasicLit)
			if !ok || l.Kind != token.STRING {
				return splice{}, false
			}
			value, err := strconv.Unquote(l.Value)
			return splice{n.Pos(), n.End(), strconv.Quote(text)}, err == nil && value == old
		})
	}
}

// only returns the splice of the one node that matches.
func (f *place) only(what string, match func(ast.Node) (splice, bool)) (splice, error) {
	var found []splice
	ast.Inspect(f.scope, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		if s, ok := match(n); ok {
			found = append(found, s)
		}
		return true
	})
	if len(found) != 1 {
		return splice{}, fmt.Errorf("%s: %s has %s %d times, not once", f.path, f.name, what, len(found))
	}
	return found[0], nil
}

func (f *place) source(from, to token.Pos) string {
	return string(f.text[f.fset.Position(from).Offset:f.fset.Position(to).Offset])
}

// called is the last name of the function that an expression calls, "" when it calls none.
func called(expr ast.Expr) string {
	call, ok := expr.(*ast.CallExpr)
	if !ok {
		return ""
	}
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// hasName reports whether an expression has an identifier of that name.
func hasName(expr ast.Expr, name string) bool {
	found := false
	ast.Inspect(expr, func(n ast.Node) bool {
		ident, ok := n.(*ast.Ident)
		found = found || ok && ident.Name == name
		return !found
	})
	return found
}

// findPlace finds a function "f", a method "Type.method", or a rule "rule: its name" in the folder of its package.
func findPlace(dir, name string) (*place, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var found []*place
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if fullName(n) == name {
					found = append(found, &place{name, fset, path, text, n.Body, n.Body})
				}
			case *ast.CompositeLit:
				if rule, ok := strings.CutPrefix(name, "rule: "); ok && ruleName(n) == rule {
					found = append(found, &place{name, fset, path, text, nil, n})
				}
			}
			return true
		})
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%q is in %s %d times, not once", name, dir, len(found))
	}
	return found[0], nil
}

// ruleName is the text of a composite literal's member Name, "" when it has none.
func ruleName(literal *ast.CompositeLit) string {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, isIdent := pair.Key.(*ast.Ident)
		value, isText := pair.Value.(*ast.BasicLit)
		if isIdent && isText && key.Name == "Name" {
			name, err := strconv.Unquote(value.Value)
			if err == nil {
				return name
			}
		}
	}
	return ""
}

func fullName(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return decl.Name.Name
	}
	receiver := decl.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	if ident, ok := receiver.(*ast.Ident); ok {
		return ident.Name + "." + decl.Name.Name
	}
	return decl.Name.Name
}

// usesImport reports whether a file uses a package that it imports without a name. A folder such as v2 is not the name
// of a package.
func usesImport(file *ast.File, path string) bool {
	return astutil.UsesImport(file, path) || regexp.MustCompile(`/v\d+$`).MatchString(path)
}

// change makes an edit and returns the new text of the file. An import that is no longer used stays for its effects,
// and fmt is imported when the new text uses it.
func (f *place) change(e edit) (text []byte, err error) {
	s, err := e(f)
	if err != nil {
		return nil, err
	}
	from, to := f.fset.Position(s.from).Offset, f.fset.Position(s.to).Offset
	text = []byte(string(f.text[:from]) + s.text + string(f.text[to:]))
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, f.path, text, 0)
	if err != nil {
		return nil, err
	}
	for i := len(file.Imports) - 1; i >= 0; i-- { // from the end, so that offsets stay right
		spec := file.Imports[i]
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if spec.Name == nil && !usesImport(file, path) {
			at := fset.Position(spec.Pos()).Offset
			text = []byte(string(text[:at]) + "_ " + string(text[at:]))
		}
	}
	imported := slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"fmt"` })
	if strings.Contains(s.text, "fmt.") && !imported {
		at := fset.Position(file.Name.End()).Offset
		text = []byte(string(text[:at]) + `; import "fmt"` + string(text[at:]))
	}
	return text, nil
}

// TestEdits: each edit changes its one place, and fails when there is none, or a second one.
func TestEdits(t *testing.T) {
	const before = `package p

import (
	"errors"
	"log"
)

type T struct{ wait, most int }

func (t *T) f(n, limit int) error {
	log.Println("slow", n) // a comment
	switch {
	case n > 1:
		return errors.New("large")
	case n < 0 && limit > 0:
		t.wait = n
	}
	if n == t.most {
		return g(n, 2)
	}
	return nil
}

func g(a, b int) error { return nil }

var rules = []struct {
	Name string
	when func(int) bool
}{{
	Name: "small",
	when: func(n int) bool { return n < 9 },
}, {
	Name: "large",
	when: func(n int) bool { return n > 9 },
}}
`
	tests := []struct {
		name, place string
		edit        edit
		changes     []string // old, new, old, new...; none: the edit fails
	}{
		{"body", "T.f", body("return nil"), []string{
			before[strings.Index(before, "\n\tlog.Pr"):strings.Index(before, "}\n\nfunc g(")], "\nreturn nil\n", `"log"`, `_ "log"`, `"errors"`, `_ "errors"`}},
		{"first", "g", first("a++"), []string{"{ return nil }\n", "{a++; return nil }\n"}},
		{"a new import", "g", first(`fmt.Print("")`), []string{"{ return nil }\n", "{fmt.Print(\"\"); return nil }\n", "package p", `package p; import "fmt"`}},
		{"dropCall", "T.f", dropCall("Println"), []string{`log.Println("slow", n) //`, " //", `"log"`, `_ "log"`}},
		{"call", "T.f", call("g", "(*T)(nil).f($args)"), []string{"g(n, 2)", "(*T)(nil).f(n, 2)"}},
		{"condition", "T.f", condition("most", "$cond || n > 9"), []string{"n == t.most", "n == t.most || n > 9"}},
		{"condition of a case", "T.f", never("limit"), []string{"n < 0 && limit > 0", "false && (n < 0 && limit > 0)"}},
		{"inCase", "T.f", inCase("limit", "return nil"), []string{"\n\t\tt.wait = n", "\nreturn nil\n"}},
		{"assign", "T.f", assign("t.wait", "7"), []string{"t.wait = n", "t.wait = 7"}},
		{"field", "T.f", field("most", "7"), []string{"t.most {", "7 {"}},
		{"literal", "T.f", literal("slow", "fast"), []string{`"slow"`, `"fast"`}},

		{"member of a rule", "rule: large", member("when", "nil"), []string{"func(n int) bool { return n > 9 }", "nil"}},

		{"no such function", "f", body(""), nil},
		{"no such rule", "rule: huge", member("when", "nil"), nil},
		{"no such member", "rule: large", member("then", "nil"), nil},
		{"a rule is no function", "rule: large", body("return nil"), nil},
		{"no such method", "S.f", body(""), nil},
		{"no such call", "T.f", call("h", "0"), nil},
		{"a call that is no statement", "T.f", dropCall("g"), nil},
		{"several conditions", "T.f", never("n"), nil},
		{"several cases", "T.f", inCase("n", ""), nil},
		{"no such assignment", "T.f", assign("wait", "7"), nil},
		{"no such field", "T.f", field("least", "7"), nil},
		{"no such literal", "T.f", literal("lent", "fast"), nil},
		{"what comes out is no Go", "g", body("return return"), nil},
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.go"), []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var text []byte
			f, err := findPlace(dir, tt.place)
			if err == nil {
				text, err = f.change(tt.edit)
			}
			want := before
			for i := 0; i < len(tt.changes); i += 2 {
				want = strings.Replace(want, tt.changes[i], tt.changes[i+1], 1)
			}
			switch {
			case tt.changes == nil && err == nil:
				t.Errorf("there is no error, but\n%s", text)
			case tt.changes != nil && (err != nil || string(text) != want):
				t.Errorf("%v\n%s", err, text)
			}
		})
	}
}
