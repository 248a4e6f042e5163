// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHostedPatterns holds that every package of the module is tested where its toolkit is there, and that the others are told.
func TestHostedPatterns(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{ctx: t.Context(), root: filepath.Join(root, hostedDir)}
	saved := toolkits
	defer func() { toolkits = saved }()

	toolkits = slices.Clone(saved)
	for i := range toolkits {
		toolkits[i].there = []string{"go", "version"}
	}
	patterns, missing := c.hostedPatterns()
	if len(missing) != 0 {
		t.Errorf("missing %q, want nothing", missing)
	}
	for _, dir := range []string{".", "examples"} {
		entries, err := os.ReadDir(filepath.Join(c.root, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := "./" + filepath.ToSlash(filepath.Join(dir, e.Name()))
			if e.IsDir() && name != "./examples" && !slices.Contains(patterns, name) && !slices.Contains(patterns, name+"/...") {
				t.Errorf("%s is not among %q", name, patterns)
			}
		}
	}

	toolkits[0].there = []string{"go", "no-such-command"}
	toolkits[1].there = []string{"/no/such/program"}
	patterns, missing = c.hostedPatterns()
	if len(missing) != 2 || !strings.Contains(missing[1], "apt-get install qtbase5-dev") {
		t.Errorf("missing %q, want gtk and qt with their packages", missing)
	}
	if want := []string{"./internal/...", "./wx/...", "./examples/wxticker"}; !slices.Equal(patterns, want) {
		t.Errorf("got %q, want %q", patterns, want)
	}
}
