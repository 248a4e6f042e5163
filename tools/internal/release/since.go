// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
)

// noEntry is the line of a commit's message that says that users notice nothing of it.
const noEntry = "Changelog: none"

// entriesSince tells which modules changed since a revision without a word in the changelog: their surface, as api.txt has it, in any case, and other code unless
// every commit that touched it says that users notice nothing.
func (r *Repo) entriesSince(ctx context.Context, revision string, log *Changelog) ([]Problem, error) {
	base, err := git(ctx, r.Root, "merge-base", revision, "HEAD")
	if err != nil {
		return nil, err
	}
	before := &Changelog{}
	if text, had, err := gitFile(ctx, r.Root, base, "CHANGELOG.md"); err != nil {
		return nil, err
	} else if had {
		if before, err = ParseChangelog(string(text)); err != nil {
			return nil, fmt.Errorf("at %s: %w", revision, err)
		}
	}
	var wrong []Problem
	for _, m := range r.Modules {
		if strings.TrimPrefix(log.Unreleased(m.Name), before.Unreleased(m.Name)) != "" {
			continue
		}
		names, err := r.changedSince(ctx, base, m)
		if err != nil {
			return nil, err
		}
		if slices.Contains(names, "api.txt") {
			wrong = append(wrong, Problem{m.Name, "changelog", fmt.Sprintf("the exported surface changed since %s, and CHANGELOG.md tells nothing of it: write what users notice below ### %s", revision, m.Name)})
			continue
		}
		names = slices.DeleteFunc(names, func(name string) bool { return !compiled(name) || path.Ext(name) != ".go" })
		if len(names) == 0 {
			continue
		}
		if silent, err := r.silent(ctx, base, m, names); err != nil {
			return nil, err
		} else if !silent {
			wrong = append(wrong, Problem{m.Name, "changelog", fmt.Sprintf("%s and %d other files changed since %s, and CHANGELOG.md tells nothing of it: write what users notice below ### %s, or %q into the message of the commit", names[0], len(names)-1, revision, m.Name, noEntry)})
		}
	}
	return wrong, nil
}

// changedSince returns the files of a module, relative to its folder, that the tree has otherwise than a commit. What belongs to a module inside of it, then or now, is not among them.
func (r *Repo) changedSince(ctx context.Context, base string, m *Module) ([]string, error) {
	names, err := gitList(ctx, r.Root, "diff", "--name-only", "--relative="+m.Name+"/", base, "--", m.Name+"/")
	if err != nil {
		return nil, err
	}
	others, err := gitList(ctx, r.Root, "ls-files", "--others", "--exclude-standard", "--", m.Name+"/")
	if err != nil {
		return nil, err
	}
	for _, name := range others {
		names = append(names, strings.TrimPrefix(name, m.Name+"/"))
	}
	then, err := gitList(ctx, r.Root, "ls-tree", "-r", "--name-only", base, "--", m.Name+"/")
	if err != nil {
		return nil, err
	}
	now, err := gitList(ctx, r.Root, "ls-files", "--cached", "--others", "--exclude-standard", "--", m.Name+"/")
	if err != nil {
		return nil, err
	}
	all := append(then, now...)
	for i := range all {
		all[i] = strings.TrimPrefix(all[i], m.Name+"/")
	}
	inner := innerModules(all)
	slices.Sort(names)
	return slices.DeleteFunc(names, inner.have), nil
}

// silent says whether all that changed is in commits that say that users notice nothing.
func (r *Repo) silent(ctx context.Context, base string, m *Module, names []string) (bool, error) {
	args := []string{"--"}
	for _, name := range names {
		args = append(args, m.Name+"/"+name)
	}
	open, err := git(ctx, r.Root, append([]string{"status", "--porcelain"}, args...)...)
	if err != nil || open != "" {
		return false, err
	}
	loud, err := git(ctx, r.Root, append([]string{"rev-list", "--no-merges", "--invert-grep", "--grep=^" + noEntry + "$", base + "..HEAD"}, args...)...)
	return loud == "", err
}
