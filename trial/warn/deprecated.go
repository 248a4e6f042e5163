// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package warn

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/assert"
)

// DeprecationText returns "name was deprecated in since", and "; please use replacement instead" if there is one. Twisted: getDeprecationWarningString.
func DeprecationText(name, since, replacement string) string {
	text := name + " was deprecated in " + since
	if replacement != "" {
		text += "; please use " + replacement + " instead"
	}
	return text
}

// Deprecated warns the caller of the function that calls it that this function is deprecated. since is a product and its version; replacement may be "".
// Twisted: deprecated, deprecatedProperty.
func Deprecated(since, replacement string) {
	var pc [1]uintptr
	runtime.Callers(2, pc[:])
	f, _ := runtime.CallersFrames(pc[:]).Next()
	emit(context.Background(), Deprecation, DeprecationText(f.Function, since, replacement), 2)
}

// CallDeprecated calls call, which calls f, and checks that it warns that f is deprecated, in exactly the words of [Deprecated]. Other warnings go where they would go
// without it. Twisted: callDeprecated.
func CallDeprecated(t testing.TB, f any, since, replacement string, call func()) {
	t.Helper()
	name := nameOf(f)
	warnings := during(t, call)
	at := slices.IndexFunc(warnings, func(w Warning) bool {
		return w.Category == Deprecation && strings.HasPrefix(w.Text, name+" ")
	})
	if at < 0 {
		at = slices.IndexFunc(warnings, func(w Warning) bool { return w.Category == Deprecation })
	}
	for i, w := range warnings {
		if i != at {
			deliver(context.Background(), w, 0)
		}
	}
	if at < 0 {
		t.Fatalf("%s is not deprecated", name)
		return
	}
	assert.Equal(t, warnings[at].Text, DeprecationText(name, since, replacement), "the warning")
}

// Expect calls f, and checks that it emits a warning with this category and text, and no other. Twisted: assertWarns, failUnlessWarns.
func Expect(t testing.TB, category Category, text string, f func()) {
	t.Helper()
	found := during(t, f)
	if len(found) == 0 {
		t.Fatalf("no warning was emitted, want %s: %s", category, text)
		return
	}
	for _, w := range found {
		if w.Category != category || w.Text != text {
			var all []string
			for _, w := range found {
				all = append(all, w.String())
			}
			t.Fatalf("the warnings are not %s: %s\n%s", category, text, strings.Join(all, "\n"))
			return
		}
	}
}

// during returns the warnings that f emits without a context.
func during(t testing.TB, f func()) []Warning {
	c := begin(t, nil)
	defer c.end()
	f()
	return c.Flush()
}
