// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// tapReporter writes the Test Anything Protocol, with the plan at the end. A flaky test is a "not ok" that does not count, by the directive TODO.
type tapReporter struct {
	Base
	out
	version int
	n       int
	run     *result.Run
	planned bool
}

var _ io.Closer = (*tapReporter)(nil)

func newTAP14(o Options) (Reporter, error) {
	return &tapReporter{out: out{w: o.Writer}, version: 14}, nil
}

func newTAP13(o Options) (Reporter, error) {
	return &tapReporter{out: out{w: o.Writer}, version: 13}, nil
}

func (r *tapReporter) Begin(run *result.Run) {
	if r.run == nil {
		r.print(fmt.Sprintf("TAP version %d\n", r.version))
	}
	r.run = run
	for l := range strings.Lines(opening(run)) {
		r.print("# ", l)
	}
}

func (r *tapReporter) StopTest(t *result.Test) {
	r.n++
	ok, directive := "ok", ""
	switch {
	case t.Outcome.Bad() || t.Outcome == result.Running:
		ok = "not ok"
	case t.Flaky():
		ok, directive = "not ok", " # TODO flaky"
	case t.Outcome == result.Skipped:
		directive = " # SKIP " + tapText(t.Reason)
	case t.Outcome == result.ExpectedFailure:
		ok, directive = "not ok", " # TODO "+tapText(t.Reason)
	case t.Outcome == result.UnexpectedSuccess:
		directive = " # TODO " + tapText(t.Reason)
	default:
		directive = fmt.Sprintf(" # time=%.3fms", float64(t.Elapsed.Microseconds())/1000)
	}
	r.print(fmt.Sprintf("%s %d - %s%s\n", ok, r.n, tapText(t.ID.String()), strings.TrimRight(directive, " ")), r.diagnostics(t))
}

func (r *tapReporter) StopPackage(p *result.Package) {
	for _, t := range outside(p) {
		r.StopTest(t)
	}
}

func (r *tapReporter) Done(s *result.Summary) error {
	if s.Interrupted {
		r.planned = true
		r.print("Bail out! Interrupted\n")
	} else if s.Run == nil || s.Run.Pass == 0 {
		r.plan()
	}
	return r.err
}

// Close writes the plan if Done did not, as the run was repeated.
func (r *tapReporter) Close() error {
	r.plan()
	return r.err
}

func (r *tapReporter) plan() {
	if !r.planned {
		r.planned = true
		r.print(fmt.Sprintf("1..%d\n", r.n))
	}
}

// tapText is one line where nothing begins a directive.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(name(s))
}

// diagnostics is the block of YAML below a test that has something to tell.
func (r *tapReporter) diagnostics(t *result.Test) string {
	if !t.Outcome.Bad() && !t.Flaky() && len(t.Warnings) == 0 && len(t.Problems) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("  ---\n")
	field := func(key, value string) {
		if value == "" {
			return
		}
		q, _ := json.Marshal(value) // a string of JSON is one of YAML
		fmt.Fprintf(&b, "  %s: %s\n", key, q)
	}
	block := func(key, text string) {
		if text == "" {
			return
		}
		fmt.Fprintf(&b, "  %s: |2\n", key)
		for l := range strings.Lines(yamlText(text)) {
			b.WriteString(strings.TrimRight("    "+strings.TrimRight(l, "\n"), " ") + "\n")
		}
	}
	field("message", message(t))
	if t.Outcome.Bad() {
		field("severity", map[bool]string{true: "error", false: "fail"}[t.Outcome == result.Errored])
	}
	dir := dirOf(r.run, t.Package)
	if len(t.Problems) > 0 {
		if p := placed(t.Problems[0], dir); p.File != "" {
			file, _ := json.Marshal(name(p.File))
			fmt.Fprintf(&b, "  at: { \"file\": %s, \"line\": %d }\n", file, p.Line)
		}
	}
	fmt.Fprintf(&b, "  duration_ms: %.3f\n", float64(t.Elapsed.Microseconds())/1000)
	if t.Outcome.Bad() || t.Flaky() {
		field("seed", seedOf(r.run))
	}
	if t.Flaky() {
		field("attempts", strings.TrimSpace(attempts(t)))
	}
	block("problems", machineText(t.Problems, dir))
	warned := ""
	for _, w := range warnings(t) {
		warned += name(w.String()) + "\n"
	}
	block("warnings", warned)
	if t.Outcome.Bad() || t.Flaky() {
		block("output", machineOutput(t.Output, t.Omitted))
	}
	b.WriteString("  ...\n")
	return b.String()
}

// yamlText takes what YAML knows as more ends of lines, and its byte order mark, out of valid text.
var yamlText = strings.NewReplacer("\u2028", "\uFFFD", "\u2029", "\uFFFD", "\uFEFF", "\uFFFD").Replace
