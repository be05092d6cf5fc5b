package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"golang.org/x/tools/go/packages"
)

// What holds for all code that is not a test.
const (
	maxMethods   = 40  // of a type
	maxCircle    = 15  // files of a package that all depend on each other
	maxFileLines = 400 // unless a comment of the file says "Long because ..."
	maxFuncLines = 60  // unless its first line says "//nolint:funlen // ..."
	maxPaths     = 22  // cyclomatic complexity of a function
)

// An allowance lets one type have more methods, or one package a larger circle, than the limits say. It may only
// fall: TestHouse also fails when a number is below its allowance.
type allowance struct {
	of     string // a package, "pipeline", for its circle; a type, "pipeline.stepRun", for its methods
	number int
	reason string
}

var allowances = []allowance{}

// TestHouse measures every package of the module. With -v it prints a table; `make house` does that.
func TestHouse(t *testing.T) {
	house := loadHouse(t, filepath.Join("..", ".."))
	if len(house) < 10 {
		t.Errorf("only %d packages were found", len(house))
	}
	for _, violation := range houseViolations(house, allowances) {
		t.Error(violation)
	}
	t.Log("\n" + houseTable(house))
}

// loadHouse loads the packages of a module: their syntax and types from source, those that they import from the
// compiler's export data.
func loadHouse(t *testing.T, root string) []housePackage {
	t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	mode := packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo
	fset := token.NewFileSet()
	loaded, err := packages.Load(&packages.Config{Mode: mode, Dir: root, Fset: fset, Context: t.Context()}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	var house []housePackage
	for _, pkg := range loaded {
		for _, err := range pkg.Errors {
			t.Error(err)
		}
		if len(pkg.Syntax) == 0 {
			continue // it has only tests
		}
		dir := filepath.Dir(pkg.GoFiles[0])
		name, err := filepath.Rel(root, dir)
		if err != nil {
			t.Fatal(err)
		}
		var others []*ast.File
		for _, ignored := range pkg.IgnoredFiles {
			if filepath.Ext(ignored) == ".go" && !strings.HasSuffix(ignored, "_test.go") {
				file, err := parser.ParseFile(fset, ignored, nil, parser.ParseComments)
				if err != nil {
					t.Fatal(err)
				}
				others = append(others, file)
			}
		}
		h := measureHouse(filepath.ToSlash(name), fset, pkg.Syntax, others, pkg.TypesInfo)
		h.tests = testLines(t, dir)
		house = append(house, h)
	}
	slices.SortFunc(house, func(a, b housePackage) int { return strings.Compare(a.name, b.name) })
	return house
}

// testLines counts the lines of the test files in a folder.
func testLines(t *testing.T, dir string) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines += bytes.Count(data, []byte("\n"))
	}
	return lines
}

// houseViolations lists what is over a limit without an allowance, and the allowances that differ from what was measured.
func houseViolations(house []housePackage, allowed []allowance) []string {
	var violations []string
	left := map[string]allowance{}
	for _, a := range allowed {
		left[a.of] = a
	}
	check := func(of string, number, limit int, what string) {
		a, ok := left[of]
		delete(left, of)
		switch {
		case number > max(limit, a.number):
			violations = append(violations, fmt.Sprintf("%s: %s, at most %d are allowed", of, what, max(limit, a.number)))
		case ok && number <= limit:
			violations = append(violations, fmt.Sprintf("%s: %s; take its allowance of %d out of house_test.go", of, what, a.number))
		case ok && number < a.number:
			violations = append(violations, fmt.Sprintf("%s: %s; lower its allowance in house_test.go from %d to %d", of, what, a.number, number))
		}
	}
	for _, h := range house {
		check(h.name, len(h.circle), maxCircle, fmt.Sprintf("a circle of %d files (%s)", len(h.circle), strings.Join(h.circle, " ")))
		for _, name := range slices.Sorted(maps.Keys(h.methods)) {
			check(h.name+"."+name, h.methods[name], maxMethods, fmt.Sprintf("%d methods", h.methods[name]))
		}
		violations = append(violations, sizeViolations(h)...)
	}
	for _, of := range slices.Sorted(maps.Keys(left)) {
		violations = append(violations, of+": there is no such package or type; take its allowance out of house_test.go")
	}
	return violations
}

