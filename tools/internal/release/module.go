// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/torsion-go/torsion/tools/internal/layering"
)

// A Module is one of those that are published: go.work lists it, and its folder lies at the top of the repository; or it is one of a few inside of these.
type Module struct {
	Name     string   // its folder, and the beginning of its tags: "core", "core/hosted"
	Path     string   // its module path
	Versions []string // of its tags at or below the tree's commit, lowest first
	Siblings []string // the names of the modules that its packages and tests import
	Change   Change   // since the last tag
}

// A Change says how much of a module differs between its last tag and the tree.
type Change int

const (
	Unchanged  Change = iota
	Aside             // documents, tests and their data
	Code              // what users compile, or what go.mod asks for
	Unreleased        // there is no tag
)

func (c Change) String() string {
	return [...]string{"unchanged", "tests and documents", "code", "never released"}[c]
}

// Last returns the highest released version, or "".
func (m *Module) Last() string {
	if len(m.Versions) == 0 {
		return ""
	}
	return m.Versions[len(m.Versions)-1]
}

// Current returns the version that the tree of the module stands for: the last one where nothing changed since, else a development version above it.
func (m *Module) Current() string {
	if m.Change == Unchanged {
		return m.Last()
	}
	return developmentVersion(m.Last())
}

// Tag returns the name of the tag of a version.
func (m *Module) Tag(version string) string { return m.Name + "/" + version }

// A Repo is a repository of modules that are released one by one.
type Repo struct {
	Root      string
	Go        string    // the go line of go.work
	Workspace []string  // the folders of all modules that go.work lists, those that are not published too
	Modules   []*Module // a module stands behind those that it imports
}

// Open reads the repository at root: its go.work, its tags and what changed since them.
func Open(ctx context.Context, root string) (*Repo, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(root, "go.work"))
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork("go.work", text, nil)
	if err != nil {
		return nil, err
	}
	r := &Repo{Root: root}
	if work.Go != nil {
		r.Go = work.Go.Version
	}
	tags, err := git(ctx, root, "tag", "--list", "--merged", "HEAD") // a branch off an old release goes on from that
	if err != nil {
		return nil, err
	}
	var names []string
	for _, use := range work.Use {
		name := path.Clean(filepath.ToSlash(use.Path))
		r.Workspace = append(r.Workspace, name)
		if !strings.Contains(name, "/") && !strings.HasPrefix(name, ".") { // a module inside another one's folder is not published, but for a few
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("release: %s lists no module at the top of the repository", filepath.Join(root, "go.work"))
	}
	for name := range nested {
		if _, err := os.Stat(filepath.Join(root, name, "go.mod")); err == nil {
			names = append(names, name)
		}
	}
	byName := map[string]*Module{}
	for _, name := range names {
		m := &Module{Name: name, Path: layering.Module + name}
		for tag := range strings.Lines(tags) {
			if v, ok := strings.CutPrefix(strings.TrimSpace(tag), name+"/"); ok && semver.Canonical(v) == v && v != "" {
				m.Versions = append(m.Versions, v)
			}
		}
		semver.Sort(m.Versions)
		if m.Siblings, err = r.siblings(ctx, name); err != nil {
			return nil, err
		}
		if m.Change, err = r.change(ctx, m); err != nil {
			return nil, err
		}
		byName[name] = m
	}
	r.Modules, err = order(byName)
	return r, err
}

// Module returns the module of that name, or nil.
func (r *Repo) Module(name string) *Module {
	for _, m := range r.Modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// sibling returns the module of that path, or nil.
func (r *Repo) sibling(modulePath string) *Module {
	name, ok := strings.CutPrefix(modulePath, layering.Module)
	if !ok {
		return nil
	}
	return r.Module(name)
}

// files returns the files of the tree below a module's folder that belong to the module, relative to the folder: what git knows or would add, and nothing of
// a module inside of it.
func (r *Repo) files(ctx context.Context, name string) ([]string, error) {
	all, err := gitList(ctx, r.Root, "ls-files", "--cached", "--others", "--exclude-standard", "--", name+"/")
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i] = strings.TrimPrefix(all[i], name+"/")
	}
	inner := innerModules(all)
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(file string) bool {
		_, err := os.Lstat(filepath.Join(r.Root, name, file))
		return err != nil || inner.have(file) // deleted, and not yet committed
	}), nil
}

// folders are those of the modules inside of a module, relative to its own.
type folders map[string]bool

// innerModules finds the folders with a go.mod among the files of a module.
func innerModules(files []string) folders {
	inner := folders{}
	for _, name := range files {
		if dir, file := path.Split(name); file == "go.mod" && dir != "" {
			inner[path.Clean(dir)] = true
		}
	}
	return inner
}

// have says whether a file lies in one of them.
func (f folders) have(file string) bool {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if f[dir] {
			return true
		}
	}
	return false
}

// siblings returns the names of the modules that Go files of a module import, for any system.
func (r *Repo) siblings(ctx context.Context, name string) ([]string, error) {
	files, err := r.files(ctx, name)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, file := range files {
		if !strings.HasSuffix(file, ".go") || skipped(file) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(r.Root, name, file), nil, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, imp := range f.Imports {
			p, _ := strconv.Unquote(imp.Path.Value)
			rest, ours := strings.CutPrefix(p, layering.Module)
			if to := owner(rest); ours && to != name {
				found[to] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// skipped says whether the go command takes no notice of a file for its folder's name.
func skipped(file string) bool {
	for _, part := range strings.Split(file, "/") {
		if part == "testdata" || part[0] == '_' || part[0] == '.' {
			return true
		}
	}
	return false
}

// order sorts modules so that each stands behind those it imports, and by name besides.
func order(byName map[string]*Module) ([]*Module, error) {
	var sorted []*Module
	state := map[string]int{} // 1: being looked at, 2: sorted
	var visit func(name string) error
	visit = func(name string) error {
		m := byName[name]
		if m == nil || state[name] == 2 {
			return nil
		}
		if state[name] == 1 {
			return fmt.Errorf("release: module %s imports itself by way of others", name)
		}
		state[name] = 1
		for _, s := range m.Siblings {
			if err := visit(s); err != nil {
				return err
			}
		}
		state[name] = 2
		sorted = append(sorted, m)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if err := visit(name); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}
