// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package docs

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// modulePath is what the import paths of all our packages begin with.
const modulePath = "github.com/torsion-go/torsion/"

func isOurs(importPath string) bool { return strings.HasPrefix(importPath, modulePath) }

// An index knows the exported names of packages. Files for all systems count, tests do not.
type index struct {
	root   string
	pkgs   map[string]*pkg     // by import path
	byName map[string][]string // import paths of ours
}

// A pkg has its top-level names. Those of types have members.
type pkg map[string]*object

type object struct {
	members map[string]bool // methods and fields
	from    []ref           // types whose members it has too: embedded ones, and what it is an alias of
}

// A ref names a type.
type ref struct{ pkg, name string }

// indexNames reads the packages below root.
func indexNames(root string) (*index, error) {
	ix := &index{root: root, pkgs: map[string]*pkg{}, byName: map[string][]string{}}
	return ix, walk(root, ".go", func(file string) error {
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		return ix.add(modulePath+filepath.ToSlash(dir), file)
	})
}

// has reports whether name, "package.Name" or "package.Type.Member", exists. What belongs to no package of ours is taken on trust.
func (ix *index) has(name string) bool {
	parts := append(strings.Split(name, "."), "")
	paths := ix.byName[parts[0]]
	for _, p := range paths {
		obj := (*ix.pkgs[p])[parts[1]]
		if obj != nil && (parts[2] == "" || ix.member(ref{p, parts[1]}, parts[2], map[ref]bool{})) {
			return true
		}
	}
	return len(paths) == 0
}

// member reports whether a type has a method or field, also by what it embeds.
func (ix *index) member(r ref, name string, seen map[ref]bool) bool {
	if seen[r] {
		return false
	}
	seen[r] = true
	p := ix.load(r.pkg)
	if p == nil {
		return true // neither ours nor the standard library's
	}
	obj := (*p)[r.name]
	if obj == nil {
		return false
	}
	if obj.members[name] {
		return true
	}
	for _, from := range obj.from {
		if ix.member(from, name, seen) {
			return true
		}
	}
	return false
}

// load returns a package, reading those of the standard library when they are needed first, or nil.
func (ix *index) load(importPath string) *pkg {
	if p, ok := ix.pkgs[importPath]; ok {
		return p
	}
	ix.pkgs[importPath] = nil
	if first, _, _ := strings.Cut(importPath, "/"); strings.Contains(first, ".") {
		return nil
	}
	std, err := build.Import(importPath, "", 0)
	if err != nil {
		return nil
	}
	for _, file := range std.GoFiles {
		if ix.add(importPath, filepath.Join(std.Dir, file)) != nil {
			return nil
		}
	}
	return ix.pkgs[importPath]
}

// add reads one file of a package.
func (ix *index) add(importPath, file string) error {
	if strings.HasSuffix(file, "_test.go") {
		return nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if f.Name.Name == "main" {
		return nil
	}
	if ix.pkgs[importPath] == nil {
		ix.pkgs[importPath] = &pkg{}
		if isOurs(importPath) {
			ix.byName[f.Name.Name] = append(ix.byName[f.Name.Name], importPath)
		}
	}
	p := *ix.pkgs[importPath]
	imports := importsOf(f)
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				p.object(d.Name.Name)
			} else if r, ok := typeRef(d.Recv.List[0].Type, importPath, nil); ok {
				p.object(r.name).members[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					for _, n := range s.Names {
						p.object(n.Name)
					}
				case *ast.TypeSpec:
					p.object(s.Name.Name).addType(s, importPath, imports)
				}
			}
		}
	}
	return nil
}

func (p pkg) object(name string) *object {
	if p[name] == nil {
		p[name] = &object{members: map[string]bool{}}
	}
	return p[name]
}

// addType adds the members that a type's declaration shows.
func (o *object) addType(s *ast.TypeSpec, importPath string, imports map[string]string) {
	var fields []*ast.Field
	switch t := s.Type.(type) {
	case *ast.StructType:
		fields = t.Fields.List
	case *ast.InterfaceType:
		fields = t.Methods.List
	default:
		if s.Assign.IsValid() {
			fields = []*ast.Field{{Type: t}}
		}
	}
	for _, f := range fields {
		for _, n := range f.Names {
			o.members[n.Name] = true
		}
		if r, ok := typeRef(f.Type, importPath, imports); ok && len(f.Names) == 0 {
			o.members[r.name] = true
			o.from = append(o.from, r)
		}
	}
}

// typeRef finds out which type an expression names, without its star and type arguments.
func typeRef(e ast.Expr, importPath string, imports map[string]string) (ref, bool) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeRef(e.X, importPath, imports)
	case *ast.IndexExpr:
		return typeRef(e.X, importPath, imports)
	case *ast.IndexListExpr:
		return typeRef(e.X, importPath, imports)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return ref{imports[x.Name], e.Sel.Name}, true
		}
	case *ast.Ident:
		return ref{importPath, e.Name}, true
	}
	return ref{}, false
}

// importsOf returns the import paths of a file by the names that they have in it, taken to be the last elements of the paths.
func importsOf(f *ast.File) map[string]string {
	imports := map[string]string{}
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = p
	}
	return imports
}
