// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// TagOptions chooses what Tag does.
type TagOptions struct {
	PlanOptions
	NoTests bool      // before the tags are made, build, vet and tidy only
	DryRun  bool      // do everything in a copy, and leave the repository as it is
	Date    time.Time // of the changelog's headings; zero means today
	Out     io.Writer // hears what is being done; nil means nobody
}

// Tagged is what Tag made.
type Tagged struct {
	Plan   *Plan
	Commit string   // what the tags point to
	Head   string   // the commit after it, with which development goes on
	Tags   []string // "core/v1.0.0"
	Branch string
}

// Tag releases modules: it writes their require lines, go.sum and CHANGELOG.md in a copy of the repository, commits that and tags it, checks what users would get
// from these tags alone, and only then lets branch and tags appear in the repository, all at once. A second commit takes the require lines between siblings out
// again, as the workspace of the next change has to build without a network.
func (r *Repo) Tag(ctx context.Context, o TagOptions) (*Tagged, error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Date.IsZero() {
		o.Date = time.Now()
	}
	old, branch, err := r.clean(ctx)
	if err != nil {
		return nil, err
	}
	plan, err := r.Plan(ctx, o.PlanOptions, func(text string) { fmt.Fprintln(o.Out, text) })
	if err != nil {
		return nil, err
	}
	if err := plan.Write(o.Out); err != nil {
		return nil, err
	}
	if err := plan.err(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "torsion-tag-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	result := &Tagged{Plan: plan, Branch: branch}
	clone := filepath.Join(dir, "clone")
	if err := r.clone(ctx, clone); err != nil {
		return nil, err
	}
	if err := write(ctx, clone, plan, o.Date, result); err != nil {
		return nil, err
	}
	released, err := Open(ctx, clone)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(o.Out, "checking %s\n", strings.Join(result.Tags, " "))
	problems, err := released.Check(ctx, CheckOptions{NoTests: o.NoTests, Out: o.Out})
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("release: nothing was tagged: the check found %d problems, the first: %s", len(problems), problems[0])
	}
	if err := goOn(ctx, clone, old, result); err != nil || o.DryRun {
		return result, err
	}
	return result, r.publish(ctx, clone, old, result)
}

// clean returns the commit and the branch of the tree, which must hold nothing else.
func (r *Repo) clean(ctx context.Context) (commit, branch string, err error) {
	files, err := dirty(ctx, r.Root)
	if err != nil {
		return "", "", err
	}
	if len(files) > 0 {
		return "", "", fmt.Errorf("release: the tree differs from its last commit: commit or remove these first:\n%s", strings.Join(files, "\n"))
	}
	if branch, err = git(ctx, r.Root, "symbolic-ref", "--quiet", "HEAD"); err != nil {
		return "", "", errors.New("release: the tree is on no branch: check one out first")
	}
	commit, err = git(ctx, r.Root, "rev-parse", "HEAD")
	return commit, branch, err
}

