// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package template

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web"
)

// A File is a Loader that reads its template from a file when it is first wanted, off the loop, and keeps it. It is safe from any goroutine; elements may share it. Its fields are
// immutable after the first use. Twisted: XMLFile.
type File struct {
	Path string
	// FS is what Path is in, an embed.FS for example; nil means the files of the system.
	FS fs.FS
	// Reload looks, each time, whether the file has changed: for development. A file that cannot be parsed is an error until it can.
	Reload bool
	// Parse makes the template; nil means ParseXML.
	Parse func(name string, src []byte) (*Document, error)

	mu     sync.Mutex
	doc    *Document // guarded by mu, as what follows
	loaded time.Time // the time of the file that doc is from
	size   int64
}

// Load returns the template, or a Deferred of it if the file has to be looked at. Without a request it reads the file at once.
func (f *File) Load(r *web.Request) Node {
	if !f.Reload {
		if f.mu.TryLock() { // else a goroutine reads it
			doc := f.doc
			f.mu.Unlock()
			if doc != nil {
				return doc.nodes
			}
		}
	}
	if r == nil {
		doc, err := f.Read()
		if err != nil {
			return err
		}
		return doc.nodes
	}
	return deferred.FromFunc(context.Background(), r.Loop(), func(context.Context) ([]Node, error) {
		doc, err := f.Read()
		if err != nil {
			return nil, err
		}
		return doc.nodes, nil
	})
}

// Read reads the file unless that was done, or again if it has changed and Reload is set. A program calls it when it starts, to learn of errors then. It blocks. Safe from any
// goroutine.
func (f *File) Read() (*Document, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.doc != nil && !f.Reload {
		return f.doc, nil
	}
	info, err := f.stat()
	if err != nil {
		return nil, err
	}
	if f.doc != nil && info.ModTime().Equal(f.loaded) && info.Size() == f.size {
		return f.doc, nil
	}
	src, err := f.read()
	if err != nil {
		return nil, err
	}
	parse := f.Parse
	if parse == nil {
		parse = ParseXML
	}
	doc, err := parse(cmp.Or(f.Path, "template"), src)
	if err != nil {
		return nil, err
	}
	f.doc, f.loaded, f.size = doc, info.ModTime(), info.Size()
	return doc, nil
}

func (f *File) stat() (fs.FileInfo, error) {
	if f.FS != nil {
		return fs.Stat(f.FS, f.Path)
	}
	return os.Stat(f.Path)
}

func (f *File) read() ([]byte, error) {
	if f.FS != nil {
		return fs.ReadFile(f.FS, f.Path)
	}
	return os.ReadFile(f.Path)
}

var _ Loader = (*File)(nil)
