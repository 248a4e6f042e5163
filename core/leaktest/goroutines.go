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

// goroutines returns the stacks of all goroutines but the caller's and those that are not a test's doing, by their numbers.
func goroutines() map[string]string {
	p := buffers.Get().(*[]byte)
	defer buffers.Put(p)
	n := runtime.Stack(*p, true)
	for n == len(*p) {
		*p = make([]byte, 2*n)
		n = runtime.Stack(*p, true)
	}
	stacks := strings.Split(strings.TrimSpace(string((*p)[:n])), "\n\n")
	all := make(map[string]string, len(stacks))
	for _, stack := range stacks[1:] { // the first is the caller's
		if id, ok := strings.CutPrefix(stack, "goroutine "); ok && !background(stack) {
			id, _, _ = strings.Cut(id, " ")
			all[id] = stack
		}
	}
	return all
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
