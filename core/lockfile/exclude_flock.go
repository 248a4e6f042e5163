// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package lockfile

import (
	"errors"
	"path/filepath"
	"syscall"
)

// exclude keeps the other processes that would break the stale lock of that name away until release is called. The kernel forgets it when the process dies. It is a lock on the directory. ok is false when
// another one is at it. On a file system that has no such locks nobody is kept away.
func exclude(name string) (release func(), ok bool) {
	fd, err := syscall.Open(filepath.Dir(name), syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return func() {}, true
	}
	err = syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		syscall.Close(fd)
		return nil, false
	}
	return func() { syscall.Close(fd) }, true
}