// sizeViolations lists which files and functions of a package are too long or have too many branches.
func sizeViolations(h housePackage) []string {
	var violations []string
	for _, f := range h.files {
		if f.lines > maxFileLines && !f.reason {
			violations = append(violations, fmt.Sprintf("%s has %d lines, at most %d are allowed without a comment %q", f.name, f.lines, maxFileLines, longFile+"..."))
		}
	}
	for _, f := range h.funcs {
		if f.body > maxFuncLines && !f.reason {
			violations = append(violations, fmt.Sprintf("%s: %s has %d lines, at most %d are allowed without %q", f.file, f.name, f.body, maxFuncLines, longFunc+"..."))
		}
		if f.paths > maxPaths {
			violations = append(violations, fmt.Sprintf("%s: %s has a cyclomatic complexity of %d, at most %d are allowed", f.file, f.name, f.paths, maxPaths))
		}
	}
	return violations
}

// houseTable shows what was measured: a line for each package, one for all, and the files of the circles. The column
// "with types" is the largest circle when the types of receivers and fields count too, for comparison.
func houseTable(house []housePackage) string {
	var table, circles strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "package\tfiles\tlines\ttest lines\tcircle\twith types\tmost methods\tfile p50/p90/max\tfunction p50/p90/max\tcomplexity\t")
	line := func(h housePackage, methods string) {
		files, funcs := sizes(h)
		lines, paths := 0, 0
		for _, f := range h.files {
			lines += f.lines
		}
		for _, f := range h.funcs {
			paths = max(paths, f.paths)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t%d\t\n", h.name, len(h.files), lines, h.tests, len(h.circle), h.typed, methods, files, funcs, paths)
	}
	all := housePackage{name: "all"}
	most, of := 0, ""
	for _, h := range house {
		name := mostMethods(h)
		line(h, strings.TrimSpace(fmt.Sprintf("%d %s", h.methods[name], name)))
		if len(h.circle) > 0 {
			fmt.Fprintf(&circles, "%s: %d of %d files depend on each other in a circle: %s\n", h.name, len(h.circle), len(h.files), strings.Join(h.circle, " "))
		}
		all.files = append(all.files, h.files...)
		all.funcs = append(all.funcs, h.funcs...)
		all.tests += h.tests
		all.typed = max(all.typed, h.typed)
		if len(h.circle) > len(all.circle) {
			all.circle = h.circle
		}
		if h.methods[name] > most {
			most, of = h.methods[name], h.name+"."+name
		}
	}
	line(all, fmt.Sprintf("%d %s", most, of))
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return table.String() + "\n" + circles.String()
}

// mostMethods names the type of a package with the most methods, "" when none has any.
func mostMethods(h housePackage) string {
	names := slices.Sorted(maps.Keys(h.methods))
	if len(names) == 0 {
		return ""
	}
	return slices.MaxFunc(names, func(a, b string) int { return cmp.Compare(h.methods[a], h.methods[b]) })
}

// sizes gives the 50th and 90th percentile and the maximum of the lines of files and functions.
func sizes(h housePackage) (files, funcs string) {
	var f, g []int
	for _, file := range h.files {
		f = append(f, file.lines)
	}
	for _, fn := range h.funcs {
		g = append(g, fn.lines)
	}
	return percentiles(f), percentiles(g)
}

func percentiles(lines []int) string {
	if len(lines) == 0 {
		return "-"
	}
	slices.Sort(lines)
	at := func(percent int) int { return lines[(len(lines)*percent+99)/100-1] }
	return fmt.Sprintf("%d/%d/%d", at(50), at(90), at(100))
}

