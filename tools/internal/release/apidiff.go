// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// An APIChange is one difference between the exported surface of the last tag and that of the tree.
type APIChange struct {
	Message    string `json:"message"` // with the systems behind it, where it is not on all of them
	Compatible bool   `json:"compatible"`
}

// systems are those on which the surface is compared, one of each kind: what is there on one of them only is promised too.
var systems = []string{"linux", "windows", "darwin"}

// diff compares the packed tree of a module with its last tag on each of the systems. A module without a tag has no difference, and none is seen
// of one that cannot be built here.
func (s *Scratch) diff(ctx context.Context, m *Module) (changes []APIChange, level Level, err error) {
	if m.Last() == "" || m.Change == Unchanged {
		return nil, Patch, nil
	}
	old := filepath.Join(s.dir, "old", m.Name)
	v := module.Version{Path: m.Path, Version: m.Last()}
	if _, err := os.Stat(old); err != nil {
		if err := s.addTag(ctx, m, v.Version); err != nil {
			return nil, 0, err
		}
		if err := unpack(old, v, s.proxy.zip(v)); err != nil {
			return nil, 0, err
		}
	}
	where, on := map[APIChange][]string{}, systems
	if nested[m.Name] != nil {
		on = systems[:1] // its code in C builds for this system at most
		if m.lacking(ctx) != "" {
			on = nil
		}
	}
	for _, system := range on {
		a, err := s.load(ctx, m, old, system)
		if err != nil {
			return nil, 0, fmt.Errorf("release: the exported surface of %s %s on %s: %w", m.Name, m.Last(), system, err)
		}
		b, err := s.load(ctx, m, s.src(m), system)
		if err != nil {
			return nil, 0, fmt.Errorf("release: the exported surface of the tree of %s on %s: %w", m.Name, system, err)
		}
		for _, found := range apidiff.ModuleChanges(a, b).Changes {
			c := APIChange{found.Message, found.Compatible}
			if where[c] == nil {
				changes = append(changes, c)
			}
			where[c] = append(where[c], system)
			level = max(level, Minor)
			if !c.Compatible {
				level = Major
			}
		}
	}
	for i, c := range changes {
		if there := where[c]; len(there) < len(on) {
			changes[i].Message += " (" + strings.Join(there, ", ") + ")"
		}
	}
	before, err := readMod(old)
	if err != nil {
		return nil, 0, err
	}
	after, err := readMod(s.src(m))
	if err != nil {
		return nil, 0, err
	}
	if s.repo.asksMore(before, after) {
		level = max(level, Minor)
	}
	return changes, level, nil
}

// load returns the public packages of a module in dir, as they are on a system.
func (s *Scratch) load(ctx context.Context, m *Module, dir, system string) (*apidiff.Module, error) {
	all, err := packages.Load(&packages.Config{
		Context: ctx,
		Mode:    packages.NeedName | packages.NeedTypes,
		Dir:     dir,
		Env:     append(s.Env(), "GOOS="+system, "GOARCH=amd64", "GOPACKAGESDRIVER=off", "GOFLAGS=-modcacherw -buildvcs=false -trimpath"),
	}, "./...")
	if err != nil {
		return nil, err
	}
	result := &apidiff.Module{Path: m.Path}
	for _, p := range all {
		if p.Name == "main" || slices.Contains(strings.Split(p.PkgPath, "/"), "internal") {
			continue
		}
		for _, e := range p.Errors {
			err = errors.Join(err, e)
		}
		result.Packages = append(result.Packages, p.Types)
	}
	return result, err
}

// asksMore says whether a module asks more of its users than before: a newer Go, or another or a newer module.
func (r *Repo) asksMore(before, after *modfile.File) bool {
	if before.Go != nil && after.Go != nil && before.Go.Version != after.Go.Version {
		return true
	}
	old := map[string]string{}
	for _, req := range before.Require {
		old[req.Mod.Path] = req.Mod.Version
	}
	for _, req := range after.Require {
		had, ok := old[req.Mod.Path]
		if r.sibling(req.Mod.Path) != nil || ok && semver.Compare(semver.MajorMinor(req.Mod.Version), semver.MajorMinor(had)) <= 0 {
			continue
		}
		if !req.Indirect {
			return true
		}
	}
	return false
}
