// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"cmp"
	"context"
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/golist"
	"github.com/torsion-go/torsion/trial/result"
)

// A job is a process of a test binary: for one test, or for all that were chosen of a package.
type job struct {
	pkg  *golist.Package
	name string // of the test; "" for all
	run  string // for -test.run
}

func (j job) id() result.ID { return result.ID{Package: j.pkg.ImportPath, Name: j.name} }

// list asks which packages there are.
func (r *run) list(ctx context.Context) error {
	if r.packages != nil {
		return nil
	}
	seen := map[string]bool{}
	r.packages = []*golist.Package{}
	for _, t := range r.targets {
		all, unmatched, err := golist.List(ctx, r.cfg.Dir, append(r.cfg.listFlags(), "-find"), t.patterns...)
		if err != nil {
			return fmt.Errorf("runner: %w", err)
		}
		for _, name := range unmatched {
			r.unmatched(name)
		}
		for _, p := range all {
			if !seen[p.ImportPath] {
				seen[p.ImportPath] = true
				r.packages = append(r.packages, p)
			}
		}
	}
	return nil
}

// unmatched notes a pattern that matches nothing. A folder that is there, and has no packages in it, is no mistake.
func (r *run) unmatched(pattern string) {
	name := strings.TrimSuffix(pattern, "/...")
	if !local(name) || !r.cfg.isDir(name) {
		r.lost = append(r.lost, missing{name, "no package matches"})
	}
}

// names returns which tests of a package were named; nil if all of them are to run.
func (r *run) names(p *golist.Package) []string {
	for _, t := range r.targets {
		if len(t.names) == 0 {
			continue
		}
		for _, pattern := range t.patterns {
			if pattern == p.ImportPath || local(pattern) && r.cfg.path(pattern) == p.Dir {
				return t.names
			}
		}
	}
	return nil
}

// plan finds the tests that were chosen, and puts them in order.
func (r *run) plan() []job {
	var jobs []job
	packages := slices.Clone(r.packages)
	slices.SortStableFunc(packages, func(a, b *golist.Package) int { return cmp.Compare(a.ImportPath, b.ImportPath) })
	for _, p := range packages {
		named := r.names(p)
		var mine []job
		for _, f := range golist.Tests(p.TestFiles()) {
			expr, ok := r.chosen(f.Name, named)
			if ok && !slices.ContainsFunc(mine, func(j job) bool { return j.name == f.Name }) {
				mine = append(mine, job{p, f.Name, expr})
			}
		}
		if r.cfg.Order == Alphabetical {
			slices.SortStableFunc(mine, func(a, b job) int { return cmp.Compare(a.name, b.name) })
		}
		jobs = append(jobs, mine...)
	}
	if r.cfg.Shuffle {
		rand.New(rand.NewSource(r.cfg.Seed)).Shuffle(len(jobs), func(i, j int) { jobs[i], jobs[j] = jobs[j], jobs[i] })
	}
	if r.cfg.DryRun || r.cfg.Workers != 0 || r.cfg.Order == Alphabetical || r.cfg.Copies > 1 {
		return jobs
	}
	return whole(jobs, r.cfg.Run)
}

// whole joins the tests of each package to one job.
func whole(jobs []job, run string) []job {
	var all []job
	for _, j := range jobs {
		i := slices.IndexFunc(all, func(k job) bool { return k.pkg == j.pkg })
		if i < 0 {
			all = append(all, job{j.pkg, "", j.run})
			continue
		}
		all[i].run += "|" + j.run
	}
	for i := range all {
		if run != "" {
			all[i].run = run
		}
	}
	return all
}

// chosen reports whether a test is to run, and what -test.run makes it the only one.
func (r *run) chosen(name string, named []string) (expr string, ok bool) {
	for _, alternative := range alternatives(r.cfg.Skip) {
		if parts := splitRegexp(alternative); alternative != "" && len(parts) == 1 && match(parts[0], name) {
			return "", false
		}
	}
	var exprs []string
	if named != nil {
		for _, n := range named {
			if top, _, _ := strings.Cut(n, "/"); top == name {
				exprs = append(exprs, nameRegexp([]string{n}))
			}
		}
	} else {
		for _, alternative := range alternatives(r.cfg.Run) {
			parts := splitRegexp(alternative)
			if match(parts[0], name) {
				parts[0] = nameRegexp([]string{name})
				exprs = append(exprs, strings.Join(parts, "/"))
			}
		}
	}
	return strings.Join(exprs, "|"), len(exprs) > 0
}

// match reports whether an expression, which was checked before, matches.
func match(expr, name string) bool {
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(name)
}

// dry reports the tests without running them.
func (r *run) dry(jobs []job) {
	for _, p := range r.packages {
		found := false
		for _, j := range jobs {
			found = found || j.pkg == p
		}
		switch {
		case p.Error != nil && len(p.TestFiles()) == 0:
			r.c.BuildFailed(p.ImportPath, []byte(p.Error.Err+"\n"))
		case !found:
			r.c.NoTests(p.ImportPath)
		}
	}
	for i, j := range jobs {
		if r.over() {
			return
		}
		r.c.DryTest(j.id())
		if last := !slices.ContainsFunc(jobs[i+1:], func(k job) bool { return k.pkg == j.pkg }); last {
			r.c.ClosePackage(j.pkg.ImportPath, 0, true)
		}
	}
}
