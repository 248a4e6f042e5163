// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fspath

import (
	"fmt"
	"iter"
	"path/filepath"
	"strings"
)

// A Path is an absolute, clean path. It is comparable; the zero Path is the invalid one. Twisted: FilePath.
type Path struct{ name string }

// An InsecureError is returned for a name that would lead out of where it may lead. Twisted: InsecurePath.
type InsecureError struct {
	Dir  string // where the path had to stay
	Name string // the name
}

// Error tells both.
func (e *InsecureError) Error() string {
	return fmt.Sprintf("fspath: the name %q leads out of %q", e.Name, e.Dir)
}

// New returns the Path of a name, which is relative to the working directory unless it is absolute.
func New(name string) (Path, error) {
	if strings.ContainsRune(name, 0) {
		return Path{}, &InsecureError{"", name}
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return Path{}, fmt.Errorf("fspath: %w", err)
	}
	return Path{abs}, nil
}

// IsValid reports whether p is a path at all.
func (p Path) IsValid() bool { return p.name != "" }

// String returns the path as the operating system writes it.
func (p Path) String() string { return p.name }

// Base returns the last name of the path. Twisted: basename.
func (p Path) Base() string { return filepath.Base(p.name) }

// SplitExt returns the path without its extension, and the extension with its dot. A name that only begins with a dot has none. Twisted: splitext.
func (p Path) SplitExt() (stem, ext string) {
	ext = filepath.Ext(p.name)
	if ext == p.Base() {
		ext = ""
	}
	return p.name[:len(p.name)-len(ext)], ext
}

// isName reports whether name is the name of a file in a directory, on this system.
func isName(name string) bool {
	return filepath.IsLocal(name) && name != "." && filepath.Base(name) == name && !strings.ContainsRune(name, 0)
}

// Child returns the path of name within the directory p. name must be one name: without separators, and not "." or "..".
func (p Path) Child(name string) (Path, error) {
	if !isName(name) {
		return Path{}, &InsecureError{p.name, name}
	}
	return Path{filepath.Join(p.name, name)}, nil
}

// PreauthChild returns the path that name, which may have separators, leads to from p: p or below it. Twisted: preauthChild.
func (p Path) PreauthChild(name string) (Path, error) {
	local := filepath.FromSlash(name)
	if local == "" {
		return p, nil
	}
	if !filepath.IsLocal(local) || strings.ContainsRune(name, 0) {
		return Path{}, &InsecureError{p.name, name}
	}
	return Path{filepath.Join(p.name, local)}, nil
}

// Descendant is Child for one name after the other.
func (p Path) Descendant(names ...string) (Path, error) {
	for _, name := range names {
		next, err := p.Child(name)
		if err != nil {
			return Path{}, err
		}
		p = next
	}
	return p, nil
}

// Parent returns the directory of p; that of the root is the root.
func (p Path) Parent() Path { return Path{filepath.Dir(p.name)} }

// Parents goes from the parent of p up to the root.
func (p Path) Parents() iter.Seq[Path] {
	return func(yield func(Path) bool) {
		for at := p; at != at.Parent(); {
			if at = at.Parent(); !yield(at) {
				return
			}
		}
	}
}

// Sibling returns the path of name beside p.
func (p Path) Sibling(name string) (Path, error) { return p.Parent().Child(name) }

// SiblingExtension returns the path whose name is that of p and ext after it. Twisted: siblingExtension.
func (p Path) SiblingExtension(ext string) (Path, error) { return p.Sibling(p.Base() + ext) }

// SegmentsFrom returns the names that lead from ancestor to p. Twisted: segmentsFrom.
func (p Path) SegmentsFrom(ancestor Path) ([]string, error) {
	rel, err := filepath.Rel(ancestor.name, p.name)
	switch {
	case err != nil || !filepath.IsLocal(rel):
		return nil, fmt.Errorf("fspath: %q is not below %q", p.name, ancestor.name)
	case rel == ".":
		return nil, nil
	}
	return strings.Split(rel, string(filepath.Separator)), nil
}
