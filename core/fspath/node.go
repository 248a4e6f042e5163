// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fspath

import (
	"fmt"
	"io"
	"io/fs"
	"path"
)

// A Node is a file or directory that can be looked at: a [Path], or one [In] an fs.FS. Twisted: IFilePath.
type Node interface {
	Base() string
	Stat() (fs.FileInfo, error)
	Exists() bool
	IsDir() bool
	IsFile() bool
	Open() (fs.File, error)
	Content() ([]byte, error)
}

var (
	_ Node = Path{}
	_ Node = FSPath{}
)

// MaxContent is how much FSPath.Content returns at most, in bytes: a small archive can hold much more.
const MaxContent = 64 << 20

// An FSPath is a name within an fs.FS. It is immutable.
type FSPath struct {
	fsys fs.FS
	name string
}

// In returns the root of fsys: In(zipReader) that of a zip archive, In(os.DirFS(dir)) or In(root.FS()) that of a directory. Twisted: ZipArchive.
func In(fsys fs.FS) FSPath { return FSPath{fsys, "."} }

// Child returns the path of name within the directory p. name must be one name: without a slash, and not "." or "..".
func (p FSPath) Child(name string) (FSPath, error) {
	if name == "." || path.Base(name) != name || !fs.ValidPath(name) {
		return FSPath{}, &InsecureError{p.name, name}
	}
	return FSPath{p.fsys, path.Join(p.name, name)}, nil
}

// Parent returns the directory of p; that of the root is the root.
func (p FSPath) Parent() FSPath { return FSPath{p.fsys, path.Dir(p.name)} }

// String returns the name within the file system, "." for its root.
func (p FSPath) String() string { return p.name }

// Base returns the last name of the path.
func (p FSPath) Base() string { return path.Base(p.name) }

// Stat returns what is known of the file.
func (p FSPath) Stat() (fs.FileInfo, error) { return fs.Stat(p.fsys, p.name) }

// Exists reports whether there is a file or a directory.
func (p FSPath) Exists() bool { return is(p, func(fs.FileInfo) bool { return true }) }

// IsDir reports whether there is a directory.
func (p FSPath) IsDir() bool { return is(p, fs.FileInfo.IsDir) }

// IsFile reports whether there is a regular file.
func (p FSPath) IsFile() bool {
	return is(p, func(i fs.FileInfo) bool { return i.Mode().IsRegular() })
}

// Open opens the file for reading.
func (p FSPath) Open() (fs.File, error) { return p.fsys.Open(p.name) }

// Content returns what is in the file, up to MaxContent.
func (p FSPath) Content() ([]byte, error) {
	f, err := p.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxContent+1))
	if err == nil && len(b) > MaxContent {
		return nil, fmt.Errorf("fspath: %s is longer than %d bytes", p.name, MaxContent)
	}
	return b, err
}

// Children returns what is in the directory, sorted by name.
func (p FSPath) Children() ([]FSPath, error) {
	entries, err := fs.ReadDir(p.fsys, p.name)
	if err != nil {
		return nil, err
	}
	children := make([]FSPath, len(entries))
	for i, e := range entries {
		children[i] = FSPath{p.fsys, path.Join(p.name, e.Name())}
	}
	return children, nil
}
