// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fspath

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// A LinkError ends a walk that met a symbolic link to a directory above itself. Twisted: LinkError.
type LinkError struct {
	Path   string // the link
	Target string // where it leads
}

// Error tells both.
func (e *LinkError) Error() string {
	return fmt.Sprintf("fspath: the link %q leads back to %q", e.Path, e.Target)
}

// Stat returns what is known of the file, behind symbolic links.
func (p Path) Stat() (fs.FileInfo, error) { return os.Stat(p.name) }

// Exists reports whether there is a file, or a directory, behind symbolic links.
func (p Path) Exists() bool { return is(p, func(fs.FileInfo) bool { return true }) }

// IsDir reports whether there is a directory, behind symbolic links.
func (p Path) IsDir() bool { return is(p, fs.FileInfo.IsDir) }

// IsFile reports whether there is a regular file, behind symbolic links.
func (p Path) IsFile() bool {
	return is(p, func(i fs.FileInfo) bool { return i.Mode().IsRegular() })
}

// IsLink reports whether p is a symbolic link. Twisted: islink.
func (p Path) IsLink() bool {
	info, err := os.Lstat(p.name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func is(n interface{ Stat() (fs.FileInfo, error) }, what func(fs.FileInfo) bool) bool {
	info, err := n.Stat()
	return err == nil && what(info)
}

// RealPath returns the path without symbolic links. Twisted: realpath.
func (p Path) RealPath() (Path, error) {
	name, err := filepath.EvalSymlinks(p.name)
	if err != nil {
		return Path{}, fmt.Errorf("fspath: %w", err)
	}
	return Path{name}, nil
}

// Children returns what is in the directory, sorted by name.
func (p Path) Children() ([]Path, error) {
	entries, err := os.ReadDir(p.name)
	if err != nil {
		return nil, fmt.Errorf("fspath: %w", err)
	}
	children := make([]Path, len(entries))
	for i, e := range entries {
		children[i] = Path{filepath.Join(p.name, e.Name())}
	}
	return children, nil
}

// Glob returns the children whose names match a pattern of path.Match. Twisted: globChildren.
func (p Path) Glob(pattern string) ([]Path, error) {
	all, err := p.Children()
	if err != nil {
		return nil, err
	}
	var match []Path
	for _, c := range all {
		ok, err := filepath.Match(pattern, c.Base())
		if err != nil {
			return nil, fmt.Errorf("fspath: the pattern %q: %w", pattern, err)
		}
		if ok {
			match = append(match, c)
		}
	}
	return match, nil
}

// SiblingExtensionSearch returns the first of the siblings with the given extensions that exists: "" stands for p itself, ".*" for any extension.
// Twisted: siblingExtensionSearch.
func (p Path) SiblingExtensionSearch(exts ...string) (Path, bool) {
	for _, ext := range exts {
		if ext == ".*" || ext == "*" {
			all, _ := p.Parent().Children()
			for _, c := range all {
				if strings.HasPrefix(c.Base(), p.Base()+".") {
					return c, true
				}
			}
			continue
		}
		if s, err := p.SiblingExtension(ext); err == nil && s.Exists() {
			return s, true
		}
	}
	return Path{}, false
}

// Walk goes through p and all below it, each directory before what is in it. It follows symbolic links to directories; one that leads back to where the walk came
// through is a LinkError. descend, if not nil, tells which directories to go into. An error comes with its path, and does not end the walk unless the caller does.
func (p Path) Walk(descend func(Path) bool) iter.Seq2[Path, error] {
	return func(yield func(Path, error) bool) { p.walk(descend, nil, yield) }
}

func (p Path) walk(descend func(Path) bool, above []fs.FileInfo, yield func(Path, error) bool) bool {
	info, err := p.Stat()
	if errors.Is(err, fs.ErrNotExist) && p.IsLink() {
		return yield(p, nil) // it leads nowhere
	}
	if err != nil {
		return yield(p, fmt.Errorf("fspath: %w", err))
	}
	for _, a := range above {
		if info.IsDir() && os.SameFile(a, info) {
			real, _ := p.RealPath()
			return yield(p, &LinkError{p.name, real.name})
		}
	}
	if !yield(p, nil) {
		return false
	}
	if !info.IsDir() || descend != nil && !descend(p) {
		return true
	}
	children, err := p.Children()
	if err != nil {
		return yield(p, err)
	}
	for _, c := range children {
		if !c.walk(descend, append(above, info), yield) {
			return false
		}
	}
	return true
}
