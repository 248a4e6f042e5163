// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// machineText is what programs are told of problems: all of them, plain, valid, and not without end.
func machineText(problems []result.Problem, dir string) string {
	var b strings.Builder
	for _, p := range problems {
		p = placed(p, dir)
		b.WriteString(strings.TrimRight(position(p.File, p.Line)+trimStack(p.Text), "\n") + "\n")
	}
	return valid(bound(b.String(), maxMachine, 0))
}

// dirOf returns the folder of a package, if that is known.
func dirOf(run *result.Run, path string) string {
	if run == nil {
		return ""
	}
	return run.Dirs[path]
}

// machineOutput is what programs are told of the output of a test.
func machineOutput(output []byte, omitted int64) string {
	return valid(bound(string(output), maxMachine, omitted))
}

// headline is the first line of a problem.
func headline(p result.Problem) string {
	return name(valid(firstLine(p.Text)))
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimRight(first, "\r")
}

// message is the headline of the first problem of t, or what else there is to say.
func message(t *result.Test) string {
	if len(t.Problems) > 0 {
		return headline(t.Problems[0])
	}
	if t.Outcome.Bad() {
		return "a subtest failed"
	}
	return name(t.Reason)
}

// warnings returns the warnings of t, each once.
func warnings(t *result.Test) []result.Warning {
	var all []result.Warning
	seen := map[result.Warning]bool{}
	for _, w := range t.Warnings {
		if !seen[w] {
			seen[w] = true
			all = append(all, w)
		}
	}
	return all
}

// outside returns what went wrong outside of the tests of p as tests, so that those who know only tests are told.
func outside(p *result.Package) []*result.Test {
	problems := p.Problems
	label := notInTest
	if len(problems) == 0 && len(p.Build) > 0 && p.Outcome.Bad() {
		problems = []result.Problem{{Error: true, Text: "it does not compile\n" + string(p.Build)}}
		label = "<build>"
	}
	if len(problems) == 0 {
		return nil
	}
	t := &result.Test{ID: result.ID{Package: p.Path, Name: label}, Outcome: result.Failed, Problems: problems, Output: p.Output}
	for _, one := range problems {
		if one.Error {
			t.Outcome = result.Errored
		}
	}
	return []*result.Test{t}
}

// allTests returns the tests of s, and those of outside, by package.
func allTests(s *result.Summary) (paths []string, packages map[string]*result.Package, tests map[string][]*result.Test) {
	packages, tests = map[string]*result.Package{}, map[string][]*result.Test{}
	for _, p := range s.Packages {
		if packages[p.Path] == nil {
			paths = append(paths, p.Path)
		}
		packages[p.Path] = p
	}
	for _, t := range s.Tests {
		if packages[t.Package] == nil {
			packages[t.Package] = &result.Package{Path: t.Package, Coverage: -1}
			paths = append(paths, t.Package)
		}
		tests[t.Package] = append(tests[t.Package], t)
	}
	for path, p := range packages {
		tests[path] = append(tests[path], outside(p)...)
	}
	return paths, packages, tests
}
