// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package leaktest

import (
	"runtime"
	"strings"
	"sync"
)

// buffers are for stacks: tests take many snapshots.
var buffers = sync.Pool{New: func() any { return new(make([]byte, 1<<16)) }}

// goroutines returns the stacks of all goroutines but the caller's and those that are not a test's doing, by their numbers, and how many other tests run.
func goroutines() (all map[string]string, tests int) {
	p := buffers.Get().(*[]byte)
	defer buffers.Put(p)
	n := runtime.Stack(*p, true)
	for n == len(*p) {
		*p = make([]byte, 2*n)
		n = runtime.Stack(*p, true)
	}
	stacks := strings.Split(strings.TrimSpace(string((*p)[:n])), "\n\n")
	all = make(map[string]string, len(stacks))
	for _, stack := range stacks[1:] { // the first is the caller's
		if runsTest(stack) {
			tests++
		}
		if id, ok := strings.CutPrefix(stack, "goroutine "); ok && !background(stack) {
			id, _, _ = strings.Cut(id, " ")
			all[id] = stack
		}
	}
	return all, tests
}

// runsTest reports whether the goroutine is that of a test that does not wait for package testing.
func runsTest(stack string) bool {
	if !strings.Contains(stack, "\ntesting.tRunner(") {
		return false
	}
	_, top, _ := strings.Cut(stack, "\n")
	return !strings.HasPrefix(top, "testing.") && !strings.HasPrefix(top, "internal/synctest.")
}

// background reports whether the goroutine belongs to the runtime, the testing package or os/signal, whose one goroutine stays when it has started.
func background(stack string) bool {
	for _, mark := range []string{
		"created by runtime.",
		"created by testing.",
		"testing.(*M).",
		"testing.RunTests",
		"testing.runFuzz",
		"os/signal.loop",
		"runtime/trace.",
		"runtime/pprof.",
	} {
		if strings.Contains(stack, mark) {
			return true
		}
	}
	return false
}
