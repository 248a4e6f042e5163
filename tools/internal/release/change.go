// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/torsion-go/torsion/tools/internal/layering"
)

// change compares the tree of a module with its last tag. Its go.sum follows from its go.mod, and of that the lines do not count that a release writes.
func (r *Repo) change(ctx context.Context, m *Module) (Change, error) {
	if m.Last() == "" {
		return Unreleased, nil
	}
	tag := m.Tag(m.Last())
	now, err := r.files(ctx, m.Name)
	if err != nil {
		return 0, err
	}
	differ, err := gitList(ctx, r.Root, "diff", "--name-only", "--relative="+m.Name+"/", tag, "--", m.Name+"/")
	if err != nil {
		return 0, err
	}
	others, err := gitList(ctx, r.Root, "ls-files", "--others", "--exclude-standard", "--", m.Name+"/")
	if err != nil {
		return 0, err
	}
	for _, name := range others {
		differ = append(differ, strings.TrimPrefix(name, m.Name+"/"))
	}
	result := Unchanged
	for _, file := range differ {
		kind := Aside
		_, err := os.Lstat(filepath.Join(r.Root, m.Name, file))
		switch gone := err != nil; {
		case file == "go.sum", !gone && !slices.Contains(now, file): // the second: of a module inside of this one
			continue
		case file == "go.mod":
			old, _, err := gitFile(ctx, r.Root, tag, m.Name+"/go.mod")
			if err != nil {
				return 0, err
			}
			text, err := os.ReadFile(filepath.Join(r.Root, m.Name, "go.mod"))
			if err != nil {
				return 0, err
			}
			if same, err := r.sameRequirements(old, text); err != nil {
				return 0, err
			} else if same {
				continue
			}
			kind = Code
		case compiled(file):
			kind = Code
		}
		result = max(result, kind)
	}
	return result, nil
}

// compiled says whether a file of a module can be part of what users compile: all but tests, their data, documents and examples of use.
func compiled(file string) bool {
	if path.Ext(file) == ".md" || file == "api.txt" {
		return false
	}
	return !skipped(file) && !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "docs/") && !strings.HasPrefix(path.Base(file), ".")
}

// sameRequirements compares what two go.mod files ask for: what is not direct follows, and a sibling counts only where the second one names it.
func (r *Repo) sameRequirements(old, now []byte) (bool, error) {
	a, err := modfile.Parse("go.mod", old, nil)
	if err != nil {
		return false, err
	}
	b, err := modfile.Parse("go.mod", now, nil)
	if err != nil {
		return false, err
	}
	named := map[string]bool{}
	for _, req := range b.Require {
		named[req.Mod.Path] = true
	}
	text := func(f *modfile.File) []byte {
		lines := map[string]bool{}
		for _, req := range f.Require {
			if sibling := strings.HasPrefix(req.Mod.Path, layering.Module); sibling && named[req.Mod.Path] || !sibling && !req.Indirect {
				lines["require "+req.Mod.String()] = true
			}
		}
		if f.Go != nil {
			lines["go "+f.Go.Version] = true
		}
		for _, t := range f.Tool {
			lines["tool "+t.Path] = true
		}
		for _, x := range f.Retract {
			lines["retract "+x.Low+" "+x.High+" "+x.Rationale] = true
		}
		for _, x := range f.Replace {
			lines["replace "+x.Old.String()+" "+x.New.String()] = true
		}
		return []byte(strings.Join(slices.Sorted(maps.Keys(lines)), "\n"))
	}
	return bytes.Equal(text(a), text(b)), nil
}
