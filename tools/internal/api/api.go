// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package api writes down the exported surface of a module, for its api.txt: a change to it is then seen as one.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

type goPackage struct {
	Dir        string
	ImportPath string
	Name       string
	GoFiles    []string
	Module     struct{ Path, Dir string }
}

// Surfaces returns the text of api.txt for each module of the workspace at root that has public packages, by the module's folder. It shows the surface on
// Linux. env is added to the environment.
func Surfaces(ctx context.Context, root string, env ...string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-json=Dir,ImportPath,Name,GoFiles,Module", "github.com/torsion-go/torsion/...")
	cmd.Dir = root
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	cmd.Env = slices.Concat(os.Environ(), env, []string{"GOOS=linux", "GOARCH=amd64", "GOWORK=" + filepath.Join(abs, "go.work")}) // also where the environment turns workspaces off
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, errs.String())
	}
	texts := map[string]string{}
	dec := json.NewDecoder(&out)
	for {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return texts, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Name == "main" || slices.Contains(strings.Split(p.ImportPath, "/"), "internal") {
			continue
		}
		text, err := surface(p)
		if err != nil {
			return nil, err
		}
		if text != "" {
			texts[p.Module.Dir] += text
		}
	}
}

// surface returns the exported declarations of a package, without comments and bodies. go list gives the packages in order, go/doc their parts.
func surface(p goPackage) (string, error) {
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		files = append(files, f)
	}
	d, err := doc.NewFromFiles(set, files, p.ImportPath)
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	show := func(decl ast.Node) {
		printer.Fprint(&text, set, decl)
		text.WriteByte('\n')
	}
	values := func(vs []*doc.Value) {
		for _, v := range vs {
			show(v.Decl)
		}
	}
	funcs := func(fs []*doc.Func) {
		for _, f := range fs {
			f.Decl.Body = nil
			show(f.Decl)
		}
	}
	values(d.Consts)
	values(d.Vars)
	funcs(d.Funcs)
	for _, t := range d.Types {
		show(t.Decl)
		values(t.Consts)
		values(t.Vars)
		funcs(t.Funcs)
		funcs(t.Methods)
	}
	if text.Len() == 0 {
		return "", nil
	}
	return "# " + p.ImportPath + "\n\n" + text.String() + "\n", nil
}

// Check compares the surface of each module of the workspace at root with its api.txt, and returns a text for each that differs. env is added to the environment.
func Check(ctx context.Context, root string, env ...string) ([]string, error) {
	texts, err := Surfaces(ctx, root, env...)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, dir := range slices.Sorted(maps.Keys(texts)) {
		path := filepath.Join(dir, "api.txt")
		got, err := os.ReadFile(path)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%v: run go test ./tools/internal/api -update", err))
		} else if string(got) != texts[dir] {
			wrong = append(wrong, fmt.Sprintf("the exported surface is not that of %s any more:\n%s\nIf that is meant, run go test ./tools/internal/api -update and name it in CHANGELOG.md.", path, difference(string(got), texts[dir])))
		}
	}
	return wrong, nil
}

// difference lists the lines that only one of the two has.
func difference(old, now string) string {
	var b strings.Builder
	only := func(mark, a, other string) {
		have := map[string]int{}
		for line := range strings.Lines(other) {
			have[line]++
		}
		for line := range strings.Lines(a) {
			if have[line]--; have[line] < 0 {
				b.WriteString(mark + line)
			}
		}
	}
	only("- ", old, now)
	only("+ ", now, old)
	return b.String()
}
