// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reporter

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/torsion-go/torsion/trial/result"
)

// maxRepeat is how many lines tell how to repeat what went wrong.
const maxRepeat = 10

// repeat returns command lines that run what went wrong again, one a package, and the seed if the order came from one.
func repeat(s *result.Summary) []string {
	failed := map[string][]string{}
	var order []string
	add := func(path, name string) {
		if _, ok := failed[path]; !ok {
			order = append(order, path)
		}
		failed[path] = append(failed[path], name)
	}
	for _, t := range s.Tests {
		if t.Name != "" && (t.Outcome.Bad() && (len(t.Problems) > 0 || !strings.Contains(t.Name, "/")) || t.Flaky()) {
			add(t.Package, t.Name)
		}
	}
	for _, p := range s.Packages {
		if p.Outcome.Bad() && len(failed[p.Path]) == 0 {
			add(p.Path, "")
		}
	}
	var all []string
	for _, path := range order {
		if len(all) == maxRepeat {
			all = append(all, fmt.Sprintf("and %d more packages", len(order)-maxRepeat))
			break
		}
		all = append(all, command(path, failed[path]))
	}
	if seed := seedOf(s.Run); seed != "" && len(all) > 0 {
		all = append(all, "the order came from seed "+seed+": trial --random "+seed)
	}
	return all
}

// command is how go test runs these tests of a package again. The parts of -run that slashes separate are matched one by one.
func command(path string, names []string) string {
	if names[0] == "" {
		return "go test " + quote(path)
	}
	var tops []string
	seen := map[string]bool{}
	leaf := ""
	for _, n := range names {
		if strings.Contains(n, "/") {
			leaf = n
		}
		if top, _, _ := strings.Cut(n, "/"); !seen[top] {
			seen[top] = true
			tops = append(tops, regexp.QuoteMeta(top))
		}
	}
	if leaves := under(names, leaf); leaf != "" && leaves == 1 && len(tops) == 1 {
		var parts []string
		for p := range strings.SplitSeq(leaf, "/") {
			parts = append(parts, "^"+regexp.QuoteMeta(p)+"$")
		}
		return "go test -run " + quote(strings.Join(parts, "/")) + " " + quote(path)
	}
	pattern := "^" + tops[0] + "$"
	if len(tops) > 1 {
		pattern = "^(" + strings.Join(tops, "|") + ")$"
	}
	if len(pattern) > 1000 {
		return "go test " + quote(path)
	}
	return "go test -run " + quote(pattern) + " " + quote(path)
}

// under counts the names that are neither leaf nor a test that leaf is in.
func under(names []string, leaf string) int {
	n := 1
	for _, other := range names {
		if other != leaf && !strings.HasPrefix(leaf, other+"/") {
			n++
		}
	}
	return n
}

// quote makes one word of s for a shell.
func quote(s string) string {
	s = line(s)
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_./-@%+=:,", r))
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// seedOf returns the seed of the order, "" if the order is not random.
func seedOf(run *result.Run) string {
	if run == nil || !run.Shuffled {
		return ""
	}
	return fmt.Sprint(run.Seed)
}