// TestHouseCanFail measures a package that breaks each limit, and checks that every violation is found.
func TestHouseCanFail(t *testing.T) {
	long := strings.Repeat("\tx++\n", maxFuncLines+1)
	branches := strings.Repeat("\tif x > 1 && x < 9 {\n\t\tx++\n\t}\n", maxPaths/2)
	h := measureSource(t, map[string]string{
		// A circle of three: a uses a function of b, b a method that c declares, c a constant of a. d uses e and
		// stays outside; so does f, which a names only as a receiver and in a field.
		"a.go": "package p\ntype T struct{ f F }\nconst k = 1\nfunc (F) inA() { b() }\n",
		"b.go": "package p\nfunc b() { var t T; t.inC() }\n",
		"c.go": "package p\nfunc (T) inC() int { return k }\n",
		"d.go": "package p\nfunc d() { e[int]() }\n",
		"e.go": "package p\nfunc e[X any]() { local := 1; _ = local }\n",
		"f.go": "package p\ntype F struct{}\nfunc (f *F) inF() { f.inA() }\nfunc (f *F) more() {}\n",

		"long.go":     "package p\nfunc long(x int) {\n" + long + "}\n",
		"reason.go":   "package p\nfunc reason(x int) { //nolint:funlen // a table\n" + long + "}\n",
		"branches.go": "package p\nfunc branches(x int) {\n" + branches + "}\n",
		"file.go":     "package p\n" + strings.Repeat("\n", maxFileLines),
		"allowed.go":  "// Long because it is a list.\npackage p\n" + strings.Repeat("\n", maxFileLines),
	})
	if want := []string{"a.go", "b.go", "c.go"}; !slices.Equal(h.circle, want) {
		t.Errorf("the circle is %v, want %v", h.circle, want)
	}
	if h.typed != 4 {
		t.Errorf("counting the types of receivers and fields, %d files are in a circle, want 4", h.typed)
	}
	if h.methods["T"] != 1 || h.methods["F"] != 3 {
		t.Errorf("the types have %v methods, want 1 of T and 3 of F", h.methods)
	}
	want := []string{
		fmt.Sprintf("file.go has %d lines", maxFileLines+1),
		fmt.Sprintf("branches.go: branches has a cyclomatic complexity of %d", maxPaths+1),
		fmt.Sprintf("long.go: long has %d lines", maxFuncLines+1),
	}
	checkViolations(t, houseViolations([]housePackage{h}, nil), want)
}

// TestAllowancesOnlyFall checks that a number above its allowance is a violation, and a number below it too.
func TestAllowancesOnlyFall(t *testing.T) {
	h := housePackage{name: "p", circle: make([]string, maxCircle+3), methods: map[string]int{"T": maxMethods + 3}}
	tests := []struct {
		allowed []allowance
		want    []string
	}{
		{nil, []string{"p: a circle of 18 files", "p.T: 43 methods, at most 40 are allowed"}},
		{[]allowance{{"p", 18, ""}, {"p.T", 43, ""}}, nil},
		{[]allowance{{"p", 17, ""}, {"p.T", 42, ""}}, []string{"p: a circle of 18 files", "p.T: 43 methods, at most 42 are allowed"}},
		{[]allowance{{"p", 19, ""}, {"p.T", 44, ""}}, []string{"p: a circle of 18 files", "p.T: 43 methods; lower its allowance in house_test.go from 44 to 43"}},
		{[]allowance{{"p", 18, ""}, {"p.T", 43, ""}, {"p.U", 41, ""}}, []string{"p.U: there is no such"}},
	}
	for _, tt := range tests {
		checkViolations(t, houseViolations([]housePackage{h}, tt.allowed), tt.want)
	}
	small := housePackage{name: "p", circle: make([]string, maxCircle)}
	checkViolations(t, houseViolations([]housePackage{small}, []allowance{{"p", 18, ""}}), []string{"p: a circle of 15 files"})
}

func checkViolations(t *testing.T, violations, starts []string) {
	t.Helper()
	if !slices.EqualFunc(violations, starts, strings.HasPrefix) {
		t.Errorf("the violations are\n%s\nwant\n%s", strings.Join(violations, "\n"), strings.Join(starts, "\n"))
	}
}

// measureSource measures a package from the text of its files.
func measureSource(t *testing.T, source map[string]string) housePackage {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range slices.Sorted(maps.Keys(source)) {
		file, err := parser.ParseFile(fset, name, source[name], parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	if _, err := (&types.Config{}).Check("p", fset, files, info); err != nil {
		t.Fatal(err)
	}
	return measureHouse("p", fset, files, nil, info)
}
