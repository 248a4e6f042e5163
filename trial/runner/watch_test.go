// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Without the kernel's help the folders are looked at now and then.
func TestWatchByLooking(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	changed, gone := file("a.go", "1"), file("b.go", "1")
	file("same.go", "1")
	data := file("testdata/deep/x", "1")
	file(".hidden", "1")
	file("other/c.go", "1")
	w := &watcher{folders: []string{dir}, changes: make(chan struct{}, 1)}
	w.before = w.look()
	file("a.go", "two")
	file("testdata/deep/x", "two")
	file(".hidden", "two")
	file("other/c.go", "two")
	added := file("new.go", "1")
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	got, err := w.wait(t.Context())
	want := []string{changed, added, gone, data}
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v: got %v, want %v", err, got, want)
	}

	w.before = w.look()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := w.wait(ctx); got != nil || err != nil {
		t.Errorf("the context ended: %v, %v", got, err)
	}
}
