// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// useLinks is false where symbolic links are out of the question: Windows gives them to administrators only.
var useLinks = runtime.GOOS != "windows"

// inner is the name of the file that holds the number in the form without links.
const inner = "symlink"

// create makes the lock file, atomically, or returns an error that matches fs.ErrExist.
func create(name, text string) error {
	if useLinks {
		err := os.Symlink(text, name)
		if !linksUnsupported(err) {
			return err
		}
	}
	return createDir(name, text)
}

// linksUnsupported reports whether err means that the file system has no symbolic links.
func linksUnsupported(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EPERM)
}

// createDir fills a directory under another name and then gives it the right one: renaming onto a directory that isn't empty fails. One that is empty was left by a
// process that died while it gave the lock up.
func createDir(name, text string) error {
	temp := fmt.Sprintf("%s.%016x.newlink", name, rand.Uint64())
	if err := os.Mkdir(temp, 0o777); err != nil {
		return err
	}
	err := os.WriteFile(filepath.Join(temp, inner), []byte(text), 0o666)
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil && os.Remove(name) == nil { // Windows does not rename onto an empty directory
		err = os.Rename(temp, name)
	}
	if err == nil {
		return nil
	}
	os.RemoveAll(temp)
	if _, lerr := os.Lstat(name); lerr == nil {
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	return err
}

// read returns the content of the lock file in either form.
func read(name string) (string, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return readFile(filepath.Join(name, inner))
	}
	return os.Readlink(name)
}

// remove deletes the lock file in either form. The directory's file goes first: without it the directory is no lock, and a new one may replace it.
func remove(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return os.Remove(name)
	}
	if err := os.Remove(filepath.Join(name, inner)); err != nil {
		return err
	}
	err = os.Remove(name)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return nil // somebody else has taken or broken the lock since
	}
	return err
}
