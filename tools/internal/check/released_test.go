// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// clone returns the root of the repository and skips where its history is not there, as beside the modules that are tested out of their zip files.
func clone(t *testing.T) string {
	t.Helper()
	root, err := findRoot()
	if err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("this is no clone of the repository")
	}
	return root
}

func TestPublished(t *testing.T) {
	root := clone(t)
	for _, tt := range []struct{ modules, want, never []string }{
		{nil, []string{"core", "web", "tools"}, []string{"tools/bench", "core/hosted"}},
		{[]string{"web"}, []string{"web"}, []string{"core"}},
		{[]string{"tools/bench"}, nil, []string{"tools", "core"}},
	} {
		c := &checker{ctx: t.Context(), root: root, options: options{modules: tt.modules}}
		_, names, err := c.published()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tt.want {
			if !slices.Contains(names, name) {
				t.Errorf("of %q: %q, want %s in it", tt.modules, names, name)
			}
		}
		for _, name := range tt.never {
			if slices.Contains(names, name) {
				t.Errorf("of %q: %q, want no %s in it", tt.modules, names, name)
			}
		}
	}
}

// TestNonePublished runs the steps for a module that is not published.
func TestNonePublished(t *testing.T) {
	root := clone(t)
	for _, s := range steps {
		if s.name != "release" && s.name != "skew" {
			continue
		}
		c := &checker{ctx: t.Context(), root: root, options: options{modules: []string{"tools/bench"}}}
		if err := s.run(c, t.Output()); err != nil || c.note != "none of these is published" {
			t.Errorf("%s: %v, %q", s.name, err, c.note)
		}
	}
}
