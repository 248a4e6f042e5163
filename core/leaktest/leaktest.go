// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package leaktest

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// The time that goroutines get to end, and how often they are looked at meanwhile.
const (
	grace = 5 * time.Second
	tick  = time.Millisecond
)

// Main runs the tests of a package and exits with 1 when they passed but left something behind that was not there before.
func Main(m *testing.M) {
	os.Exit(run(m.Run, grace, os.Stderr))
}

func run(tests func() int, grace time.Duration, stderr io.Writer) int {
	before := Take()
	if code := tests(); code != 0 {
		return code
	}
	left := before.leaks(grace)
	if left == "" {
		return 0
	}
	fmt.Fprintln(stderr, "leaktest: the tests left behind:\n\n"+left)
	return 1
}

// Check fails t if, when it and its cleanups registered later are done, something is left that was not there when Check was called. Other tests must not run at the
// same time.
func Check(t testing.TB) {
	t.Helper()
	before := Take()
	t.Cleanup(func() {
		if left := before.leaks(grace); left != "" {
			t.Errorf("leaktest: the test left behind:\n\n%s", left)
		}
	})
}

// leaks describes what exists now and did not in s, "" for nothing, having given it time to go.
func (s Snapshot) leaks(grace time.Duration) string {
	var b strings.Builder
	for _, l := range s.Leaks(grace, nil) {
		b.WriteString(l.String())
		if l.Kind == Goroutine {
			b.WriteString("\n")
		}
		b.WriteString("\n")
	}
	return b.String()
}
