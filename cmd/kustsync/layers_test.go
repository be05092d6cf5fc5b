package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/kustsync/kustsync/"

// floors is the house of architecture.md: a package imports only packages of lower floors.
var floors = map[string]int{
	"cmd/kustsync":           10,
	"cmd/kustsync/planfile":  9,
	"cmd/kustsync/reference": 9,
	"cmd/kustsync/traces":    9,
	"pipeline/report":        8,
	"pipeline":               7,
	"pipeline/drive":         6,
	"pipeline/render":        5,
	"pipeline/program":       4,
	"pipeline/batch":         2,
	"pipeline/config":        3,
	"pipeline/decide":        2,
	"pipeline/fields":        2,
	"pipeline/index":         1,
	"pipeline/ledger":        0,
	"pipeline/claims":        0,
	"sinks/kustomer":         3,
	"sinks/kustomer/catalog": 2,
	"sinks/kustomer/pace":    2,
	"sinks/kustomer/probe":   4,
	"sinks/kustomer/sandbox": 0,
	"sinks/kustomer/faults":  0,
	"sinks":                  1,
	"sources":                1,
	"sources/sourcetest":     2,
	"sources/workbook":       0,
	"mappings/functions":     3,
	"mappings":               2,
	"mappings/dates":         2,
	"mappings/values":        1,
	"mappings/decimal":       0,

	"sources/workbook/workbooktest": 0,
	"sinks/kustomer/pace/pacetest":  0,
}

// sandboxFloors are the floors of the sandbox's own packages: an island in the island. For the rest of the house all of
// them are on its floor, and only the sandbox itself may be imported.
var sandboxFloors = map[string]int{
	"sinks/kustomer/sandbox":           5,
	"sinks/kustomer/sandbox/resources": 4,
	"sinks/kustomer/sandbox/jobs":      3,
	"sinks/kustomer/sandbox/inject":    2,
	"sinks/kustomer/sandbox/router":    1,
	"sinks/kustomer/sandbox/schema":    0,
	"sinks/kustomer/sandbox/store":     0,
	"sinks/kustomer/sandbox/budget":    0,
	"sinks/kustomer/sandbox/stats":     0,
	"sinks/kustomer/sandbox/wire":      -1,
}

// importers lists the packages that alone may import a package: only cmd knows Kustomer, and only tests the fault server.
// Sandbox and faults are on floor 0, so they share no code with the client.
var importers = map[string][]string{
	"sinks/kustomer":         {"cmd/kustsync", "cmd/kustsync/reference", "sinks/kustomer/probe"},
	"sinks/kustomer/catalog": {"cmd/kustsync", "cmd/kustsync/reference", "sinks/kustomer", "sinks/kustomer/probe"},
	"sinks/kustomer/probe":   {"cmd/kustsync"},
	"sinks/kustomer/sandbox": {"cmd/kustsync"},
	"sinks/kustomer/faults":  {},
	"pipeline/report":        {"cmd/kustsync", "cmd/kustsync/reference"},
	"sources/sourcetest":     {},
	"sources/workbook":       {"sources"},

	"sources/workbook/workbooktest": {},
	"sinks/kustomer/pace/pacetest":  {},
}

// islands are folders whose packages import, of this module, only each other and shared.
var islands = []string{"sources", "mappings", "sinks"}

// shared is the package that every island may import.
const shared = "mappings/decimal"

// wrongImport says why a file of one package may not import another one, "" when it may.
func wrongImport(from, to string, isTest bool) string {
	if from == to {
		return ""
	}
	if floor, ok := sandboxFloors[to]; ok {
		if own, inside := sandboxFloors[from]; inside && floor < own {
			return ""
		} else if inside {
			return to + " is on floor " + strconv.Itoa(floor) + " of the sandbox, not below " + strconv.Itoa(own)
		}
		if to != "sinks/kustomer/sandbox" {
			return "only the sandbox may import " + to
		}
	}
	floor, ok := floors[to]
	if !ok {
		return to + " has no floor"
	}
	if allowed, closed := importers[to]; closed && !slices.Contains(allowed, from) && !isTest {
		return "only " + strings.Join(append(allowed, "tests"), " and ") + " may import " + to
	}
	if isTest && strings.HasPrefix(to, from+"/") {
		return "" // a suite for this package's own tests
	}
	if home := island(from); home != "" && island(to) != home && to != shared {
		return home + " is an island: its packages import only each other and " + shared
	}
	if own, _ := floorOf(from); floor >= own {
		return to + " is on floor " + strconv.Itoa(floor) + ", not below " + strconv.Itoa(own)
	}
	return ""
}

