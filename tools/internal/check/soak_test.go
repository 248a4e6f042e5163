// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSoakers(t *testing.T) {
	root, err := findRoot()
	if err != nil {
		t.Skip(err)
	}
	for _, s := range soakers {
		t.Run(s.dir, func(t *testing.T) {
			tests, _ := filepath.Glob(filepath.Join(root, s.dir, "*_test.go"))
			var all strings.Builder
			for _, name := range tests {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				all.Write(text)
			}
			if !strings.Contains(all.String(), "\nfunc "+s.test+"(t *testing.T)") {
				t.Errorf("there is no test %s", s.test)
			}
			for _, f := range s.flags {
				name, _, _ := strings.Cut(strings.TrimPrefix(f, "-"), "=")
				if !regexp.MustCompile(`flag\.\w+\("` + name + `",`).MatchString(all.String()) {
					t.Errorf("its tests have no flag -%s", name)
				}
			}
		})
	}
	args := soakers[0].args(10 * time.Minute)
	for _, want := range []string{"-soak=10m0s", "-timeout=2h10m0s", "./core/reactor"} {
		if !slices.Contains(args, want) {
			t.Errorf("%q lacks %s", args, want)
		}
	}
}

// TestSoakOfNothing has a module without such tests.
func TestSoakOfNothing(t *testing.T) {
	c := &checker{ctx: t.Context(), root: fuzzChecker(t).root}
	if err := c.soak(t.Output()); err != nil || c.note != "0 passed, 0 skipped" {
		t.Errorf("%v, %q", err, c.note)
	}
}

func TestModuleOf(t *testing.T) {
	modules := []string{"core", "tools", "tools/bench"}
	for dir, want := range map[string]string{"core": "core", "core/reactor": "core", "corer": "", "tools/bench/x": "tools/bench", "tools/cmd": "tools", "web": ""} {
		if got := moduleOf(modules, dir); got != want {
			t.Errorf("%s belongs to %q, want %q", dir, got, want)
		}
	}
}
