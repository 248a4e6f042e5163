// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/result"
)

// The document satisfies two schemas: junit-10.xsd of Jenkins' xunit plugin, and, but for flaky tests, which it has no word for, the older one of Ant's reports (windyroad/JUnit-Schema), which says more: the order of elements, one verdict a test.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Package    string          `xml:"package,attr"`
		ID         int             `xml:"id,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Hostname   string          `xml:"hostname,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties junitProperties `xml:"properties"`
		Cases      []junitCase     `xml:"testcase"`
		Out        string          `xml:"system-out"`
		Err        string          `xml:"system-err"`
	}
	junitProperties struct {
		Property []junitProperty `xml:"property"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name         string       `xml:"name,attr"`
		Class        string       `xml:"classname,attr"`
		Time         string       `xml:"time,attr"`
		Skipped      *junitDetail `xml:"skipped"`
		Error        *junitDetail `xml:"error"`
		Failure      *junitDetail `xml:"failure"`
		FlakyFailure *junitDetail `xml:"flakyFailure"`
		FlakyError   *junitDetail `xml:"flakyError"`
	}
	junitDetail struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// junitReporter writes its document when the run is done, and that of runs that are repeated when it is closed.
type junitReporter struct {
	Base
	out
	o     Options
	doc   junitSuites
	wrote bool
}

var _ io.Closer = (*junitReporter)(nil)

func newJUnit(o Options) (Reporter, error) { return &junitReporter{out: out{w: o.Writer}, o: o}, nil }

func (r *junitReporter) Done(s *result.Summary) error {
	paths, packages, tests := allTests(s)
	for _, path := range paths {
		r.doc.Suites = append(r.doc.Suites, r.suite(s, packages[path], tests[path]))
	}
	if s.Run != nil && s.Run.Pass > 0 {
		return r.err
	}
	return r.write()
}

// Close writes the document if Done did not.
func (r *junitReporter) Close() error {
	if r.wrote {
		return nil
	}
	return r.write()
}

func (r *junitReporter) write() error {
	r.wrote = true
	b, err := xml.MarshalIndent(r.doc, "", "\t")
	if err != nil {
		return errors.Join(r.err, fmt.Errorf("reporter: junit: %w", err))
	}
	r.doc.Suites = nil
	r.print(xml.Header, string(b), "\n")
	return r.err
}

func (r *junitReporter) suite(s *result.Summary, p *result.Package, tests []*result.Test) junitSuite {
	host, _ := os.Hostname()
	suite := junitSuite{
		Name:     cmp.Or(strings.TrimSpace(name(p.Path)), "tests"),
		Package:  name(p.Path),
		ID:       len(r.doc.Suites),
		Hostname: cmp.Or(host, "localhost"),
		Time:     fmt.Sprintf("%.3f", p.Elapsed.Seconds()), // Jenkins takes no more digits
	}
	started := r.o.Now()
	property := func(name, value string) {
		suite.Properties.Property = append(suite.Properties.Property, junitProperty{name, value})
	}
	if run := s.Run; run != nil {
		if !run.Started.IsZero() {
			started = run.Started
		}
		if seed := seedOf(run); seed != "" {
			property("seed", seed)
		}
		if run.Pass > 0 {
			property("pass", fmt.Sprint(run.Pass))
		}
	}
	if p.Coverage > 0 {
		property("coverage.statements.pct", fmt.Sprintf("%.1f", p.Coverage))
	}
	suite.Timestamp = started.UTC().Format("2006-01-02T15:04:05")
	for _, t := range tests {
		for _, w := range warnings(t) {
			suite.Out += valid(w.String()) + "\n"
		}
		if t.Outcome == result.UnexpectedSuccess {
			property("unexpected-success", name(t.Name))
		}
		c := r.testcase(t, s.Run)
		suite.Tests++
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		case c.Skipped != nil:
			suite.Skipped++
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Out += machineOutput(p.Output, 0)
	suite.Err = valid(bound(string(p.Build), maxMachine, 0))
	return suite
}

func (r *junitReporter) testcase(t *result.Test, run *result.Run) junitCase {
	c := junitCase{Name: name(t.Name), Class: name(t.Package), Time: decimal(t.Elapsed)}
	d := &junitDetail{Message: message(t), Type: t.Outcome.String(), Text: machineText(t.Problems, dirOf(run, t.Package))}
	if t.Outcome.Bad() || t.Flaky() {
		if seed := seedOf(run); seed != "" {
			d.Text += "the order came from seed " + seed + "\n"
		}
		if o := machineOutput(t.Output, t.Omitted); o != "" {
			d.Text += "\nwhat it printed:\n" + o
		}
	}
	switch {
	case t.Outcome == result.Failed:
		c.Failure = d
	case t.Outcome.Bad() || t.Outcome == result.Running:
		c.Error = d
	case t.Flaky():
		d.Type = "flaky"
		d.Text = attempts(t) + d.Text
		if t.Attempts[0] == result.Errored {
			c.FlakyError = d
		} else {
			c.FlakyFailure = d
		}
	case t.Outcome == result.Skipped:
		c.Skipped = &junitDetail{Message: name(t.Reason)}
	case t.Outcome == result.ExpectedFailure:
		c.Skipped = &junitDetail{Message: "todo: " + name(t.Reason), Text: d.Text}
	case t.Outcome == result.UnexpectedSuccess && r.o.StrictTodo:
		d.Message = "it passed, and was expected to fail: " + name(t.Reason)
		c.Failure = d
	}
	return c
}

func decimal(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