// clone copies the repository, with those of its settings that say who commits and signs.
func (r *Repo) clone(ctx context.Context, to string) error {
	if _, err := git(ctx, r.Root, "clone", "--quiet", "--shared", r.Root, to); err != nil {
		return err
	}
	for _, key := range []string{"user.name", "user.email", "user.signingkey", "commit.gpgsign", "tag.gpgsign", "gpg.format"} {
		if value, err := git(ctx, r.Root, "config", key); err == nil {
			if _, err := git(ctx, to, "config", key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// write makes the release commit and its tags in the clone.
func write(ctx context.Context, clone string, plan *Plan, date time.Time, result *Tagged) error {
	r, err := Open(ctx, clone)
	if err != nil {
		return err
	}
	s, err := NewScratch(ctx, r)
	if err != nil {
		return err
	}
	defer s.Close()
	log, err := r.Changelog()
	if err != nil {
		return err
	}
	var names []string
	notes := map[string]string{}
	for _, p := range plan.Modules {
		m := r.Module(p.Module)
		if p.Next == "" {
			if m.Last() == "" {
				continue
			}
			if err := s.addTag(ctx, m, m.Last()); err != nil {
				return err
			}
			continue
		}
		if err := s.writeModule(ctx, m, p); err != nil {
			return err
		}
		names = append(names, p.Module+" "+p.Next)
		result.Tags = append(result.Tags, m.Tag(p.Next))
	}
	if len(names) == 0 {
		return errors.New("release: nothing changed since the last tags: there is nothing to release")
	}
	for _, p := range slices.Backward(plan.Modules) { // so that core comes first
		if p.Next != "" {
			if p.Last == "" && log.Unreleased(p.Module) == "" {
				log.Add(p.Module, "The first version.")
			}
			notes[p.Module] = log.Release(p.Module, p.Next, date.Format(time.DateOnly))
		}
	}
	if err := os.WriteFile(filepath.Join(clone, "CHANGELOG.md"), []byte(log.String()), 0o666); err != nil {
		return err
	}
	if _, err := git(ctx, clone, "add", "--all"); err != nil {
		return err
	}
	if _, err := git(ctx, clone, "commit", "--quiet", "--no-verify", "-m", "release: "+strings.Join(names, ", ")); err != nil {
		return err
	}
	for _, p := range plan.Modules {
		if p.Next == "" {
			continue
		}
		message := fmt.Sprintf("%s %s\n\n%s\n", p.Module, p.Next, notes[p.Module])
		if _, err := gitInput(ctx, clone, message, "tag", "--annotate", "--cleanup=verbatim", "--file=-", p.Module+"/"+p.Next); err != nil {
			return err
		}
	}
	result.Commit, err = git(ctx, clone, "rev-parse", "HEAD")
	return err
}

// writeModule writes go.mod and go.sum of a module that is released, and packs it, so that the next one can require it.
func (s *Scratch) writeModule(ctx context.Context, m *Module, p *ModulePlan) error {
	if err := s.unpackTree(ctx, m, s.src(m)); err != nil {
		return err
	}
	f, err := readMod(s.src(m))
	if err != nil {
		return err
	}
	if err := s.addRequired(ctx, m, f); err != nil {
		return err
	}
	want := map[string]string{}
	for _, need := range p.Requires {
		want[s.repo.Module(need.Module).Path] = need.Version
	}
	if err := s.require(ctx, m, want); err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(s.src(m), name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(s.repo.dir(m.Name), name), text, 0o666); err != nil {
			return err
		}
	}
	return s.packSrc(module.Version{Path: m.Path, Version: p.Next})
}

// goOn makes the commit after the release, in which go.mod and go.sum are what they were before it.
func goOn(ctx context.Context, clone, old string, result *Tagged) error {
	changed, err := gitList(ctx, clone, "diff", "--name-only", old, "HEAD", "--", "*/go.mod", "*/go.sum")
	if err != nil {
		return err
	}
	for _, name := range changed {
		if _, had, err := gitFile(ctx, clone, old, name); err != nil {
			return err
		} else if !had {
			if _, err := git(ctx, clone, "rm", "--quiet", name); err != nil {
				return err
			}
		} else if _, err := git(ctx, clone, "checkout", "--quiet", old, "--", name); err != nil {
			return err
		}
	}
	if len(changed) > 0 {
		if _, err := git(ctx, clone, "commit", "--quiet", "--no-verify", "-m", "release: development goes on"); err != nil {
			return err
		}
	}
	result.Head, err = git(ctx, clone, "rev-parse", "HEAD")
	return err
}

// publish takes commits and tags over from the clone, all or nothing.
func (r *Repo) publish(ctx context.Context, clone, old string, result *Tagged) error {
	fetch := []string{"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", clone, "HEAD"}
	refs := fmt.Sprintf("update %s %s %s\n", result.Branch, result.Head, old)
	for _, tag := range result.Tags {
		fetch = append(fetch, "refs/tags/"+tag)
		object, err := git(ctx, clone, "rev-parse", "refs/tags/"+tag)
		if err != nil {
			return err
		}
		refs += fmt.Sprintf("create refs/tags/%s %s\n", tag, object)
	}
	if _, err := git(ctx, r.Root, fetch...); err != nil {
		return err
	}
	if now, branch, err := r.clean(ctx); err != nil {
		return err
	} else if now != old || branch != result.Branch {
		return errors.New("release: nothing was tagged: the repository changed meanwhile")
	}
	if _, err := git(ctx, r.Root, "read-tree", "-m", "-u", old, result.Head); err != nil {
		return err
	}
	if _, err := gitInput(ctx, r.Root, refs, "update-ref", "--stdin"); err != nil {
		_, undo := git(context.WithoutCancel(ctx), r.Root, "read-tree", "-m", "-u", result.Head, old)
		return errors.Join(fmt.Errorf("release: nothing was tagged: %w", err), undo)
	}
	return nil
}

func (r *Repo) dir(name string) string { return filepath.Join(r.Root, name) }
