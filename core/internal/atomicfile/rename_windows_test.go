// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package atomicfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/torsion-go/torsion/core/internal/atomicfile"
)

// The reader ends while somebody waits for it, not at once.
func TestRenameWaits(t *testing.T) {
	each(t, func(t *testing.T, dir string, rename func(from, to string) error) {
		f := reader(t, dir)
		pauses := 0
		atomicfile.WhenItWaits(t, func() {
			if pauses++; pauses == 5 {
				f.Close()
			}
		})
		if err := rename("new", "old"); err != nil || pauses != 5 {
			t.Fatalf("%v after %d pauses", err, pauses)
		}
		content(t, dir, "new", false)
	})
}

// A reader that never ends is an error in the end, and nothing has changed.
func TestRenameGivesUp(t *testing.T) {
	each(t, func(t *testing.T, dir string, rename func(from, to string) error) {
		reader(t, dir)
		pauses := 0
		atomicfile.WhenItWaits(t, func() { pauses++ })
		if err := rename("new", "old"); !atomicfile.Busy(err) || pauses != 11 {
			t.Errorf("%v after %d pauses, want 11 of 2 seconds", err, pauses)
		}
		content(t, dir, "old", true)
	})
}

// What will not be different a second later is told at once.
func TestRenameRefused(t *testing.T) {
	each(t, func(t *testing.T, dir string, rename func(from, to string) error) {
		atomicfile.WhenItWaits(t, func() { t.Error("it waits") })
		if err := os.Mkdir(filepath.Join(dir, "dir"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "old"), 0o400); err != nil {
			t.Fatal(err)
		}
		if err := rename("new", "dir"); err == nil {
			t.Error("a file has taken a directory's place")
		}
		if err := rename("new", "old"); err != nil {
			content(t, dir, "old", true)
		}
	})
}
