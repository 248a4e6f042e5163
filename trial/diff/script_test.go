// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package diff

import (
	"slices"
	"strings"
	"testing"
)

// leastEdits is the slow and obvious way to find how many edits are needed.
func leastEdits(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			if a[i] == b[j] {
				row[j+1] = prev[j]
			} else {
				row[j+1] = 1 + min(prev[j+1], row[j])
			}
		}
		prev = row
	}
	return prev[len(b)]
}

// check applies the changes to both sides, and returns how many edits they are.
func check(t *testing.T, a, b string, changes []change) int {
	t.Helper()
	var old, made []byte
	x, y, edits := 0, 0, 0
	for _, c := range append(slices.Clone(changes), change{len(a), len(a), len(b), len(b)}) {
		if c.i0 < x || c.i1 < c.i0 || c.j0 < y || c.j1 < c.j0 || c.i1 > len(a) || c.j1 > len(b) {
			t.Fatalf("%q and %q: %v: out of order", a, b, changes)
		}
		if a[x:c.i0] != b[y:c.j0] {
			t.Fatalf("%q and %q: %v: %q is not %q", a, b, changes, a[x:c.i0], b[y:c.j0])
		}
		old = append(append(old, b[y:c.j0]...), a[c.i0:c.i1]...)
		made = append(append(made, a[x:c.i0]...), b[c.j0:c.j1]...)
		edits += c.i1 - c.i0 + c.j1 - c.j0
		x, y = c.i1, c.j1
	}
	if string(old) != a || string(made) != b {
		t.Fatalf("%q and %q: %v makes %q and %q", a, b, changes, old, made)
	}
	return edits
}

func bytewise(a, b string, work int) []change {
	return script(len(a), len(b), func(i, j int) bool { return a[i] == b[j] }, &budget{work})
}

func TestScript(t *testing.T) {
	for _, tt := range []struct{ a, b string }{
		{"", ""}, {"a", ""}, {"", "a"}, {"a", "a"}, {"a", "b"},
		{"abcabba", "cbabac"}, {"kitten", "sitting"}, {"aaaa", "aa"}, {"abab", "baba"},
		{"xaxbxcx", "abc"}, {"abc", "xaxbxcx"}, {"abcdefgh", "hgfedcba"},
	} {
		if got, want := check(t, tt.a, tt.b, bytewise(tt.a, tt.b, maxWork)), leastEdits(tt.a, tt.b); got != want {
			t.Errorf("%q and %q: %d edits, %d would do", tt.a, tt.b, got, want)
		}
	}
}

// Where there are more edits than are searched for at once, and where the budget ends, the changes are still right.
func TestScriptGivesUp(t *testing.T) {
	a := strings.Repeat("abc", 400) + "common" + strings.Repeat("xyz", 400)
	b := strings.Repeat("def", 500) + "common" + strings.Repeat("uvw", 300)
	for _, work := range []int{0, 1, 10, 1000, 100_000, 10_000_000} {
		check(t, a, b, bytewise(a, b, work))
	}
	n := 0
	script(len(a), len(b), func(i, j int) bool { n++; return a[i] == b[j] }, &budget{1000})
	if n > 1010 {
		t.Errorf("%d comparisons, of 1000", n)
	}
}

func FuzzScript(f *testing.F) {
	f.Add("abcabba", "cbabac", 1000)
	f.Add("", "a", 0)
	f.Fuzz(func(t *testing.T, a, b string, work int) {
		if len(a) > 300 || len(b) > 300 {
			t.Skip("too long for the oracle")
		}
		check(t, a, b, bytewise(a, b, work%100_000))
		if got, want := check(t, a, b, bytewise(a, b, maxWork)), leastEdits(a, b); got != want {
			t.Errorf("%d edits, %d would do", got, want)
		}
	})
}

// FuzzText rebuilds both texts from the marks of a difference that shows every line.
func FuzzText(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc\nd")
	f.Add("x\r\n\n", "\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := splitLines(a), splitLines(b)
		if strings.Join(x, "") != a || strings.Join(y, "") != b {
			t.Fatal("lines are lost")
		}
		var removed, added, wantRemoved, wantAdded []string
		changes := script(len(x), len(y), func(i, j int) bool { return x[i] == y[j] }, &budget{maxWork})
		for _, c := range changes {
			for _, l := range x[c.i0:c.i1] {
				wantRemoved = append(wantRemoved, "- "+line(l))
			}
			for _, l := range y[c.j0:c.j1] {
				wantAdded = append(wantAdded, "+ "+line(l))
			}
		}
		for _, l := range textLines(a, b) {
			switch mark, _, _ := strings.Cut(l, " "); mark {
			case "-":
				removed = append(removed, l)
			case "+":
				added = append(added, l)
			}
			if strings.ContainsAny(l, "\n\r\x1b") {
				t.Errorf("a control character is shown: %q", l)
			}
		}
		if !slices.Equal(removed, wantRemoved) || !slices.Equal(added, wantAdded) {
			t.Errorf("shown %q and %q, want %q and %q", removed, added, wantRemoved, wantAdded)
		}
		if (Text(a, b) == "") != (a == b) || (Diff(a, b) == "") != (a == b) || (Diff([]byte(a), []byte(b)) == "") != (a == b) {
			t.Error("wrong about equality")
		}
	})
}
