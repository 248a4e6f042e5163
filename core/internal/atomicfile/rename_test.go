// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/core/internal/atomicfile"
)

// each runs f with both functions, in a directory with the files old and new, which have their names in them.
func each(t *testing.T, f func(t *testing.T, dir string, rename func(from, to string) error)) {
	for _, name := range []string{"Rename", "RenameIn"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, name := range []string{"old", "new"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			root, err := os.OpenRoot(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			if name == "RenameIn" {
				f(t, dir, func(from, to string) error { return atomicfile.RenameIn(root, from, to) })
				return
			}
			f(t, dir, func(from, to string) error {
				return atomicfile.Rename(filepath.Join(dir, from), filepath.Join(dir, to))
			})
		})
	}
}

// reader has the file old open, until the test ends if not before.
func reader(t *testing.T, dir string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "old"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// content fails unless the file old has that content, and new is there or not.
func content(t *testing.T, dir, want string, newThere bool) {
	t.Helper()
	if b, err := os.ReadFile(filepath.Join(dir, "old")); string(b) != want {
		t.Errorf("got %q, %v, want %q", b, err, want)
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); (err == nil) != newThere {
		t.Errorf("new: %v", err)
	}
}

func TestRename(t *testing.T) {
	each(t, func(t *testing.T, dir string, rename func(from, to string) error) {
		if err := rename("new", "old"); err != nil {
			t.Fatal(err)
		}
		content(t, dir, "new", false)
		if err := rename("missing", "old"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("what is not there: %v", err)
		}
	})
}

// A reader that has the old file open hinders nobody elsewhere, and keeps what it reads.
func TestRenameOverAnOpenFile(t *testing.T) {
	each(t, func(t *testing.T, dir string, rename func(from, to string) error) {
		f := reader(t, dir)
		atomicfile.WhenItWaits(t, func() { f.Close() })
		if err := rename("new", "old"); err != nil {
			t.Fatal(err)
		}
		content(t, dir, "new", false)
	})
}
