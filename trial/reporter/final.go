// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// maxNames is how many tests with the same problem are named.
const maxNames = 100

// notInTest names what happened outside of tests. Twisted: ErrorHolder.
const notInTest = "<not in test>"

// A group is tests of which the same is to be said.
type group struct {
	mark  mark
	text  string
	names []string
	tests []*result.Test // whose output is shown
}

// groups collects what is said at the end, equal texts together. Twisted: Reporter._groupResults.
type groups struct {
	all   []*group
	index map[string]*group
}

func (g *groups) add(m mark, text, name string, t *result.Test) {
	key := m.tree + text
	one := g.index[key]
	if one == nil {
		one = &group{mark: m, text: text}
		if g.index == nil {
			g.index = map[string]*group{}
		}
		g.index[key] = one
		g.all = append(g.all, one)
	}
	one.names = append(one.names, name)
	if t != nil && len(t.Output) > 0 {
		one.tests = append(one.tests, t)
	}
}

// ranks orders groups: bad news first.
var ranks = map[string]int{"[FAIL]": 0, "[ERROR]": 1, "[FLAKY]": 2, "[SUCCESS!?!]": 3, "[TODO]": 4, "[SKIPPED]": 5}

func collect(s *result.Summary, o Options) []*group {
	var g groups
	problems := func(list []result.Problem, path, name string, t *result.Test) {
		for i, p := range list {
			m := marks[result.Failed]
			if p.Error {
				m = marks[result.Errored]
			}
			if i > 0 {
				t = nil // its output is shown once
			}
			g.add(m, formatProblem(p, dirOf(s.Run, path), o), name, t)
		}
	}
	for _, t := range s.Tests {
		id := name(t.ID.String())
		switch {
		case t.Outcome.Bad():
			problems(t.Problems, t.Package, id, t)
		case t.Flaky():
			g.add(flaky, attempts(t)+formatAll(t.Problems, dirOf(s.Run, t.Package), o), id, t)
		case t.Outcome == result.UnexpectedSuccess:
			g.add(marks[t.Outcome], "Reason: "+reason(t.Reason)+"\n", id, nil)
		case t.Outcome == result.ExpectedFailure:
			g.add(marks[t.Outcome], "Reason: "+reason(t.Reason)+"\n"+formatAll(t.Problems, dirOf(s.Run, t.Package), o), id, nil)
		case t.Outcome == result.Skipped:
			g.add(marks[t.Outcome], reason(t.Reason)+"\n", id, nil)
		}
	}
	for _, p := range s.Packages {
		problems(p.Problems, p.Path, name(p.Path)+" "+notInTest, nil)
		if len(p.Problems) == 0 && len(p.Build) > 0 && p.Outcome.Bad() {
			problems([]result.Problem{{Error: true, Text: string(p.Build)}}, "", name(p.Path)+" (does not compile)", nil)
		}
	}
	slices.SortStableFunc(g.all, func(a, b *group) int { return cmp.Compare(ranks[a.mark.tree], ranks[b.mark.tree]) })
	return g.all
}

func reason(s string) string {
	if s == "" {
		return "none was given"
	}
	return name(s)
}

// attempts tells how often a flaky test failed.
func attempts(t *result.Test) string {
	bad := 0
	var all []string
	for _, o := range append(slices.Clone(t.Attempts), t.Outcome) {
		if o.Bad() {
			bad++
		}
		all = append(all, o.String())
	}
	return fmt.Sprintf("It failed in %d of %d attempts: %s.\n", bad, len(all), strings.Join(all, ", "))
}

func formatAll(problems []result.Problem, dir string, o Options) string {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(formatProblem(p, dir, o))
	}
	return b.String()
}

