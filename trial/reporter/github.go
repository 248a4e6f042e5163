// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// maxAnnotation is how many bytes of a problem an annotation has.
const maxAnnotation = 16 << 10

// githubReporter writes commands to the log of GitHub Actions: a group that folds for each package, and an annotation for each problem, which the page of the change shows beside the line.
type githubReporter struct {
	Base
	out
	run   *result.Run
	root  string // of the repository
	tests map[string][]*result.Test
}

func newGitHub(o Options) (Reporter, error) {
	root := os.Getenv("GITHUB_WORKSPACE")
	if root == "" {
		root, _ = os.Getwd()
	}
	return &githubReporter{out: out{w: o.Writer}, root: root}, nil
}

func (r *githubReporter) Begin(run *result.Run) {
	r.run, r.tests = run, map[string][]*result.Test{}
	r.print(opening(run))
}

func (r *githubReporter) StopTest(t *result.Test) {
	if r.tests == nil {
		r.tests = map[string][]*result.Test{}
	}
	r.tests[t.Package] = append(r.tests[t.Package], t)
}

func (r *githubReporter) StopPackage(p *result.Package) {
	tests := append(r.tests[p.Path], outside(p)...)
	delete(r.tests, p.Path)
	r.print(r.pack(p.Path, tests))
}

func (r *githubReporter) Done(s *result.Summary) error {
	for _, path := range slices.Sorted(maps.Keys(r.tests)) { // packages that did not stop
		r.print(r.pack(path, r.tests[path]))
	}
	r.tests = nil
	r.print(fmt.Sprintf("Ran %d tests in %.3fs\n%s\n", s.Counts.Run, s.Elapsed.Seconds(), verdict(s, false)))
	return r.err
}

// pack returns the group of a package and its annotations, which stand behind it: inside they would be folded away.
func (r *githubReporter) pack(path string, tests []*result.Test) string {
	if len(tests) == 0 {
		return ""
	}
	var c result.Counts
	var group, notes strings.Builder
	for _, t := range tests {
		c.AddTest(t)
		m := marksOf(t)[0]
		fmt.Fprintf(&group, "%s %s (%.3fs)\n", m.tree, harmless(name(t.Name)), t.Elapsed.Seconds())
		r.annotate(&notes, t)
	}
	title := harmless(name(path))
	if n := c.Failures + c.Errors; n > 0 {
		title += fmt.Sprintf(" (%d went wrong)", n)
	}
	return "::group::" + escapeData(title) + "\n" + group.String() + "::endgroup::\n" + notes.String()
}

func (r *githubReporter) annotate(b *strings.Builder, t *result.Test) {
	suffix := ""
	if seed := seedOf(r.run); seed != "" {
		suffix = "\nthe order came from seed " + seed
	}
	level := ""
	switch {
	case t.Outcome.Bad():
		level = "error"
	case t.Flaky():
		level = "warning"
		suffix = "\n" + attempts(t) + suffix
		if len(t.Problems) == 0 {
			r.command(b, level, t, result.Problem{Text: "flaky" + suffix})
		}
	}
	if level != "" {
		for _, p := range t.Problems {
			p.Text = trimStack(p.Text) + suffix
			r.command(b, level, t, p)
		}
	}
	if t.Outcome == result.UnexpectedSuccess {
		r.command(b, "notice", t, result.Problem{Text: "it passed, and was expected to fail: " + t.Reason})
	}
	for _, w := range warnings(t) {
		r.command(b, "warning", t, result.Problem{Text: w.Category + ": " + w.Text, File: w.File, Line: w.Line})
	}
}

// command writes "::error file=x.go,line=1,title=TestX::text".
func (r *githubReporter) command(b *strings.Builder, level string, t *result.Test, p result.Problem) {
	var properties []string
	if p.File != "" && !missing(p.File, dirOf(r.run, t.Package)) {
		properties = append(properties, "file="+escapeProperty(r.path(p.File, t.Package)))
		if p.Line > 0 {
			properties = append(properties, "line="+strconv.Itoa(p.Line))
		}
	}
	properties = append(properties, "title="+escapeProperty(name(t.ID.String())))
	text := valid(bound(strings.TrimSpace(p.Text), maxAnnotation, 0))
	fmt.Fprintf(b, "::%s %s::%s\n", level, strings.Join(properties, ","), escapeData(text))
}

// path is the file's from the root of the repository.
func (r *githubReporter) path(file, pkg string) string {
	path := whole(file, dirOf(r.run, pkg))
	if filepath.IsAbs(path) {
		if rel, err := filepath.Rel(r.root, path); err == nil && !strings.HasPrefix(rel, "..") {
			path = rel
		}
	}
	return name(filepath.ToSlash(path))
}

// harmless breaks what the log takes for a command of the older form anywhere in a line.
func harmless(s string) string { return strings.ReplaceAll(s, "##[", "# #[") }

var (
	escapeData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace
)
