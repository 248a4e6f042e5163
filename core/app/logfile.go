// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// A rotatingFile is a file that is appended to. Rotating renames it to NAME.1, what was that to NAME.2, and so on. Its folder is kept open, since a chroot may hide it.
// Twisted: python.logfile.LogFile.
type rotatingFile struct {
	dir  *os.Root // immutable, like the next three
	name string
	max  int64

	mu   sync.Mutex
	file *os.File // guarded by mu, like size
	size int64
}

func openRotating(path string, max int64) (*rotatingFile, error) {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	f := &rotatingFile{dir: dir, name: filepath.Base(path), max: max}
	if err := f.open(); err != nil {
		dir.Close()
		return nil, err
	}
	return f, nil
}

// open opens the file anew and closes the former one.
func (f *rotatingFile) open() error {
	file, err := f.dir.OpenFile(f.name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	if f.file != nil {
		f.file.Close()
	}
	f.file, f.size = file, info.Size()
	return nil
}

// Write appends a line. The file is rotated first if it is full; should that fail, the line is written nevertheless.
func (f *rotatingFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.max > 0 && f.size > 0 && f.size+int64(len(p)) > f.max {
		if err := f.rotate(); err != nil {
			f.size = 0 // not again for every line
			fmt.Fprintf(f.file, "cannot rotate this file: %v\n", err)
		}
	}
	n, err := f.file.Write(p)
	f.size += int64(n)
	return n, err
}

func (f *rotatingFile) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open()
}

func (f *rotatingFile) Rotate() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rotate()
}

func (f *rotatingFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.file.Close(), f.dir.Close())
}

func (f *rotatingFile) rotate() error {
	n := 1
	for ; ; n++ {
		if _, err := f.dir.Lstat(f.old(n)); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return err
		}
	}
	for ; n > 1; n-- {
		if err := f.dir.Rename(f.old(n-1), f.old(n)); err != nil {
			return err
		}
	}
	if err := f.dir.Rename(f.name, f.old(1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.open()
}

func (f *rotatingFile) old(n int) string { return f.name + "." + strconv.Itoa(n) }