// final returns what Done writes: the groups, how to repeat what went wrong, the slowest tests, numbers and the verdict. Twisted: Reporter.done.
func final(s *result.Summary, o Options) string {
	var b strings.Builder
	p := palette(o.Color == ColorAlways)
	b.WriteByte('\n')
	for _, g := range collect(s, o) {
		g.write(&b, p, o)
	}
	if again := repeat(s); len(again) > 0 {
		fmt.Fprintf(&b, "%s\n%s\n", strings.Repeat("=", o.columns()), p.paint(bold, "To repeat it:"))
		for _, l := range again {
			fmt.Fprintf(&b, "  %s\n", l)
		}
	}
	b.WriteString(slowest(s.Tests, o))
	fmt.Fprintf(&b, "%s\nRan %d tests in %.3fs\n\n", strings.Repeat("-", o.columns()), s.Counts.Run, s.Elapsed.Seconds())
	if s.Interrupted {
		b.WriteString(p.paint(magenta, "Interrupted: not everything that was asked for did run.") + "\n")
	}
	b.WriteString(verdict(s, p) + "\n")
	return b.String()
}

func (g *group) write(b *strings.Builder, p palette, o Options) {
	fmt.Fprintf(b, "%s\n%s\n%s\n", strings.Repeat("=", o.columns()), p.paint(g.mark.color, g.mark.tree), g.text)
	for i, n := range g.names {
		if i == maxNames {
			fmt.Fprintf(b, "... and %s more\n", thousands(int64(len(g.names)-maxNames)))
			break
		}
		b.WriteString(p.paint(bold, n) + "\n")
	}
	for i, t := range g.tests {
		if i == maxNames {
			break
		}
		fmt.Fprintf(b, "\n%s\n", p.paint(dim, "What "+name(t.Name)+" printed:"))
		for l := range strings.Lines(paint(bound(string(t.Output), o.MaxText, t.Omitted), bool(p))) {
			b.WriteString("  " + strings.TrimRight(l, "\n") + "\n")
		}
	}
}

// verdict is "PASSED" or "FAILED" with the counts that are not zero, or "FLAKY" if nothing but that is wrong.
func verdict(s *result.Summary, p palette) string {
	c := s.Counts
	var parts []string
	for _, stat := range []struct {
		name string
		n    int
	}{
		{"skips", c.Skips}, {"expectedFailures", c.ExpectedFailures}, {"failures", c.Failures}, {"errors", c.Errors},
		{"unexpectedSuccesses", c.UnexpectedSuccesses}, {"flaky", c.Flaky}, {"successes", c.Successes},
	} {
		if stat.n > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", stat.name, stat.n))
		}
	}
	summary := ""
	if len(parts) > 0 {
		summary = " (" + strings.Join(parts, ", ") + ")"
	}
	switch {
	case c.Flaky > 0 && c.Failures+c.Errors == 0 && !s.Interrupted && (s.Passed || c.UnexpectedSuccesses == 0):
		return p.paint(magenta, "FLAKY") + summary
	case !s.Passed:
		return p.paint(red, "FAILED") + summary
	}
	return p.paint(green, "PASSED") + summary
}

// slowest lists the tests that took longest, without those that only waited for their subtests.
func slowest(tests []*result.Test, o Options) string {
	if o.Slowest <= 0 {
		return ""
	}
	parents := map[result.ID]bool{}
	for _, t := range tests {
		for i, c := range t.Name {
			if c == '/' {
				parents[result.ID{Package: t.Package, Name: t.Name[:i]}] = true
			}
		}
	}
	leaves := slices.DeleteFunc(slices.Clone(tests), func(t *result.Test) bool { return parents[t.ID] || t.Name == "" })
	slices.SortStableFunc(leaves, func(a, b *result.Test) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	if len(leaves) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nSlowest:\n", strings.Repeat("=", o.columns()))
	for _, t := range leaves[:min(o.Slowest, len(leaves))] {
		fmt.Fprintf(&b, "%9s  %s\n", seconds(t.Elapsed), name(t.ID.String()))
	}
	return b.String()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3fs", d.Seconds()) }
