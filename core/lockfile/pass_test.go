// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package lockfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

func TestPass(t *testing.T) {
	for _, links := range []bool{true, false} {
		if links && !useLinks {
			continue
		}
		was := useLinks
		useLinks = links
		t.Cleanup(func() { useLinks = was })
		dir := t.TempDir()
		l := New(filepath.Join(dir, "lock"))
		if err := l.Pass(1); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("links %v: nobody's lock was passed on: %v", links, err)
		}
		if ok, err := l.Lock(); !ok || err != nil {
			t.Fatal(ok, err)
		}
		other := OtherPID(t)
		if err := l.Pass(other); err != nil {
			t.Fatal(err)
		}
		if text, err := read(l.Name()); err != nil || text != strconv.Itoa(other) || l.Locked() {
			t.Errorf("links %v: the lock says %q, %v", links, text, err)
		}
		if err := l.Pass(1); !errors.Is(err, ErrNotOwner) {
			t.Errorf("links %v: another's lock was passed on: %v", links, err)
		}
		if err := l.Unlock(); !errors.Is(err, ErrNotOwner) {
			t.Errorf("links %v: another's lock was given up: %v", links, err)
		}
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 1 {
			t.Errorf("links %v: %d files, %v", links, len(files), err)
		}
	}
}

// A process may die between the two steps of giving a lock up in the form of a directory.
func TestEmptyDirectoryIsFree(t *testing.T) {
	was := useLinks
	useLinks = false
	defer func() { useLinks = was }()
	name := filepath.Join(t.TempDir(), "lock")
	if err := os.Mkdir(name, 0o777); err != nil {
		t.Fatal(err)
	}
	if ok, err := New(name).Lock(); !ok || err != nil {
		t.Errorf("Lock is %t, %v", ok, err)
	}
}
