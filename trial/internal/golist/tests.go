// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package golist

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Func is a test in the source: a function of package testing's kinds.
type Func struct {
	Name string
	File string
	Line int
}

// Tests returns the tests, fuzz targets and examples with output of test files, in the order in which package testing runs them. Files that can't be parsed have none, as they do not
// compile. TestMain is none.
func Tests(files []string) []Func {
	var tests, fuzz, examples []Func
	fset := token.NewFileSet()
	for _, file := range files {
		f, err := parser.ParseFile(fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil {
				continue
			}
			found := Func{Name: fn.Name.Name, File: file, Line: fset.Position(fn.Pos()).Line}
			switch {
			case isTest(found.Name, "Test") && takes(fn, "T"):
				tests = append(tests, found)
			case isTest(found.Name, "Fuzz") && takes(fn, "F"):
				fuzz = append(fuzz, found)
			}
		}
		all := doc.Examples(f)
		slices.SortFunc(all, func(a, b *doc.Example) int { return a.Order - b.Order })
		for _, ex := range all {
			if ex.Output != "" || ex.EmptyOutput {
				examples = append(examples, Func{Name: "Example" + ex.Name, File: file, Line: fset.Position(ex.Code.Pos()).Line})
			}
		}
	}
	return slices.Concat(tests, fuzz, examples)
}

// isTest reports whether name is prefix and something that does not begin with a lower case letter.
func isTest(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !unicode.IsLower(r)
}

// takes reports whether the function's one parameter is *testing.X, by whatever name testing is imported.
func takes(fn *ast.FuncDecl, x string) bool {
	if fn.Type.Results.NumFields() > 0 || fn.Type.Params.NumFields() != 1 || fn.Type.TypeParams.NumFields() > 0 {
		return false
	}
	ptr, ok := fn.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	switch at := ptr.X.(type) {
	case *ast.Ident:
		return at.Name == x
	case *ast.SelectorExpr:
		return at.Sel.Name == x
	}
	return false
}
