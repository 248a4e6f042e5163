// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/golist"
)

// changedFiles returns the files that differ from a git revision, those that git does not know yet included, as absolute paths.
func changedFiles(ctx context.Context, dir, rev string) ([]string, error) {
	if strings.HasPrefix(rev, "-") {
		return nil, usage("%q is no git revision", rev)
	}
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	root := strings.TrimRight(top, "\r\n")
	changed, err := git(ctx, root, "diff", "--name-only", "--no-renames", "-z", rev, "--")
	if err != nil {
		return nil, err
	}
	untracked, err := git(ctx, root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	var files []string
	for name := range strings.SplitSeq(changed+untracked, "\x00") {
		if name != "" {
			files = append(files, filepath.Join(root, filepath.FromSlash(name)))
		}
	}
	return files, nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", usage("--since needs git, which is not here")
		}
		return "", usage("git %s: %v: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// A graph knows which packages a package's tests are made of.
type graph struct {
	dirs    map[string]string   // of packages, by folder
	modules []string            // folders with a go.mod
	tests   map[string][]string // all that the tests of a package need, itself included
}

// graph asks for the dependencies of the packages of the run.
func (r *run) graph(ctx context.Context) (*graph, error) {
	var paths []string
	for _, p := range r.packages {
		paths = append(paths, p.ImportPath)
	}
	g := &graph{dirs: map[string]string{}, tests: map[string][]string{}}
	if len(paths) == 0 {
		return g, nil
	}
	all, _, err := golist.List(ctx, r.cfg.Dir, append(r.cfg.listFlags(), "-deps", "-test"), paths...)
	if err != nil {
		return nil, fmt.Errorf("runner: %w", err)
	}
	modules := map[string]bool{}
	for _, p := range all {
		if p.Standard {
			continue
		}
		path, _, _ := strings.Cut(p.ImportPath, " ") // "a [b.test]" is a as the tests of b need it
		if p.Dir != "" && !strings.HasSuffix(path, ".test") {
			g.dirs[p.Dir] = strings.TrimSuffix(path, "_test")
		}
		if p.Module != nil && p.Module.Dir != "" {
			modules[p.Module.Dir] = true
		}
		name := strings.TrimSuffix(path, ".test")
		g.tests[name] = append(g.tests[name], name)
		for _, dep := range p.Deps {
			dep, _, _ = strings.Cut(dep, " ")
			g.tests[name] = append(g.tests[name], strings.TrimSuffix(dep, "_test"))
		}
	}
	for dir := range modules {
		g.modules = append(g.modules, dir)
	}
	return g, nil
}

// touched returns the packages that files belong to, and those whose tests need them. A file without a package, as in testdata, is that of the next folder above that has one; the files
// of a module itself belong to all packages in it.
func (g *graph) touched(files []string) map[string]bool {
	changed := map[string]bool{}
	for _, file := range files {
		dir := filepath.Dir(file)
		switch filepath.Base(file) {
		case "go.mod", "go.sum", "go.work", "go.work.sum":
			for at, pkg := range g.dirs {
				if at == dir || strings.HasPrefix(at, dir+string(filepath.Separator)) {
					changed[pkg] = true
				}
			}
			continue
		}
		for {
			if pkg, ok := g.dirs[dir]; ok {
				changed[pkg] = true
				break
			}
			up := filepath.Dir(dir)
			if up == dir || g.isModule(dir) {
				break
			}
			dir = up
		}
	}
	touched := map[string]bool{}
	for name, deps := range g.tests {
		for _, dep := range deps {
			if changed[dep] {
				touched[name] = true
			}
		}
	}
	return touched
}

func (g *graph) isModule(dir string) bool {
	for _, m := range g.modules {
		if m == dir {
			return true
		}
	}
	return false
}
