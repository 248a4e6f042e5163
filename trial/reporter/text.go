// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// human is what the reporters for people share: options, colours, warnings, problems as they happen, and the final report.
type human struct {
	out
	o   Options
	p   palette
	run *result.Run
}

func newHuman(o Options) human {
	return human{out: out{w: o.Writer}, o: o, p: o.Color == ColorAlways}
}

func (h *human) Begin(run *result.Run) {
	h.run = run
	h.print(opening(run))
}

// opening says which of several runs this is, and the seed that repeats its order.
func opening(run *result.Run) string {
	var b strings.Builder
	if run.Pass > 0 {
		fmt.Fprintf(&b, "Test Pass %d\n", run.Pass)
	}
	if run.Shuffled {
		fmt.Fprintf(&b, "Running tests shuffled with seed %d\n", run.Seed)
	}
	return b.String()
}

func (h *human) StartTest(*result.Test) {}

// Problem shows p if problems are shown when they happen.
func (h *human) Problem(t *result.Test, p result.Problem) {
	if h.o.RealTime {
		h.print(h.realTime(t, p))
	}
}

func (h *human) realTime(t *result.Test, p result.Problem) string {
	id := name(t.ID.String())
	if t.Name == "" {
		id = name(t.Package) + " " + notInTest
	}
	return h.p.paint(bold, id) + "\n" + formatProblem(p, dirOf(h.run, t.Package), h.o)
}

func (h *human) StopPackage(*result.Package) {}

func (h *human) Done(s *result.Summary) error {
	h.print(final(s, h.o))
	return h.err
}

// warnings writes the warnings of t, a line for each. Twisted: Reporter._observeWarnings.
func (h *human) warnings(t *result.Test) string {
	var b strings.Builder
	for _, w := range warnings(t) {
		b.WriteString(h.p.paint(magenta, name(w.String())) + "\n")
	}
	return b.String()
}

// textReporter writes a character for every test, and for every problem of those that have some. Tests that failed only because a subtest did have none, so that the letters are as many as the failures and errors. Twisted: TextReporter.
type textReporter struct{ human }

func newText(o Options) (Reporter, error) { return &textReporter{newHuman(o)}, nil }

func (r *textReporter) StopTest(t *result.Test) {
	var b strings.Builder
	for _, m := range marksOf(t) {
		if !byChild(t) {
			b.WriteString(r.p.paint(m.color, m.letter))
		}
	}
	if w := r.warnings(t); w != "" {
		b.WriteString("\n" + w)
	}
	r.print(b.String())
}

func (r *textReporter) Done(s *result.Summary) error {
	for _, p := range s.Packages {
		var c result.Counts
		c.AddPackage(p)
		r.print(r.p.paint(red, strings.Repeat("F", c.Failures)+strings.Repeat("E", c.Errors)))
	}
	r.print("\n")
	return r.human.Done(s)
}

// summaryReporter writes one line of numbers. Twisted: MinimalReporter.
type summaryReporter struct {
	Base
	out
}

func newSummary(o Options) (Reporter, error) { return &summaryReporter{out: out{w: o.Writer}}, nil }

func (r *summaryReporter) Done(s *result.Summary) error {
	c := s.Counts
	r.print(fmt.Sprintf("%.6f %d %d %d %d %d\n", s.Elapsed.Seconds(), c.Run, c.Run, c.Errors, c.Failures, c.Skips))
	return r.err
}
