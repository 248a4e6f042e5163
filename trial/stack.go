// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package trial

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
)

// caller returns the place from which the packages of this test framework and of the reactor were called.
func caller() (file string, line int) {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !internalFrame(f) {
			return f.File, f.Line
		}
		if !more {
			return "", 0
		}
	}
}

// modulePath begins the names of the functions of Torsion.
const modulePath = "github.com/torsion-go/torsion/"

// internalFrame reports whether the function is of this package, or of the parts of core that a test calls to have something made.
func internalFrame(f runtime.Frame) bool {
	if strings.HasSuffix(f.File, "_test.go") {
		return false
	}
	name, ok := strings.CutPrefix(f.Function, modulePath)
	if !ok {
		return f.Function == "" || strings.HasPrefix(f.Function, "runtime.") || strings.HasPrefix(f.Function, "testing.") || strings.HasPrefix(f.Function, "reflect.")
	}
	return strings.HasPrefix(name, "core/") && !strings.HasPrefix(name, "core/examples") || strings.HasPrefix(name, "trial.")
}

// maxOrigin bounds the calls that are shown of where something was made.
const maxOrigin = 8

// origin returns the calls that made something: those of the test and what it tests, one function and its place a call.
func origin(s deferred.Stack) string {
	var all, own []runtime.Frame
	frames := runtime.CallersFrames(s)
	for more := len(s) > 0; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if belowTests(f.Function) {
			break
		}
		all = append(all, f)
		if len(own) > 0 || !internalFrame(f) {
			own = append(own, f)
		}
	}
	if len(own) == 0 {
		own = all
	}
	var b strings.Builder
	for _, f := range own[:min(len(own), maxOrigin)] {
		fmt.Fprintf(&b, "%s\n    %s:%d\n", f.Function, f.File, f.Line)
	}
	return b.String()
}

// belowTests reports whether a function is one of those that call tests.
func belowTests(function string) bool {
	if name, ok := strings.CutPrefix(function, modulePath+"trial."); ok {
		return slices.ContainsFunc([]string{"Config.", "(*Case).guard", "(*Case).run", "(*Case).sub.", "(*Case).Cleanup.", "method."}, func(p string) bool { return strings.HasPrefix(name, p) })
	}
	return function == "runtime.goexit" || function == "testing.tRunner" || strings.HasPrefix(function, "reflect.Value.")
}

// belowTest cuts a printed stack where the functions that call tests begin.
func belowTest(stack string) string {
	at := 0
	for line := range strings.Lines(stack) {
		function := strings.TrimRight(line, "\n")
		if i := strings.LastIndexByte(function, '('); i > 0 && strings.HasSuffix(function, ")") {
			function = function[:i] // without the arguments
		}
		if belowTests(function) {
			return stack[:at]
		}
		at += len(line)
	}
	return stack
}

// aboveTest cuts a printed stack where the functions that a test calls to wait begin; the timer's goroutine, that has no test, is left as it is.
func aboveTest(stack string) string {
	lines := strings.SplitAfter(stack, "\n")
	for len(lines) > 2 && strings.HasPrefix(lines[0], modulePath+"trial.") && !belowTests(strings.TrimPrefix(lines[0], "\n")) {
		lines = lines[2:] // a function, and its place
	}
	return strings.Join(lines, "")
}

// trimPanic leaves out of a stack what is above the place of a panic, and what is below the test.
func trimPanic(stack string) string {
	if _, after, ok := strings.Cut(stack, "\npanic("); ok {
		if lines := strings.SplitAfterN(after, "\n", 3); len(lines) == 3 { // the rest of the call, and its place
			stack = lines[2]
		}
	}
	return belowTest(stack)
}

// placeIn returns the first place in a printed stack that is not the runtime's.
func placeIn(stack string) (file string, line int) {
	function := ""
	for text := range strings.Lines(stack) {
		place, ok := strings.CutPrefix(text, "\t")
		if !ok {
			function = text
			continue
		}
		place, _, _ = strings.Cut(strings.TrimSpace(place), " ")
		i := strings.LastIndexByte(place, ':')
		n, err := strconv.Atoi(place[i+1:])
		if i > 0 && err == nil && !strings.HasPrefix(function, "runtime.") && !strings.HasPrefix(function, "internal/runtime/") {
			return place[:i], n
		}
	}
	return "", 0
}

// indent puts four spaces before each line.
func indent(s string) string {
	s = strings.TrimRight(s, "\n")
	if s == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(s, "\n", "\n    ") + "\n"
}
