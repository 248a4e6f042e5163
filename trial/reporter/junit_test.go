// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/trial/reporter"
	"github.com/torsion-go/torsion/trial/result"
)

// A junitElement is what a schema says of an element: its children in their order, "?" for those that may be missing, "*" for any number, and its attributes with patterns, "?" likewise.
type junitElement struct {
	children []string
	choice   bool // one of the children, at most
	attrs    map[string]string
}

const (
	integer   = `[0-9]+`
	decimals  = `[0-9]+(\.[0-9]+)?`
	surefire  = `[0-9]+(\.[0-9]{0,3})?` // thousandths at most
	something = `(?s).*\S.*`            // a token of one character at least
	anything  = `(?s).*`
)

// antSchema is what the schema of Ant's reports (windyroad/JUnit-Schema) asks for, with flaky tests as Jenkins (junit-10.xsd of its xunit plugin) and Surefire have them. Jenkins asks for no more.
var antSchema = map[string]junitElement{
	"testsuites": {children: []string{"testsuite*"}},
	"testsuite": {children: []string{"properties", "testcase*", "system-out", "system-err"}, attrs: map[string]string{
		"name": something, "package": anything, "id": integer, "hostname": something, "tests": integer, "failures": integer, "errors": integer, "skipped": integer,
		"time": surefire, "timestamp": `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}`,
	}},
	"properties": {children: []string{"property*"}},
	"property":   {attrs: map[string]string{"name": something, "value": anything}},
	"testcase": {choice: true, children: []string{"skipped", "error", "failure", "flakyFailure", "flakyError"}, attrs: map[string]string{
		"name": anything, "classname": anything, "time": decimals,
	}},
	"skipped":      {attrs: map[string]string{"?message": anything}},
	"error":        {attrs: map[string]string{"?message": anything, "type": something}},
	"failure":      {attrs: map[string]string{"?message": anything, "type": something}},
	"flakyFailure": {attrs: map[string]string{"?message": anything, "type": something}},
	"flakyError":   {attrs: map[string]string{"?message": anything, "type": something}},
	"system-out":   {},
	"system-err":   {},
}

// A junitNode is an element of a document, and its text.
type junitNode struct {
	XMLName  xml.Name
	Attrs    []xml.Attr  `xml:",any,attr"`
	Children []junitNode `xml:",any"`
	Text     string      `xml:",chardata"`
}

func (n *junitNode) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// checkJUnit reads a document by the schema, and counts again what its attributes say.
func checkJUnit(doc string) (*junitNode, error) {
	d := xml.NewDecoder(strings.NewReader(doc))
	var root junitNode
	if err := d.Decode(&root); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) && err != nil {
		return nil, fmt.Errorf("behind the document: %w", err)
	}
	if root.XMLName.Local != "testsuites" {
		return nil, fmt.Errorf("the document is a %s", root.XMLName.Local)
	}
	return &root, root.check()
}

func (n *junitNode) check() error {
	name := n.XMLName.Local
	schema, ok := antSchema[name]
	if !ok {
		return fmt.Errorf("no element %q is known", name)
	}
	known := map[string]bool{}
	for key, pattern := range schema.attrs {
		attr := strings.TrimPrefix(key, "?")
		known[attr] = true
		has := slices.ContainsFunc(n.Attrs, func(a xml.Attr) bool { return a.Name.Local == attr })
		if !has && key == attr {
			return fmt.Errorf("%s has no %s", name, attr)
		}
		if has && !regexp.MustCompile(`^(?:`+pattern+`)$`).MatchString(n.attr(attr)) {
			return fmt.Errorf("%s: %s=%q", name, attr, n.attr(attr))
		}
	}
	for _, a := range n.Attrs {
		if !known[a.Name.Local] {
			return fmt.Errorf("%s: what is %s=%q?", name, a.Name.Local, a.Value)
		}
	}
	at := 0
	for i := range n.Children {
		c := &n.Children[i]
		for at < len(schema.children) && strings.TrimSuffix(schema.children[at], "*") != c.XMLName.Local {
			if !schema.choice && !strings.HasSuffix(schema.children[at], "*") {
				return fmt.Errorf("%s: %s where %s should be", name, c.XMLName.Local, schema.children[at])
			}
			at++
		}
		if at == len(schema.children) || schema.choice && i > 0 {
			return fmt.Errorf("%s: %s should not be there", name, c.XMLName.Local)
		}
		if !strings.HasSuffix(schema.children[at], "*") {
			at++
		}
		if err := c.check(); err != nil {
			return err
		}
	}
	if name == "testsuite" {
		counts := map[string]int{}
		for _, c := range n.Children {
			if c.XMLName.Local == "testcase" {
				counts["tests"]++
				for _, verdict := range c.Children {
					counts[map[string]string{"failure": "failures", "error": "errors", "skipped": "skipped"}[verdict.XMLName.Local]]++
				}
			}
		}
		for _, what := range []string{"tests", "failures", "errors", "skipped"} {
			if got := n.attr(what); got != fmt.Sprint(counts[what]) {
				return fmt.Errorf("%s=%s, there are %d", what, got, counts[what])
			}
		}
	}
	return nil
}

