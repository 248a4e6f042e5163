// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"slices"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/golist"
)

// again runs tests that failed once more, as often as it may. Top-level tests are repeated with all their subtests, which may need each other. Where a process died, tests that would have
// run after the one it died of did not: the whole package is repeated.
func (r *run) again(jobs []job) {
	for range r.cfg.RerunFails {
		failed := map[string][]string{} // names by package
		n := 0
		var order []string
		for _, t := range r.c.Tests() {
			if !t.Outcome.Bad() {
				continue
			}
			top, _, _ := strings.Cut(t.Name, "/")
			if _, ok := failed[t.Package]; !ok {
				order = append(order, t.Package)
			}
			if !slices.Contains(failed[t.Package], top) {
				failed[t.Package] = append(failed[t.Package], top)
				n++
			}
		}
		if n == 0 || n > r.cfg.RerunMax || r.over() {
			return
		}
		died := r.c.Died()
		if r.own() {
			r.ownAgain(jobs, failed)
			continue
		}
		for _, pkg := range order {
			t := target{patterns: []string{pkg}, names: failed[pkg]}
			if died[pkg] {
				t.names = r.namesIn(pkg)
			}
			if !r.over() {
				r.goTest(t, []string{"-count=1"})
			}
		}
	}
}

// namesIn returns the tests that were named of a package; nil if it runs as a whole.
func (r *run) namesIn(pkg string) []string {
	for _, t := range r.targets {
		for _, pattern := range t.patterns {
			if len(t.names) > 0 && (pattern == pkg || local(pattern) && r.cfg.path(pattern) == r.space.dir(pkg)) {
				return t.names
			}
		}
	}
	return nil
}

// ownAgain repeats jobs. Packages that were closed are reported again with what is repeated.
func (r *run) ownAgain(jobs []job, failed map[string][]string) {
	var repeat []job
	left := map[*golist.Package]int{}
	for _, j := range jobs {
		names := failed[j.pkg.ImportPath]
		if j.name == "" && len(names) > 0 || slices.Contains(names, j.name) {
			repeat = append(repeat, j)
			left[j.pkg]++
		}
	}
	r.dispatch(repeat, left)
}
