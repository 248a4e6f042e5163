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
	before := take()
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
	before := take()
	t.Cleanup(func() {
		if left := before.leaks(grace); left != "" {
			t.Errorf("leaktest: the test left behind:\n\n%s", left)
		}
	})
}

// A snapshot is what exists at one time.
type snapshot struct {
	goroutines  map[string]string // the stack of each, by its number
	descriptors map[string]string // what each is open on, by its number
}

func take() snapshot { return snapshot{goroutines(), descriptors()} }

// leaks describes what exists now and did not in s, "" for nothing, having given it time to go.
func (s snapshot) leaks(grace time.Duration) string {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	deadline := time.Now().Add(grace)
	for {
		left := s.diff(take())
		if left == "" || time.Now().After(deadline) {
			return left
		}
		<-ticker.C
	}
}

func (s snapshot) diff(now snapshot) string {
	var b strings.Builder
	for id, stack := range now.goroutines {
		if _, known := s.goroutines[id]; !known {
			fmt.Fprintf(&b, "%s\n\n", stack)
		}
	}
	for fd, target := range now.descriptors {
		if was, known := s.descriptors[fd]; !known || was != target {
			fmt.Fprintf(&b, "file descriptor %s, open on %s\n", fd, target)
		}
	}
	return b.String()
}
