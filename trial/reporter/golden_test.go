// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"os"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/reporter"
)

// TestGolden: what every reporter writes of one run with a test of every outcome.
func TestGolden(t *testing.T) {
	t.Setenv("GITHUB_WORKSPACE", "/src/shop")
	host, _ := os.Hostname()
	for _, name := range []string{"tree", "bwverbose", "text", "summary", "timing", "progress", "subunit", "subunit2", "junit", "tap", "tap13", "github", "json", "exec:cat"} {
		file, _, _ := strings.Cut(name, ":")
		t.Run(file, func(t *testing.T) {
			s := summary(tests(), packages())
			s.Run.Dirs = map[string]string{pkgA: "/src/shop/server"}
			got := report(t, name, reporter.Options{Slowest: 3}, s)
			golden(t, file+".golden", strings.ReplaceAll(got, `hostname="`+host+`"`, `hostname="localhost"`))
		})
	}
	t.Run("color", func(t *testing.T) {
		golden(t, "tree-color.golden", report(t, "tree", reporter.Options{Color: reporter.ColorAlways}, summary(tests(), packages())))
	})
	t.Run("flaky and green", func(t *testing.T) {
		s := summary(tests()[12:], packages()[2:])
		golden(t, "tree-flaky.golden", report(t, "tree", reporter.Options{}, s))
	})
}

// TestFormats: one failure in the three formats.
func TestFormats(t *testing.T) {
	for _, f := range []reporter.Format{reporter.Plain, reporter.Emacs, reporter.Verbose} {
		s := summary(tests()[1:3], nil)
		s.Run.Dirs = map[string]string{pkgA: "testdata/src"}
		golden(t, "format-"+f.String()+".golden", report(t, "text", reporter.Options{Format: f}, s))
	}
	for name, want := range map[string]reporter.Format{
		"plain": reporter.Plain, "default": reporter.Plain, "emacs": reporter.Emacs, "brief": reporter.Emacs, "cgitb": reporter.Verbose, "verbose": reporter.Verbose,
	} {
		if got, err := reporter.ParseFormat(name); got != want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := reporter.ParseFormat("xml"); err == nil {
		t.Error("a format that is none is taken")
	}
}
