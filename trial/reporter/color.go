// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"slices"

	"github.com/torsion-go/torsion/trial/result"
)

// palette paints, or does not. Its colours are among the 16 that every terminal lets people choose, and of these the ones that are readable on light and on dark: no yellow, no dark blue.
type palette bool

const (
	bold    = "1"
	dim     = "2"
	red     = "31;1"
	green   = "32"
	blue    = "94"
	magenta = "35"
)

func (p palette) paint(color, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// A mark is how an outcome is shown.
type mark struct {
	tree, verbose, letter string
	color                 string
}

var marks = map[result.Outcome]mark{
	result.Running:           {"[?]", "[?]", "?", red},
	result.Passed:            {"[OK]", "[OK]", ".", green},
	result.Failed:            {"[FAIL]", "[FAILURE]", "F", red},
	result.Errored:           {"[ERROR]", "[ERROR]", "E", red},
	result.Skipped:           {"[SKIPPED]", "[SKIPPED]", "S", blue},
	result.ExpectedFailure:   {"[TODO]", "[TODO]", "T", blue},
	result.UnexpectedSuccess: {"[SUCCESS!?!]", "[SUCCESS!?!]", "!", red},
}

var flaky = mark{"[FLAKY]", "[FLAKY]", "~", magenta}

// marksOf returns a mark for each thing to be said of t: one for each of its problems if it is bad, otherwise one.
func marksOf(t *result.Test) []mark {
	if !t.Outcome.Bad() {
		if t.Flaky() {
			return []mark{flaky}
		}
		return []mark{marks[t.Outcome]}
	}
	var all []mark
	for _, p := range t.Problems {
		o := result.Failed
		if p.Error {
			o = result.Errored
		}
		all = append(all, marks[o])
	}
	if m := marks[t.Outcome]; len(all) == 0 || t.Outcome == result.Errored && !slices.Contains(all, m) {
		all = append(all, m)
	}
	return all
}

// byChild reports whether t failed only because a subtest did.
func byChild(t *result.Test) bool { return t.Outcome.Bad() && len(t.Problems) == 0 }
