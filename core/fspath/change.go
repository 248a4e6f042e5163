// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fspath

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/torsion-go/torsion/core/internal/atomicfile"
)

// Open opens the file for reading.
func (p Path) Open() (fs.File, error) { return os.Open(p.name) }

// Create makes a file that must not exist, and opens it for writing.
func (p Path) Create(perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(p.name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
}

// Content returns what is in the file. Twisted: getContent.
func (p Path) Content() ([]byte, error) { return os.ReadFile(p.name) }

// SetContent makes b the content of the file, by way of a new file beside it, which is made durable and renamed: at any time the file has its old content or b.
// A file that is there keeps its permissions; perm are those of a new one. Twisted: setContent.
func (p Path) SetContent(b []byte, perm fs.FileMode) error {
	if info, err := p.Stat(); err == nil {
		perm = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(p.name), "."+p.Base()+".new*")
	if err != nil {
		return fmt.Errorf("fspath: %w", err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = atomicfile.Rename(f.Name(), p.name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("fspath: %w", err)
	}
	return nil
}

// Touch sets the file's times to now, and makes it if it is not there.
func (p Path) Touch(now time.Time) error {
	f, err := os.OpenFile(p.name, os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Chtimes(p.name, now, now))
}

// MakeDirs makes the directory and those above it that are missing. Twisted: makedirs(ignoreExistingDirectory=True).
func (p Path) MakeDirs(perm fs.FileMode) error { return os.MkdirAll(p.name, perm) }

// MakeDir makes the directory, which must not exist. Twisted: createDirectory.
func (p Path) MakeDir(perm fs.FileMode) error { return os.Mkdir(p.name, perm) }

// Remove removes the file, or the directory with all that is in it. It does not follow links.
func (p Path) Remove() error {
	if _, err := os.Lstat(p.name); err != nil {
		return err
	}
	return os.RemoveAll(p.name)
}

// LinkTo makes link a symbolic link to p. Twisted: linkTo.
func (p Path) LinkTo(link Path) error { return os.Symlink(p.name, link.name) }

// Chmod sets the permissions.
func (p Path) Chmod(perm fs.FileMode) error { return os.Chmod(p.name, perm) }

// CopyTo copies the file, or the directory with all below it, to the path to; permissions are the copy's own, but for the right to execute. Links are
// followed. Twisted: copyTo.
func (p Path) CopyTo(to Path) error {
	if _, err := to.SegmentsFrom(p); err == nil {
		return fmt.Errorf("fspath: %q cannot be copied into itself, to %q", p.name, to.name)
	}
	for at, err := range p.Walk(nil) {
		if err != nil {
			return err
		}
		names, err := at.SegmentsFrom(p)
		if err != nil {
			return err
		}
		copied, err := to.Descendant(names...)
		if err != nil {
			return err
		}
		if err := at.copyOne(copied); err != nil {
			return fmt.Errorf("fspath: %w", err)
		}
	}
	return nil
}

func (p Path) copyOne(to Path) error {
	info, err := p.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		if err := to.MakeDir(0o777); !errors.Is(err, fs.ErrExist) || !to.IsDir() {
			return err
		}
		return nil
	}
	if !info.Mode().IsRegular() {
		return &fs.PathError{Op: "copy", Path: p.name, Err: errors.New("neither a file nor a directory")}
	}
	from, err := os.Open(p.name)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.OpenFile(to.name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666|info.Mode().Perm()&0o111)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Close())
}

// MoveTo renames the file or directory, or, where that cannot be done, from one file system to another, copies and removes it. Twisted: moveTo.
func (p Path) MoveTo(to Path) error {
	err := atomicfile.Rename(p.name, to.name)
	if err == nil || !crossesDevices(err) {
		return err
	}
	if p.IsLink() {
		target, err := os.Readlink(p.name)
		if err != nil {
			return err
		}
		return errors.Join(os.Symlink(target, to.name), os.Remove(p.name))
	}
	if err := p.CopyTo(to); err != nil {
		return err
	}
	return p.Remove()
}
