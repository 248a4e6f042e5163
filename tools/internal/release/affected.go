// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Affected returns the folders of the modules that have to be tested again for what changed since a revision, in the order of go.work: all that it lists where since is "".
//
// A file that users may compile affects its module and those that import that, directly or by way of others; a test or a document its module alone. go.work, the
// workflows and files of no module but documents affect all. Module tools is affected by any change: its tests read the whole repository. Modules that go.work leaves out are not named.
func (r *Repo) Affected(ctx context.Context, since string) ([]string, error) {
	if since == "" {
		return r.Workspace, nil
	}
	base, err := git(ctx, r.Root, "merge-base", since, "HEAD")
	if err != nil {
		return nil, err
	}
	names, err := gitList(ctx, r.Root, "diff", "--name-only", "--no-renames", base)
	if err != nil {
		return nil, err
	}
	others, err := gitList(ctx, r.Root, "ls-files", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	again, code := map[string]bool{}, map[string]bool{} // the latter: for a change that others may notice
	for _, name := range append(names, others...) {
		again["tools"] = true
		dir := r.holder(name)
		switch {
		case dir != "":
			again[dir] = true
			code[dir] = code[dir] || compiled(strings.TrimPrefix(name, dir+"/"))
		case path.Ext(name) != ".md" && name != "LICENSE":
			return r.Workspace, nil
		}
	}
	imports := map[string][]string{}
	for _, dir := range r.Workspace {
		if imports[dir], err = r.siblings(ctx, dir); err != nil {
			return nil, err
		}
	}
	for grown := true; grown; {
		grown = false
		for _, dir := range r.Workspace {
			if !code[dir] && slices.ContainsFunc(imports[dir], func(s string) bool { return code[s] }) {
				again[dir], code[dir], grown = true, true, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(r.Workspace), func(dir string) bool { return !again[dir] }), nil
}

// holder returns the folder of the module that a file belongs to, or "".
func (r *Repo) holder(name string) string {
	for dir := path.Dir(filepath.ToSlash(name)); dir != "."; dir = path.Dir(dir) {
		if slices.Contains(r.Workspace, dir) || nested[dir] != nil {
			return dir
		}
	}
	return ""
}
