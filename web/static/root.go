// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package static

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// rootFS is os.Root as an fs.FS. Opening a pipe does not wait for its other end.
type rootFS struct {
	root    *os.Root
	path    string // absolute
	noLinks bool   // symbolic links name nothing
}

func openRoot(path string) (*rootFS, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &rootFS{root: root, path: abs}, nil
}

func (f *rootFS) Open(name string) (fs.File, error) {
	if err := f.plain("open", name); err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err == nil && f.noLinks {
		// Whoever may write here could have put a link in the place of what was looked at.
		if err = f.unmoved(file, name); err != nil {
			file.Close()
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}

// unmoved returns an error unless name is still no link, and file what it names.
func (f *rootFS) unmoved(file *os.File, name string) error {
	opened, err := file.Stat()
	if err != nil {
		return err
	}
	there, err := f.root.Lstat(name)
	if err == nil {
		err = f.plain("open", name)
	}
	if err == nil && !os.SameFile(opened, there) {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return err
}

func (f *rootFS) Stat(name string) (fs.FileInfo, error) {
	if err := f.plain("stat", name); err != nil {
		return nil, err
	}
	return f.root.Stat(name)
}

// plain returns an error if links name nothing and there is one in the path.
func (f *rootFS) plain(op, name string) error {
	if !f.noLinks || name == "." {
		return nil
	}
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		info, err := f.root.Lstat(name[:i])
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
	}
	return nil
}

// maxRead bounds the names that are read of one directory.
const maxRead = 10 * maxListed

// ReadDir returns the names in a directory, sorted: not all of them if there are more than a listing can have use for.
func (f *rootFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.plain("open", name); err != nil {
		return nil, err
	}
	dir, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(maxRead)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

var (
	_ fs.StatFS    = (*rootFS)(nil)
	_ fs.ReadDirFS = (*rootFS)(nil)
)
