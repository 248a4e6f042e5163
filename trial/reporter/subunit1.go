// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// subunit1 writes subunit, version 1, where one test ends before the next begins: each is written when it has ended. Twisted: SubunitReporter.
type subunit1 struct {
	Base
	out
	o   Options
	run *result.Run
}

func newSubunit1(o Options) (Reporter, error) { return &subunit1{out: out{w: o.Writer}, o: o}, nil }

func (r *subunit1) Begin(run *result.Run) { r.run = run }

func (r *subunit1) StopTest(t *result.Test) {
	start, label := t.Started, subunitID(t.ID)
	if start.IsZero() {
		start = r.o.Now()
	}
	var b strings.Builder
	const clock = "time: 2006-01-02 15:04:05.000000Z\n"
	fmt.Fprintf(&b, "%stest: %s\n", start.UTC().Format(clock), label)
	if t.Flaky() {
		b.WriteString("tags: flaky\n")
	}
	fmt.Fprintf(&b, "%s%s: %s", start.Add(t.Elapsed).UTC().Format(clock), subunitWord(t), label)
	if d := details(t, r.run); len(d) > 0 {
		b.WriteString(" [ multipart\n")
		for _, one := range d {
			fmt.Fprintf(&b, "Content-Type: text/plain;charset=utf8\n%s\n", one.name)
			if len(one.text) > 0 {
				fmt.Fprintf(&b, "%X\r\n%s", len(one.text), one.text)
			}
			b.WriteString("0\r\n")
		}
		b.WriteString("]")
	}
	r.print(b.String(), "\n")
}

func (r *subunit1) StopPackage(p *result.Package) {
	for _, t := range outside(p) {
		r.StopTest(t)
	}
}

func (r *subunit1) Done(*result.Summary) error { return r.err }

func subunitWord(t *result.Test) string {
	switch t.Outcome {
	case result.Failed:
		return "failure"
	case result.Skipped:
		return "skip"
	case result.ExpectedFailure:
		return "xfail"
	case result.UnexpectedSuccess:
		return "uxsuccess"
	case result.Passed:
		return "success"
	}
	return "error"
}

// subunitID is the id of a test in one line that no details seem to follow.
func subunitID(id result.ID) string {
	s := name(valid(id.String()))
	if strings.HasSuffix(s, "[") || strings.HasSuffix(s, "multipart") {
		s += "."
	}
	return strings.TrimSpace(s)
}

// A detail is a file that belongs to a test. The names are those that subunit's tools know.
type detail struct{ name, text string }

func details(t *result.Test, run *result.Run) []detail {
	var d []detail
	if t.Reason != "" {
		d = append(d, detail{"reason", valid(t.Reason)})
	}
	if text := machineText(t.Problems, dirOf(run, t.Package)); text != "" {
		d = append(d, detail{"traceback", text})
	}
	if t.Flaky() {
		d = append(d, detail{"attempts", attempts(t)})
	}
	if !t.Outcome.Bad() && !t.Flaky() {
		return d
	}
	if text := machineOutput(t.Output, t.Omitted); text != "" {
		d = append(d, detail{"stdout", text})
	}
	if seed := seedOf(run); seed != "" {
		d = append(d, detail{"seed", seed})
	}
	return d
}

// ended is when t ended.
func ended(t *result.Test, now func() time.Time) time.Time {
	if t.Started.IsZero() {
		return now()
	}
	return t.Started.Add(t.Elapsed)
}
