// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
)

// SkewOptions chooses what Skew does.
type SkewOptions struct {
	Modules []string  // try these only; none means all
	NoTests bool      // build and vet only
	Out     io.Writer // hears what is being done and what is wrong; nil means nobody
}

// Skew takes each module as it was last released, has it require the other modules as they are now, and builds, vets and tests it: what a user has who raises
// one module and not the others. It returns how many it tried, and what is wrong; a module that meets nothing newer than it was released with is not tried.
func (r *Repo) Skew(ctx context.Context, o SkewOptions) (tried int, problems []Problem, err error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	for _, name := range o.Modules {
		if r.Module(name) == nil {
			return 0, nil, fmt.Errorf("release: there is no module %q", name)
		}
	}
	s, err := NewScratch(ctx, r)
	if err != nil {
		return 0, nil, err
	}
	defer s.Close()
	raised := map[*Module]map[string]string{}
	for _, m := range r.Modules {
		if len(o.Modules) > 0 && !slices.Contains(o.Modules, m.Name) || m.Last() == "" {
			continue
		}
		if raised[m], err = s.newer(ctx, m); err != nil {
			return 0, nil, err
		}
		if len(raised[m]) == 0 {
			fmt.Fprintf(o.Out, "%s %s meets nothing newer than it was released with\n", m.Name, m.Last())
			delete(raised, m)
		} else if what := m.lacking(ctx); what != "" {
			fmt.Fprintf(o.Out, "%s %s is not built here: %s fails\n", m.Name, m.Last(), what)
			delete(raised, m)
		}
	}
	if len(raised) == 0 {
		return 0, nil, nil
	}
	if err := s.Pack(ctx, func(text string) { fmt.Fprintln(o.Out, text) }); err != nil {
		return 0, nil, err
	}
	for _, m := range r.Modules {
		if raised[m] == nil {
			continue
		}
		problem, err := s.skew(ctx, m, raised[m], o)
		if err != nil {
			return tried, problems, err
		}
		tried++
		if problem != nil {
			problems = append(problems, *problem)
			fmt.Fprintln(o.Out, "FAIL "+problem.String())
		}
	}
	return tried, problems, nil
}

// newer returns the siblings, by path, that a released module requires at other versions than their trees stand for, and these.
func (s *Scratch) newer(ctx context.Context, m *Module) (map[string]string, error) {
	text, _, err := gitFile(ctx, s.repo.Root, m.Tag(m.Last()), m.Name+"/go.mod")
	if err != nil {
		return nil, err
	}
	f, err := modfile.ParseLax(m.Name+"/go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	newer := map[string]string{}
	for _, req := range f.Require {
		if sibling := s.repo.sibling(req.Mod.Path); sibling != nil && sibling.Current() != req.Mod.Version {
			newer[sibling.Path] = sibling.Current()
		}
	}
	return newer, nil
}

// skew tries a released module with other versions of its siblings, in a copy of the repository as it was then: its tests may read the rest of that.
func (s *Scratch) skew(ctx context.Context, m *Module, siblings map[string]string, o SkewOptions) (*Problem, error) {
	var with []string
	get := []string{"get"}
	for _, p := range slices.Sorted(maps.Keys(siblings)) {
		get = append(get, p+"@"+siblings[p])
		with = append(with, s.repo.sibling(p).Name+" "+siblings[p])
	}
	what := fmt.Sprintf("%s %s with %s", m.Name, m.Last(), strings.Join(with, ", "))
	if err := s.addTag(ctx, m, m.Last()); err != nil {
		return nil, err
	}
	tree := filepath.Join(s.dir, "skew", m.Name)
	if _, err := git(ctx, s.repo.Root, "-c", "advice.detachedHead=false", "clone", "--quiet", "--shared", "--branch="+m.Tag(m.Last()), s.repo.Root, tree); err != nil {
		return nil, err
	}
	start := time.Now()
	steps := [][]string{get, {"build", "-trimpath", "-o", os.DevNull, "./..."}, {"vet", "-trimpath", "./..."}}
	if !o.NoTests {
		steps = append(steps, []string{"test", "./..."})
	}
	for _, args := range steps {
		out, err := s.goIn(ctx, filepath.Join(tree, m.Name), args...)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return &Problem{m.Name, "skew", strings.TrimSpace(fmt.Sprintf("%s: %v\n%s", what, err, out))}, nil
		}
	}
	fmt.Fprintf(o.Out, "ok   %s (%s)\n", what, time.Since(start).Round(100*time.Millisecond))
	return nil, nil
}
