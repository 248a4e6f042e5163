// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package form

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/torsion-go/torsion/web"
)

// A File is one that was sent with a form.
type File struct {
	Field  string // name of the field
	Name   string // last element of the path that the client sent; may be empty
	Type   string // what the client says, "" if nothing
	Header web.Header
	Size   int64 // bytes

	memory []byte
	disk   *tempFile // nil if it is in memory
}

// A tempFile is a file on disk. Its fields belong to the spooler's jobs until the form is complete.
type tempFile struct {
	path string
	f    *os.File
	made bool   // the job that makes it was given; belongs to the loop, like buf
	buf  []byte // not handed to a job yet
}

// Bytes returns the content of a file that is in memory, and nil for one on disk or an empty one.
func (f *File) Bytes() []byte { return f.memory }

// Path returns the name of the temporary file, "" if the content is in memory.
func (f *File) Path() string {
	if f.disk == nil {
		return ""
	}
	return f.disk.path
}

// Open opens the content for reading. It blocks; what it returned for a file on disk still reads after the end of the request, on UNIX systems. Safe from any goroutine.
func (f *File) Open() (io.ReadSeekCloser, error) {
	if f.disk == nil {
		return memoryFile{bytes.NewReader(f.memory)}, nil
	}
	file, err := os.Open(f.disk.path)
	if err != nil {
		return nil, fmt.Errorf("form: open: %w", err)
	}
	return file, nil
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// Move makes the content the file at path, whose mode is 0600, in place of what may be there. On the file system of Config.Dir that is a renaming, elsewhere a copy. Of a file on disk it may be called
// once. It blocks, and has to return before the request ends: call it by deferred.ToThread and web.Later.
func (f *File) Move(path string) error {
	if f.disk != nil && os.Rename(f.disk.path, path) == nil {
		return nil
	}
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("form: move: %w", err)
	}
	_, err = io.Copy(to, from)
	if closing := to.Close(); err == nil {
		err = closing
	}
	if err != nil {
		os.Remove(path)
		return fmt.Errorf("form: move: %w", err)
	}
	return nil
}
