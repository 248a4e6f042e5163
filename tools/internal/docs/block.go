// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// parseBlock parses Go: a whole file, declarations, or statements. It returns the names that the block takes from packages, without those whose package it imports
// from elsewhere.
func parseBlock(src string) (used []string, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, 0)
	if err != nil && (f == nil || !f.Package.IsValid()) {
		f, err = parser.ParseFile(token.NewFileSet(), "", "package p;"+src, 0)
		if err != nil {
			var asStatements error
			if f, asStatements = parser.ParseFile(token.NewFileSet(), "", "package p; func _() {"+src+"\n}", 0); asStatements == nil {
				err = nil
			}
		}
	}
	if err != nil {
		return nil, err
	}
	imports := importsOf(f)
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !sel.Sel.IsExported() {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok || x.Obj != nil { // a variable of the block
			return true
		}
		if from, imported := imports[x.Name]; imported && !isOurs(from) {
			return true
		}
		used = append(used, x.Name+"."+sel.Sel.Name)
		return true
	})
	return used, nil
}
