// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/torsion-go/torsion/tools/internal/layering"
)

// change compares the tree of a module with its last tag. Of its go.mod the lines do not count that a release writes, and its go.sum follows from that.
func (r *Repo) change(ctx context.Context, m *Module) (Change, error) {
	if m.Last() == "" {
		return Unreleased, nil
	}
	tag := m.Tag(m.Last())
	now, err := r.files(ctx, m.Name)
	if err != nil {
		return 0, err
	}
	differ, err := r.changedSince(ctx, tag, m)
	if err != nil {
		return 0, err
	}
	result, follows := Unchanged, false // the latter: go.sum, which comes behind go.mod
	for _, file := range differ {
		old, had, err := gitFile(ctx, r.Root, tag, m.Name+"/"+file)
		if err != nil {
			return 0, err
		}
		text, err := os.ReadFile(filepath.Join(r.Root, m.Name, file))
		gone := errors.Is(err, fs.ErrNotExist)
		if err != nil && !gone {
			return 0, err
		}
		if !gone && (had && bytes.Equal(old, text) || !slices.Contains(now, file)) { // the latter: of a module inside of this one
			continue
		}
		kind := Aside
		switch file {
		case "go.mod":
			same, err := r.sameRequirements(old, text)
			if err != nil {
				return 0, err
			}
			if follows = !bytes.Equal(old, text); !same {
				kind = Code
			} else {
				kind = Unchanged
			}
		case "go.sum":
			if follows {
				kind = Unchanged
			}
		default:
			if compiled(file) {
				kind = Code
			}
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