func TestJUnit(t *testing.T) {
	root, err := checkJUnit(report(t, "junit", reporter.Options{}, summary(tests(), packages())))
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]string{}
	for _, suite := range root.Children {
		for _, c := range suite.Children {
			if c.XMLName.Local == "testcase" && len(c.Children) > 0 {
				verdicts[c.attr("name")] = c.Children[0].XMLName.Local + ": " + c.Children[0].attr("message")
			}
		}
	}
	for name, want := range map[string]string{
		"TestFail": "failure: prices differ:", "TestCart": "error: panic: runtime error: index out of range [3] with length 3", "TestSkip": "skipped: no network",
		"TestTodo": "skipped: todo: issue 12", "TestFlaky": "flakyFailure: timed out", "TestTable": "failure: a subtest failed", "<build>": "error: it does not compile",
		"<not in test>": "error: logged: lost connection", "TestPass": "", "TestDone": "",
	} {
		if verdicts[name] != want {
			t.Errorf("%s: %q, want %q", name, verdicts[name], want)
		}
	}
	for _, doc := range []string{"", "<testsuite/>", "<testsuites><x/></testsuites>", "<testsuites a='1'/>", "<testsuites><testsuite name='x'/></testsuites>"} {
		if _, err := checkJUnit(doc); err == nil {
			t.Errorf("the check takes %q", doc)
		}
	}
}

// TestStrictTodo: an unexpected success is a failure if the run says so.
func TestStrictTodo(t *testing.T) {
	doc := report(t, "junit", reporter.Options{StrictTodo: true}, summary(tests()[6:7], nil))
	if _, err := checkJUnit(doc); err != nil || !strings.Contains(doc, `<failure message="it passed, and was expected to fail: issue 13" type="unexpected success">`) {
		t.Errorf("%v\n%s", err, doc)
	}
}

// TestRepeated: runs that are repeated are one document, one plan.
func TestRepeated(t *testing.T) {
	for _, name := range []string{"junit", "tap"} {
		file := t.TempDir() + "/report"
		r, err := reporter.Open([]string{name + "=" + file}, reporter.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for pass := 1; pass <= 2; pass++ {
			s := summary(tests(), packages())
			s.Run.Pass = pass
			if err := play(r, s); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.(io.Closer).Close(); err != nil {
			t.Fatal(err)
		}
		got := readFile(t, file)
		if name == "tap" {
			if _, err := checkTAP(got); err != nil || !strings.Contains(got, "\n1..36\n") || strings.Count(got, "TAP version") != 1 {
				t.Errorf("%v\n%s", err, got)
			}
			continue
		}
		root, err := checkJUnit(got)
		if err != nil {
			t.Fatal(err)
		}
		if len(root.Children) != 6 || root.Children[5].attr("id") != "5" {
			t.Errorf("%d suites", len(root.Children))
		}
	}
}

// TestNoTests: a run of nothing is a document too.
func TestNoTests(t *testing.T) {
	if _, err := checkJUnit(report(t, "junit", reporter.Options{}, &result.Summary{Run: &result.Run{}, Passed: true})); err != nil {
		t.Error(err)
	}
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
