// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package atomicfile puts a new file in the place of another one, also where somebody has that open: Windows refuses it as long as a reader, an indexer or a
// virus scanner does, which is mostly over in milliseconds.
package atomicfile

import "os"

// Rename is os.Rename that waits, for two seconds at most, while somebody has one of the files open. Safe from any goroutine.
func Rename(from, to string) error { return patiently(osFiles{}, from, to) }

// RenameIn is Rename inside of a directory.
func RenameIn(root *os.Root, from, to string) error { return patiently(root, from, to) }

// files are the files of the system, or of a directory.
type files interface {
	Rename(from, to string) error
	Lstat(name string) (os.FileInfo, error)
}

type osFiles struct{}

func (osFiles) Rename(from, to string) error           { return os.Rename(from, to) }
func (osFiles) Lstat(name string) (os.FileInfo, error) { return os.Lstat(name) }
