// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Tidy is go mod tidy for modules that leave out their siblings: it packs all, and writes go.mod and go.sum where Check would find fault with them. It returns the
// files that it changed, relative to the root.
func (r *Repo) Tidy(ctx context.Context, progress func(string)) ([]string, error) {
	s, err := NewScratch(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := s.Pack(ctx, progress); err != nil {
		return nil, err
	}
	var changed []string
	for _, m := range r.Modules {
		var mod, sum []byte
		if m.Change == Unchanged {
			continue // as the tag has it, which was checked
		}
		if left := s.left[m.Name]; left == nil {
			if err := s.require(ctx, m, nil); err != nil {
				return nil, err
			}
			mod, sum, err = s.files(m)
		} else if mod, sum, err = s.files(m); err == nil {
			mod, sum, err = leaveOut(r.dir(m.Name), mod, sum, left)
		}
		if err != nil {
			return nil, err
		}
		for name, text := range map[string][]byte{"go.mod": mod, "go.sum": sum} {
			file := filepath.Join(r.dir(m.Name), name)
			old, err := os.ReadFile(file)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			if bytes.Equal(old, text) {
				continue
			}
			if err := os.WriteFile(file, text, 0o666); err != nil {
				return nil, err
			}
			changed = append(changed, m.Name+"/"+name)
		}
	}
	slices.Sort(changed)
	return changed, nil
}

// files returns go.mod and go.sum of a module in the scratch folder; there need be no go.sum.
func (s *Scratch) files(m *Module) (mod, sum []byte, err error) {
	if mod, err = os.ReadFile(filepath.Join(s.src(m), "go.mod")); err != nil {
		return nil, nil, err
	}
	sum, err = os.ReadFile(filepath.Join(s.src(m), "go.sum"))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return mod, sum, err
}

// leaveOut returns what the tree in dir has to say of the completed go.mod and go.sum: no sibling that was left out before, and nothing that only follows from it.
func leaveOut(dir string, mod, sum []byte, left map[string]string) (newMod, newSum []byte, err error) {
	tree, err := readMod(dir)
	if err != nil {
		return nil, nil, err
	}
	full, err := modfile.Parse("go.mod", mod, nil)
	if err != nil {
		return nil, nil, err
	}
	var keep []*modfile.Require
	for _, req := range full.Require {
		if left[req.Mod.Path] == "" && (!req.Indirect || requires(tree, req.Mod.Path)) {
			keep = append(keep, &modfile.Require{Mod: req.Mod, Indirect: req.Indirect})
		}
	}
	tree.SetRequireSeparateIndirect(keep)
	tree.Cleanup()
	if newMod, err = tree.Format(); err != nil {
		return nil, nil, err
	}
	old, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	had := sumLines(string(old))
	for line := range strings.Lines(string(sum)) {
		if had[strings.TrimSpace(line)] || slices.ContainsFunc(keep, func(req *modfile.Require) bool { return sumOf(line, req.Mod) }) {
			newSum = append(newSum, line...)
		}
	}
	return newMod, newSum, nil
}
