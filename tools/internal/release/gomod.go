// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/torsion-go/torsion/tools/internal/layering"
)

// untidy compares go.mod and go.sum of a tree with what they are once siblings were added and all was tidied. Tidying may add what follows from the siblings, and
// nothing else; and it may take away nothing.
func untidy(before, after *modfile.File, sumBefore, sumAfter string, added map[string]string) []string {
	var wrong []string
	now := map[string]*modfile.Require{}
	for _, r := range after.Require {
		now[r.Mod.Path] = r
	}
	for _, r := range before.Require {
		switch n := now[r.Mod.Path]; {
		case n == nil:
			wrong = append(wrong, fmt.Sprintf("go.mod requires %s, which nothing needs", r.Mod))
		case n.Mod.Version != r.Mod.Version:
			wrong = append(wrong, fmt.Sprintf("go.mod requires %s, but what it needs asks for %s: raise the line", r.Mod, n.Mod.Version))
		case n.Indirect != r.Indirect && n.Indirect:
			wrong = append(wrong, fmt.Sprintf("go.mod requires %s, which no package imports, without // indirect", r.Mod))
		case n.Indirect != r.Indirect:
			wrong = append(wrong, fmt.Sprintf("go.mod says // indirect of %s, which packages import", r.Mod))
		}
		delete(now, r.Mod.Path)
	}
	for _, r := range after.Require {
		if now[r.Mod.Path] != nil && !r.Indirect && added[r.Mod.Path] == "" {
			wrong = append(wrong, fmt.Sprintf("go.mod does not require %s, which packages import", r.Mod))
		}
	}
	have := sumLines(sumBefore)
	for line := range sumLines(sumAfter) {
		delete(have, line)
	}
	for line := range strings.Lines(sumBefore) {
		if have[strings.TrimSpace(line)] {
			wrong = append(wrong, fmt.Sprintf("go.sum has a line that nothing needs: %s", strings.TrimSpace(line)))
		}
	}
	known := sumLines(sumBefore)
	for _, r := range before.Require {
		for line := range strings.Lines(sumAfter) {
			if line = strings.TrimSpace(line); !known[line] && !r.Indirect && sumOf(line, r.Mod) {
				wrong = append(wrong, fmt.Sprintf("go.sum lacks a line: %s", line))
			}
		}
	}
	return wrong
}

// sumOf says whether a line of go.sum is about that version.
func sumOf(line string, v module.Version) bool {
	return strings.HasPrefix(line, v.Path+" "+v.Version+" ") || strings.HasPrefix(line, v.Path+" "+v.Version+"/go.mod ")
}

func sumLines(text string) map[string]bool {
	lines := map[string]bool{}
	for line := range strings.Lines(text) {
		lines[strings.TrimSpace(line)] = true
	}
	return lines
}

// modRules returns what a go.mod says that no published module may say.
func (r *Repo) modRules(m *Module, f *modfile.File) []string {
	var wrong []string
	if f.Module == nil || f.Module.Mod.Path != m.Path {
		wrong = append(wrong, "the module line does not say "+m.Path)
	}
	for _, x := range f.Replace {
		wrong = append(wrong, fmt.Sprintf("replace of %s: those who require the module do not see it", x.Old))
	}
	for _, x := range f.Exclude {
		wrong = append(wrong, fmt.Sprintf("exclude of %s: those who require the module do not see it", x.Mod))
	}
	if f.Toolchain != nil {
		wrong = append(wrong, "toolchain line: the go line alone says which release of Go is needed")
	}
	if f.Go == nil || f.Go.Version != r.Go {
		wrong = append(wrong, "the go line does not say "+r.Go+" as go.work does")
	}
	for _, req := range f.Require {
		name, ours := strings.CutPrefix(req.Mod.Path, layering.Module)
		if ours && r.Module(name) == nil {
			wrong = append(wrong, fmt.Sprintf("requires %s, which is not published", req.Mod.Path))
		}
		if ours && name == "tools" {
			wrong = append(wrong, "requires tools, which nothing may import")
		}
	}
	return wrong
}

// workRules does the same for go.work, which may only list modules.
func (r *Repo) workRules(c *checking) error {
	text, err := os.ReadFile(filepath.Join(r.Root, "go.work"))
	if err != nil {
		return err
	}
	f, err := modfile.ParseWork("go.work", text, nil)
	if err != nil {
		return err
	}
	for _, x := range f.Replace {
		c.say("", "go.work", fmt.Sprintf("replace of %s: builds in the workspace would not be those of users", x.Old))
	}
	if f.Toolchain != nil {
		c.say("", "go.work", "toolchain line: the go line alone says which release of Go is needed")
	}
	return nil
}
