// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/zip"
)

// A proxy is a folder in the layout that GOPROXY=file://... reads: PATH/@v/VERSION.info, .mod and .zip, and a list of the versions.
type proxy struct {
	dir string
	has map[module.Version]bool
}

// add writes a version of a module, whose zip file write makes.
func (p *proxy) add(v module.Version, at time.Time, write func(io.Writer) error) error {
	escaped, err := module.EscapePath(v.Path)
	if err != nil {
		return err
	}
	dir := filepath.Join(p.dir, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	base := filepath.Join(dir, v.Version)
	f, err := os.Create(base + ".zip")
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("release: packing %s: %w", v, err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	mod, err := readZip(base+".zip", v, "go.mod")
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{v.Version, at.UTC()})
	if err != nil {
		return err
	}
	if err := os.WriteFile(base+".mod", mod, 0o666); err != nil {
		return err
	}
	if err := os.WriteFile(base+".info", info, 0o666); err != nil {
		return err
	}
	p.has[v] = true
	var versions []string
	for have := range p.has {
		if have.Path == v.Path {
			versions = append(versions, have.Version)
		}
	}
	semver.Sort(versions)
	var list []byte
	for _, version := range versions {
		list = append(list, version+"\n"...)
	}
	return os.WriteFile(filepath.Join(dir, "list"), list, 0o666)
}

// zip returns the zip file of a version that the proxy has.
func (p *proxy) zip(v module.Version) string {
	escaped, err := module.EscapePath(v.Path)
	if err != nil {
		panic("release: " + err.Error()) // add has escaped it before
	}
	return filepath.Join(p.dir, filepath.FromSlash(escaped), "@v", v.Version+".zip")
}

// addTag packs a released version as git has it at its tag, and those of its siblings that it requires.
func (s *Scratch) addTag(ctx context.Context, m *Module, version string) error {
	v := module.Version{Path: m.Path, Version: version}
	if s.proxy.has[v] {
		return nil
	}
	date, err := git(ctx, s.repo.Root, "log", "-1", "--format=%cI", m.Tag(version), "--")
	if err != nil {
		return fmt.Errorf("release: there is no tag %s: %w", m.Tag(version), err)
	}
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		return err
	}
	err = s.proxy.add(v, at, func(w io.Writer) error { return zip.CreateFromVCS(w, v, s.repo.Root, m.Tag(version), m.Name) })
	if err != nil {
		return err
	}
	text, err := readZip(s.proxy.zip(v), v, "go.mod")
	if err != nil {
		return err
	}
	f, err := modfile.ParseLax(m.Name+"/go.mod", text, nil)
	if err != nil {
		return err
	}
	return s.addRequired(ctx, m, f)
}

// addRequired packs the releases of siblings that a go.mod names.
func (s *Scratch) addRequired(ctx context.Context, m *Module, f *modfile.File) error {
	for _, req := range f.Require {
		sibling := s.repo.sibling(req.Mod.Path)
		if sibling == nil || s.proxy.has[req.Mod] {
			continue
		}
		if err := s.addTag(ctx, sibling, req.Mod.Version); err != nil {
			return fmt.Errorf("release: %s requires %s %s: %w", m.Name, sibling.Name, req.Mod.Version, err)
		}
	}
	return nil
}

// A treeFile is a file to be packed.
type treeFile struct{ root, name string }

func (f treeFile) Path() string                 { return f.name }
func (f treeFile) Lstat() (os.FileInfo, error)  { return os.Lstat(filepath.Join(f.root, f.name)) }
func (f treeFile) Open() (io.ReadCloser, error) { return os.Open(filepath.Join(f.root, f.name)) }

// unpackTree puts what a zip of the module's tree holds into dir.
func (s *Scratch) unpackTree(ctx context.Context, m *Module, dir string) error {
	names, err := s.repo.files(ctx, m.Name)
	if err != nil {
		return err
	}
	var files []zip.File
	for _, name := range names {
		files = append(files, treeFile{filepath.Join(s.repo.Root, m.Name), name})
	}
	raw, err := os.CreateTemp(s.dir, "tree-*.zip")
	if err != nil {
		return err
	}
	defer os.Remove(raw.Name())
	defer raw.Close()
	v := module.Version{Path: m.Path, Version: m.Current()}
	if err := zip.Create(raw, v, files); err != nil {
		return fmt.Errorf("release: packing the tree of %s: %w", m.Name, err)
	}
	return unpack(dir, v, raw.Name())
}
