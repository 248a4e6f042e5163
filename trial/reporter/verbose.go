// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// verboseReporter writes a line for every test when it ends, for several may run at once. Twisted: VerboseTextReporter.
type verboseReporter struct {
	human
	after func(t *result.Test) string // what the line of a test ends with
}

func newVerbose(o Options) (Reporter, error) {
	return &verboseReporter{newHuman(o), func(*result.Test) string { return "" }}, nil
}

func (r *verboseReporter) StopTest(t *result.Test) {
	var b strings.Builder
	b.WriteString(name(t.ID.String()) + " ... ")
	for _, m := range marksOf(t) {
		b.WriteString(r.p.paint(m.color, m.verbose))
	}
	r.print(b.String(), r.after(t), "\n", r.warnings(t))
}

func (r *verboseReporter) StopPackage(p *result.Package) {
	var b strings.Builder
	for _, one := range p.Problems {
		m := marks[result.Failed]
		if one.Error {
			m = marks[result.Errored]
		}
		b.WriteString(name(p.Path) + " " + notInTest + " ... " + r.p.paint(m.color, m.verbose) + "\n")
	}
	if len(p.Problems) == 0 && len(p.Build) > 0 && p.Outcome.Bad() {
		b.WriteString(name(p.Path) + " (does not compile) ... " + r.p.paint(red, "[ERROR]") + "\n")
	}
	r.print(b.String())
}
