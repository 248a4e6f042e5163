// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inotify

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// A kernel is a queue of events and the watches that feed it.
type kernel interface {
	fd() int
	// add watches path, a file or directory, which the number that it returns stands for: the same for every name of the same file.
	add(path string, mask Mask) (wd int32, err error)
	remove(wd int32)
	// read returns whole records, or syscall.EAGAIN when there are none.
	read(p []byte) (int, error)
	close()
}

// explainOpen adds to an error of making a queue what can be done about it.
func explainOpen(err error) error {
	if errors.Is(err, syscall.EMFILE) {
		err = fmt.Errorf("%w: the user has too many inotify instances (see the sysctl fs.inotify.max_user_instances) or the process too many descriptors", err)
	}
	return fmt.Errorf("inotify: new: %w", err)
}

// explainAdd adds to an error of watching path what can be done about it.
func explainAdd(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("%w: the user has too many inotify watches; raise the sysctl fs.inotify.max_user_watches", err)
	}
	return fmt.Errorf("inotify: watch %q: %w", path, err)
}

// gone reports whether err says that a directory is not, or no longer, there.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}
