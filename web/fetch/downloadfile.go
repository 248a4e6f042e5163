// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/fspath"
)

// A file is one that is being downloaded.
type file struct {
	c    *Client
	o    Download
	want []int
	path string

	mu   sync.Mutex // held by the job that is done beside the loop
	gone bool       // drop was called; guarded by mu
	f    *os.File   // nil until it is open
	size int64      // bytes that are there
	tag  string     // the server's word for what they are
}

// beside runs do by the threads of the loop, or at once if it has none: one job at a time, and none after drop. A download that is cancelled does not wait for the one under way.
func (f *file) beside(do func() error) *deferred.Deferred[struct{}] {
	job := func() (struct{}, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.gone {
			return struct{}{}, os.ErrClosed
		}
		return struct{}{}, do()
	}
	if t, ok := f.c.loop.(deferred.Threads); ok {
		return deferred.ToThread(t, job)
	}
	return deferred.Execute(f.c.loop, job)
}

func (f *file) partPath() string { return f.path + ".part" }

func (f *file) tagPath() string { return f.path + ".part.tag" }

// open makes the file that is written. It blocks.
func (f *file) open() (err error) {
	if !f.o.Resume {
		f.f, err = os.CreateTemp(filepath.Dir(f.path), "."+filepath.Base(f.path)+"-*")
		return err
	}
	if f.f, err = os.OpenFile(f.partPath(), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if tag, err := os.ReadFile(f.tagPath()); err == nil {
		f.tag = string(tag)
		f.size, err = f.f.Seek(0, io.SeekEnd)
		return err
	}
	return nil
}

// restart forgets what is there, and notes the server's word for what will be. It blocks.
func (f *file) restart(tag string) error {
	if _, err := f.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	f.size, f.tag = 0, tag
	err := f.f.Truncate(0)
	switch {
	case err != nil || !f.o.Resume:
		return err
	case tag == "":
		if err := os.Remove(f.tagPath()); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	return os.WriteFile(f.tagPath(), []byte(tag), 0o600)
}

// keep makes the file the one at path. It blocks.
func (f *file) keep() error {
	if err := errors.Join(f.f.Chmod(f.o.Mode), f.f.Sync(), f.f.Close()); err != nil {
		return err
	}
	from, err := fspath.New(f.f.Name())
	if err != nil {
		return err
	}
	to, err := fspath.New(f.path)
	if err != nil {
		return err
	}
	if err := from.MoveTo(to); err != nil {
		return err
	}
	if f.o.Resume {
		os.Remove(f.tagPath()) // it may not be there
	}
	return nil
}

// drop closes the file, and removes it if it is of no use. It blocks.
func (f *file) drop() error {
	f.gone = true
	if f.f == nil {
		return nil
	}
	f.f.Close() // it may be closed
	if f.o.Resume && f.tag != "" {
		return nil
	}
	return os.Remove(f.f.Name())
}