// floorOf is the floor of a package, as the rest of the house sees it.
func floorOf(pkg string) (int, bool) {
	if _, ok := sandboxFloors[pkg]; ok {
		pkg = "sinks/kustomer/sandbox"
	}
	floor, ok := floors[pkg]
	return floor, ok
}

// island names the island that a package is part of, "" when it is of none.
func island(pkg string) string {
	top, _, _ := strings.Cut(pkg, "/")
	if slices.Contains(islands, top) {
		return top
	}
	return ""
}

// TestLayers checks the imports of every Go file of the module.
func TestLayers(t *testing.T) {
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if hidden := strings.HasPrefix(entry.Name(), ".") && name != root; entry.IsDir() && (hidden || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		files++
		rel, err := filepath.Rel(root, name)
		if err == nil {
			checkImports(t, name, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 {
		t.Errorf("only %d Go files were found", files)
	}
}

func checkImports(t *testing.T, name, rel string) {
	t.Helper()
	from := path.Dir(rel)
	if _, ok := floorOf(from); !ok {
		t.Errorf("%s: the folder %s has no floor; give it one in floors of cmd/kustsync/layers_test.go", rel, from)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", rel, err)
		return
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Errorf("%s: %v", rel, err)
			continue
		}
		if to, ours := strings.CutPrefix(imported, module); ours {
			if problem := wrongImport(from, to, strings.HasSuffix(rel, "_test.go")); problem != "" {
				t.Errorf("%s: %s", rel, problem)
			}
		}
	}
}

// TestLayersCanFail checks which imports the rules allow and which they refuse.
func TestLayersCanFail(t *testing.T) {
	tests := []struct {
		from, to string
		isTest   bool
		allowed  bool
	}{
		{"cmd/kustsync", "sinks/kustomer", false, true},
		{"pipeline", "sinks", false, true},
		{"pipeline", "pipeline/ledger", false, true},
		{"pipeline/config", "mappings", false, true},
		{"sinks", "sinks", true, true},
		{"sinks/kustomer", "sinks/kustomer/faults", true, true},
		{"pipeline", "sinks/kustomer/sandbox", true, true},

		{"sources", "sources/sourcetest", true, true},
		{"sources", "sources/workbook", false, true},
		{"sources", "sources/workbook/workbooktest", true, true},
		{"sources", "sources/sourcetest", false, false},
		{"sources/workbook", "sources", false, false},
		{"pipeline", "sources/workbook", false, false},
		{"pipeline", "sources/sourcetest", false, false},
		{"sources", "mappings", false, false},
		{"mappings", "sinks", false, false},
		{"mappings", "mappings/decimal", false, true},
		{"mappings/functions", "mappings", false, true},
		{"mappings", "mappings/functions", false, false},
		{"sinks", "mappings/decimal", false, true},
		{"sources", "mappings/decimal", false, true},
		{"mappings/decimal", "mappings", true, false},
		{"sinks/kustomer", "mappings", false, false},
		{"sources/sourcetest", "sinks", false, false},
		{"pipeline", "sinks/kustomer", false, false},
		{"pipeline/report", "sinks/kustomer", false, false},
		{"pipeline/report", "sinks/kustomer/sandbox", false, false},
		{"sinks/kustomer", "sinks/kustomer/sandbox", false, false},
		{"sinks/kustomer", "sinks/kustomer/faults", false, false},
		{"sinks/kustomer/sandbox", "sinks", false, false},
		{"sinks/kustomer/sandbox", "sinks/kustomer/sandbox/store", false, true},
		{"sinks/kustomer/sandbox/resources", "sinks/kustomer/sandbox/wire", false, true},
		{"sinks/kustomer/sandbox/resources", "sinks/kustomer/sandbox", false, false},
		{"sinks/kustomer/sandbox/store", "sinks/kustomer/sandbox/schema", true, false},
		{"sinks/kustomer/sandbox/store", "sinks", false, false},
		{"sinks/kustomer/sandbox/wire", "mappings/decimal", false, false},
		{"sinks/kustomer", "sinks/kustomer/sandbox/wire", true, false},
		{"cmd/kustsync", "sinks/kustomer/sandbox/wire", false, false},
		{"sinks", "pipeline/ledger", false, false},
		{"pipeline/ledger", "pipeline", true, false},
		{"pipeline/config", "pipeline", false, false},
		{"cmd/kustsync", "util", false, false},
	}
	for _, tt := range tests {
		if problem := wrongImport(tt.from, tt.to, tt.isTest); (problem == "") != tt.allowed {
			t.Errorf("%s may import %s: want %v, and the rules say %q", tt.from, tt.to, tt.allowed, problem)
		}
	}
}
