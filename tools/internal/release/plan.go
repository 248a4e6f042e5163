// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// PlanOptions chooses what is to be released.
type PlanOptions struct {
	Modules  []string          // release these; none means all whose code changed, and those that were never released
	Versions map[string]string // the versions of some, by module, instead of what the change asks for
}

// A Plan tells what a release would do.
type Plan struct {
	Modules []*ModulePlan `json:"modules"`
}

// A ModulePlan is the part of one module.
type ModulePlan struct {
	Module   string        `json:"module"`
	Last     string        `json:"last,omitempty"` // the last tag's version
	Change   string        `json:"change"`         // since then
	Commits  int           `json:"commits"`        // since then, in the module's folder
	API      []APIChange   `json:"api,omitempty"`
	Level    string        `json:"level,omitempty"`    // "patch", "minor" or "major"
	Next     string        `json:"next,omitempty"`     // "" where it is not released
	Requires []Requirement `json:"requires,omitempty"` // what its go.mod will say of siblings
	Wrong    []string      `json:"wrong,omitempty"`    // what keeps it from being released
}

// A Requirement is a line of go.mod.
type Requirement struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	Was     string `json:"was,omitempty"` // "" where the tree names no version
}

// Version returns the version of a module after the release.
func (p *Plan) Version(name string) string {
	for _, m := range p.Modules {
		if m.Module == name && m.Next != "" {
			return m.Next
		} else if m.Module == name {
			return m.Last
		}
	}
	return ""
}

// Wrong returns all that keeps the plan from being carried out.
func (p *Plan) Wrong() []string {
	var wrong []string
	for _, m := range p.Modules {
		for _, text := range m.Wrong {
			wrong = append(wrong, m.Module+": "+text)
		}
	}
	return wrong
}

// Plan compares the tree with the last tags.
func (r *Repo) Plan(ctx context.Context, o PlanOptions, progress func(string)) (*Plan, error) {
	if err := r.validate(o); err != nil {
		return nil, err
	}
	s, err := NewScratch(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := s.Pack(ctx, progress); err != nil {
		return nil, err
	}
	log, err := r.Changelog()
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	for _, m := range r.Modules {
		if progress != nil {
			progress("comparing " + m.Name)
			if what := m.lacking(ctx); what != "" {
				progress(fmt.Sprintf("%s is not built here, and its exported surface not compared: %s fails", m.Name, what))
			}
		}
		changes, level, err := s.diff(ctx, m)
		if err != nil {
			return nil, err
		}
		p := &ModulePlan{Module: m.Name, Last: m.Last(), Change: m.Change.String(), API: changes}
		plan.Modules = append(plan.Modules, p)
		if p.Commits, err = r.commits(ctx, m); err != nil {
			return nil, err
		}
		chosen := slices.Contains(o.Modules, m.Name) || o.Versions[m.Name] != ""
		if len(o.Modules) == 0 && m.Change >= Code || chosen {
			p.Next = next(m.Last(), level)
			if m.Last() != "" {
				p.Level = level.String()
			}
			if v := o.Versions[m.Name]; v != "" {
				p.Next = v
			}
			p.Wrong = append(p.Wrong, refuse(m, p.Next, level)...)
			p.Wrong = append(p.Wrong, r.entries(m, log, changes)...)
		}
		f, err := readMod(s.src(m))
		if err != nil {
			return nil, err
		}
		if err := r.requirements(plan, p, f); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

func (r *Repo) validate(o PlanOptions) error {
	for _, name := range o.Modules {
		if r.Module(name) == nil {
			return fmt.Errorf("release: there is no module %q", name)
		}
	}
	for name, v := range o.Versions {
		if r.Module(name) == nil {
			return fmt.Errorf("release: there is no module %q", name)
		}
		if semver.Canonical(v) != v || v == "" {
			return fmt.Errorf("release: %s %q is not a version such as v1.2.3", name, v)
		}
	}
	return nil
}

// commits counts those that touched a module's folder since its last tag, without those that Tag makes.
func (r *Repo) commits(ctx context.Context, m *Module) (int, error) {
	revisions := "HEAD"
	if m.Last() != "" {
		revisions = m.Tag(m.Last()) + "..HEAD"
	}
	out, err := git(ctx, r.Root, "rev-list", "--count", "--invert-grep", "--grep=^release: ", revisions, "--", m.Name+"/")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(out)
}

// refuse tells why a version cannot be given.
func refuse(m *Module, version string, level Level) []string {
	var wrong []string
	if m.Last() != "" && semver.Compare(version, m.Last()) <= 0 {
		wrong = append(wrong, fmt.Sprintf("%s is not above %s", version, m.Last()))
	}
	if semver.Compare(version, "v2.0.0-0") >= 0 {
		wrong = append(wrong, fmt.Sprintf("%s needs a module path that ends in /%s: undo the incompatible changes, or begin that module", version, semver.Major(version)))
	} else if m.Last() != "" && semver.Compare(version, next(m.Last(), level)) < 0 {
		wrong = append(wrong, fmt.Sprintf("%s promises too little change: what changed since %s asks for %s", version, m.Last(), next(m.Last(), level)))
	}
	return wrong
}

// requirements fills in what the released go.mod will say of siblings: what the tree says, where it names a release, else the version after this release.
func (r *Repo) requirements(plan *Plan, p *ModulePlan, packed *modfile.File) error {
	tree, err := readMod(r.dir(p.Module))
	if err != nil {
		return err
	}
	for _, req := range packed.Require {
		sibling := r.sibling(req.Mod.Path)
		if sibling == nil {
			continue
		}
		need := Requirement{Module: sibling.Name, Version: req.Mod.Version}
		if requires(tree, req.Mod.Path) {
			need.Was = req.Mod.Version
		} else if p.Next != "" {
			need.Version = plan.Version(sibling.Name)
		}
		if need.Version == "" && p.Next != "" {
			p.Wrong = append(p.Wrong, fmt.Sprintf("it needs %s, which was never released: release that too", sibling.Name))
		}
		p.Requires = append(p.Requires, need)
	}
	return nil
}

// Write writes the plan for people.
func (p *Plan) Write(w io.Writer) error {
	var b strings.Builder
	for _, m := range p.Modules {
		last, to := m.Last, m.Next
		if last == "" {
			last = "(no tag)"
		}
		if to == "" {
			to = "not released"
		}
		fmt.Fprintf(&b, "%-8s %-10s -> %-12s %s", m.Module, last, to, m.Change)
		if m.Commits > 0 {
			fmt.Fprintf(&b, ", %d commits", m.Commits)
		}
		if m.Level != "" {
			fmt.Fprintf(&b, ", %s", m.Level)
		}
		b.WriteString("\n")
		for _, c := range m.API {
			mark := "+"
			if !c.Compatible {
				mark = "!"
			}
			fmt.Fprintf(&b, "  %s %s\n", mark, c.Message)
		}
		for _, need := range m.Requires {
			fmt.Fprintf(&b, "  requires %s %s", need.Module, need.Version)
			if need.Was == need.Version {
				b.WriteString(", as before")
			}
			b.WriteString("\n")
		}
		for _, text := range m.Wrong {
			fmt.Fprintf(&b, "  WRONG: %s\n", text)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// err returns an error for a plan that cannot be carried out.
func (p *Plan) err() error {
	if wrong := p.Wrong(); len(wrong) > 0 {
		return errors.New("release: the plan cannot be carried out:\n" + strings.Join(wrong, "\n"))
	}
	return nil
}
