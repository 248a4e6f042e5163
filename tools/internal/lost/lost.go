// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package lost finds tests that drop a Deferred, so that nobody waits for what it stands for: the test may be over before.
//
// A statement in a function that takes a *testing.T, *testing.B, *testing.F, testing.TB or *trial.Case, in a file of tests, is reported if it is a call that returns a *deferred.Deferred, unless the call only adds a
// callback to a Deferred that a variable holds. An assignment to _ says that it is meant.
package lost

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

const module = "github.com/torsion-go/torsion/"

// Analyzer is the check, for go vet.
var Analyzer = &analysis.Analyzer{
	Name: "lostdeferred",
	Doc:  "report tests that drop a Deferred, for which nobody waits then",
	URL:  "https://pkg.go.dev/" + module + "tools/cmd/deferredvet",
	Run:  run,
}

func run(pass *analysis.Pass) (any, error) {
	for _, f := range pass.Files {
		if !strings.HasSuffix(pass.Fset.Position(f.Pos()).Filename, "_test.go") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch fn := n.(type) {
			case *ast.FuncDecl:
				if fn.Body != nil && isTest(pass, fn.Type) {
					check(pass, fn.Body)
				}
			case *ast.FuncLit:
				if isTest(pass, fn.Type) {
					check(pass, fn.Body)
				}
			}
			return true
		})
	}
	return nil, nil
}

// isTest reports whether a function takes what a test does.
func isTest(pass *analysis.Pass, fn *ast.FuncType) bool {
	for _, field := range fn.Params.List {
		switch types.TypeString(pass.TypesInfo.TypeOf(field.Type), nil) {
		case "*testing.T", "*testing.B", "*testing.F", "testing.TB", "*" + module + "trial.Case":
			return true
		}
	}
	return false
}

// check looks at the statements of a test itself; those of functions inside of it run when the reactor calls them, or are tests of their own.
func check(pass *analysis.Pass, body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.GoStmt, *ast.DeferStmt:
			return false
		case *ast.ExprStmt:
			call, ok := ast.Unparen(n.X).(*ast.CallExpr)
			if ok && isDeferred(pass.TypesInfo.TypeOf(call)) && !onVariable(pass, call) {
				pass.Reportf(n.Pos(), "the Deferred of %s is dropped, and the test does not wait for it: use trial.Must, trial.Await or trial.CleanupD", name(call))
			}
		}
		return true
	})
}

// isDeferred reports whether it is a *deferred.Deferred of whatever type.
func isDeferred(t types.Type) bool {
	p, ok := t.(*types.Pointer)
	if !ok {
		return false
	}
	n, ok := p.Elem().(*types.Named)
	return ok && n.Obj().Name() == "Deferred" && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == module+"core/deferred"
}

// onVariable reports whether the call is a method of a Deferred, after others maybe, that something else than a call holds.
func onVariable(pass *analysis.Pass, call *ast.CallExpr) bool {
	for {
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || !isDeferred(pass.TypesInfo.TypeOf(sel.X)) {
			return false
		}
		inner, ok := ast.Unparen(sel.X).(*ast.CallExpr)
		if !ok {
			return true
		}
		call = inner
	}
}

// name returns the name of what is called.
func name(call *ast.CallExpr) string {
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	case *ast.IndexExpr:
		return name(&ast.CallExpr{Fun: f.X})
	}
	return "a function"
}
