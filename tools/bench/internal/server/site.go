// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PostSize is the length of the bodies that are posted to a site, in bytes.
const PostSize = 10 << 10

// Posted is the answer to such a POST: the length of what was received.
var Posted = fmt.Sprint(PostSize)

// JSON is the answer to /json: 1 KiB, the same each time.
var JSON = func() string {
	const head, tail = `{"id":4711,"name":"hello","text":"`, `"}`
	return head + strings.Repeat("j", 1<<10-len(head)-len(tail)) + tail
}()

// The files of a site, by their names.
var fileSizes = map[string]int{"1k.txt": 1 << 10, "100k.txt": 100 << 10, "10m.txt": 10 << 20}

// File returns what a file of the site holds, "" if there is none of that name.
func File(name string) string {
	var b strings.Builder
	for i := 0; b.Len() < fileSizes[name]; i++ {
		fmt.Fprintf(&b, "%07d\n", i) // each eighth byte tells where it is
	}
	return b.String()
}

// makeFiles makes the folder that a site serves. cleanup removes it.
func makeFiles() (dir string, cleanup func(), err error) {
	if dir, err = os.MkdirTemp("", "torsion-bench"); err != nil {
		return "", nil, err
	}
	cleanup = func() { os.RemoveAll(dir) }
	for name := range fileSizes {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(File(name)), 0o644); err != nil {
			cleanup()
			return "", nil, err
		}
	}
	return dir, cleanup, nil
}

// serves tells whether the work has paths and files.
func (w Work) serves() bool { return w == Site || w == HTTPS }
