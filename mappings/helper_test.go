package mappings_test

import (
	"testing"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/functions"
)

// mapRow is a Row in a map.
type mapRow map[string]any

func (r mapRow) Get(column string) any  { return r[column] }
func (r mapRow) Object() map[string]any { return r }

// compileText is mappings.CompileText with the functions that users have.
func compileText(text mappings.Text, o mappings.Options) (*mappings.Expr, []mappings.Diagnostic) {
	o.Functions = functions.Table()
	return mappings.CompileText(text, o)
}

// compile is mappings.Compile with the functions that users have.
func compile(n mappings.Node, o mappings.Options) (*mappings.Mapping, []mappings.Diagnostic) {
	o.Functions = functions.Table()
	return mappings.Compile(n, o)
}

// mustCompile compiles a mapping that has nothing wrong.
func mustCompile(t testing.TB, n mappings.Node, o mappings.Options) *mappings.Mapping {
	t.Helper()
	m, diagnostics := compile(n, o)
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	return m
}
