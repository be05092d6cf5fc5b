package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// A comment with longFile at the top level of a file, and one with longFunc in the first line of a function, which
// the linter reads too, allow them to be longer than the limit. The reason follows.
const (
	longFile = "Long because "
	longFunc = "//nolint:funlen // "
)

// A housePackage is what was measured of one package: its non-test files. The circle is that of the build for this
// machine; sizes are measured in the files of other builds too.
type housePackage struct {
	name    string // the folder, from the root of the module
	files   []houseFile
	funcs   []houseFunc
	circle  []string       // the files of its largest circle, sorted; empty when there is none
	typed   int            // how large that is when the types of receivers and struct fields count too
	methods map[string]int // by the name of the type that has them; interfaces are left out
	tests   int            // lines of its test files
}

type houseFile struct {
	name   string
	lines  int
	reason bool // a comment says why it is long
}

type houseFunc struct {
	name   string // with its receiver's type: "Server.find"
	file   string
	lines  int // from "func" to the closing brace
	body   int // those between the two without comments, which the linter counts
	paths  int // cyclomatic complexity: 1 + branches, cases, && and ||
	reason bool
}

// measureHouse measures a package from its syntax trees and from what their identifiers use, info.Uses. Files in
// others belong to builds for other machines: they have no types.
func measureHouse(name string, fset *token.FileSet, files, others []*ast.File, info *types.Info) housePackage {
	h := housePackage{name: name, methods: map[string]int{}}
	for _, file := range slices.Concat(files, others) {
		h.files = append(h.files, measureFile(fset, file))
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok {
				f := measureFunc(fset, file, fn)
				h.funcs = append(h.funcs, f)
				if fn.Recv != nil {
					h.methods[strings.TrimSuffix(f.name, "."+fn.Name.Name)]++
				}
			}
		}
	}
	h.circle = largestCircle(fileUses(fset, files, info, false))
	h.typed = len(largestCircle(fileUses(fset, files, info, true)))
	return h
}

// measureFile measures one file.
func measureFile(fset *token.FileSet, file *ast.File) houseFile {
	f := houseFile{name: fileOf(fset, file.Pos()), lines: fset.File(file.Pos()).LineCount()}
	for _, group := range file.Comments {
		inside := slices.ContainsFunc(file.Decls, func(d ast.Decl) bool { return d.Pos() <= group.Pos() && group.End() <= d.End() })
		ofDecl := slices.ContainsFunc(file.Decls, func(d ast.Decl) bool { fn, ok := d.(*ast.FuncDecl); return ok && fn.Doc == group })
		if !inside && !ofDecl && strings.Contains(group.Text(), longFile) {
			f.reason = true
		}
	}
	return f
}

// measureFunc measures one function.
func measureFunc(fset *token.FileSet, file *ast.File, fn *ast.FuncDecl) houseFunc {
	f := houseFunc{name: fn.Name.Name, file: fileOf(fset, fn.Pos()), paths: 1}
	if fn.Recv != nil {
		f.name = receiverType(fn.Recv.List[0].Type) + "." + f.name
	}
	first, last := lineOf(fset, fn.Type.Pos()), lineOf(fset, fn.End())
	f.lines, f.body = last-first+1, last-first-1
	for _, group := range file.Comments {
		if group.Pos() < fn.Type.Pos() || group.End() > fn.End() {
			continue
		}
		f.body -= lineOf(fset, group.End()) - lineOf(fset, group.Pos()) + 1
		if text := group.List[0].Text; lineOf(fset, group.Pos()) == first && strings.HasPrefix(text, longFunc) && len(text) > len(longFunc) {
			f.reason = true
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			f.paths++
		case *ast.CaseClause:
			f.paths += min(len(n.List), 1)
		case *ast.CommClause:
			if n.Comm != nil {
				f.paths++
			}
		case *ast.BinaryExpr:
			if n.Op == token.LAND || n.Op == token.LOR {
				f.paths++
			}
		}
		return true
	})
	return f
}

// receiverType is the name of the type that a method belongs to.
func receiverType(expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.StarExpr:
		return receiverType(expr.X)
	case *ast.IndexExpr:
		return receiverType(expr.X)
	case *ast.IndexListExpr:
		return receiverType(expr.X)
	case *ast.Ident:
		return expr.Name
	}
	return "?"
}

// fileUses says for each file of a package which other files of it declare a package-level name or a method that the
// file uses. The types of receivers and of struct fields count only if typed.
func fileUses(fset *token.FileSet, files []*ast.File, info *types.Info, typed bool) map[string]map[string]bool {
	uses := map[string]map[string]bool{}
	for _, file := range files {
		from := fileOf(fset, file.Pos())
		uses[from] = map[string]bool{}
		visit := func(n ast.Node) bool {
			ident, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			if to := declaredIn(fset, info, ident); to != "" && to != from {
				uses[from][to] = true
			}
			return true
		}
		for _, decl := range file.Decls {
			inspectUses(decl, typed, visit)
		}
	}
	for _, of := range uses {
		for to := range of {
			if uses[to] == nil {
				delete(of, to) // a file of another package
			}
		}
	}
	return uses
}

// inspectUses walks a declaration; its receiver and the types of struct fields only if typed.
func inspectUses(decl ast.Decl, typed bool, visit func(ast.Node) bool) {
	skip := map[ast.Node]bool{}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil {
				skip[n.Recv] = !typed
			}
		case *ast.StructType:
			skip[n.Fields] = !typed
		}
		return n != nil && !skip[n] && visit(n)
	})
}

// declaredIn names the file that declares what an identifier uses, "" for what is neither a package-level name nor a
// method. A name that another package declares gets that package's file, which the caller does not know.
func declaredIn(fset *token.FileSet, info *types.Info, ident *ast.Ident) string {
	obj := info.Uses[ident]
	if obj == nil || obj.Pkg() == nil {
		return ""
	}
	if fn, ok := obj.(*types.Func); ok {
		obj = fn.Origin()
	} else if obj.Parent() != obj.Pkg().Scope() {
		return ""
	}
	if _, imported := obj.(*types.PkgName); imported {
		return ""
	}
	return fset.Position(obj.Pos()).Filename
}

// largestCircle finds the largest set of files that all depend on each other, directly or through others.
func largestCircle(uses map[string]map[string]bool) []string {
	var largest []string
	reached := map[string]map[string]bool{}
	for from := range uses {
		reached[from] = reachable(uses, from)
	}
	for from := range uses {
		var circle []string
		for to := range reached[from] {
			if reached[to][from] {
				circle = append(circle, filepath.Base(to))
			}
		}
		slices.Sort(circle)
		if len(circle) > len(largest) || len(circle) == len(largest) && slices.Compare(circle, largest) < 0 {
			largest = circle
		}
	}
	return largest
}

// reachable is the set of files that a file depends on, directly or through others.
func reachable(uses map[string]map[string]bool, from string) map[string]bool {
	seen := map[string]bool{}
	for next := []string{from}; len(next) > 0; {
		at := next[len(next)-1]
		next = next[:len(next)-1]
		for to := range uses[at] {
			if !seen[to] {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	return seen
}

func fileOf(fset *token.FileSet, pos token.Pos) string { return fset.Position(pos).Filename }
func lineOf(fset *token.FileSet, pos token.Pos) int    { return fset.Position(pos).Line }
