// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/tools/internal/api"
	"github.com/torsion-go/torsion/tools/internal/layering"
)

// CheckOptions chooses what Check does.
type CheckOptions struct {
	Modules []string  // these only; none means all. All are packed in any case.
	NoTests bool      // pack, build, vet and tidy only
	Since   string    // a revision: what changed since it needs an entry in the changelog, beside what changed since the tags
	NoAPI   bool      // leave out what looks at the repository as a whole: imports, api.txt, changelog
	Out     io.Writer // hears what is being done and what is wrong; nil means nobody
}

// A Problem is something that must not be released.
type Problem struct {
	Module string // "" for the repository
	Step   string // "go.mod", "go.work", "pack", "build", "vet", "tidy", "test", "imports", "api", "changelog"
	Text   string
}

func (p Problem) String() string {
	if p.Module == "" {
		return p.Step + ": " + p.Text
	}
	return p.Module + ": " + p.Step + ": " + p.Text
}

// Check packs all modules and builds each as its users will. It returns what is wrong; the error is for what kept it from finding out.
func (r *Repo) Check(ctx context.Context, o CheckOptions) ([]Problem, error) {
	if o.Out == nil {
		o.Out = io.Discard
	}
	for _, name := range o.Modules {
		if r.Module(name) == nil {
			return nil, fmt.Errorf("release: there is no module %q", name)
		}
	}
	s, err := NewScratch(ctx, r)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	c := &checking{Scratch: s, o: o}
	for _, m := range r.Modules {
		f, err := readMod(filepath.Join(r.Root, m.Name))
		if err != nil {
			return nil, err
		}
		for _, text := range r.modRules(m, f) {
			c.say(m.Name, "go.mod", text)
		}
	}
	if err := r.workRules(c); err != nil {
		return nil, err
	}
	if len(c.problems) > 0 {
		return c.problems, nil // packing would fail at the same, less plainly
	}
	if err := c.Pack(ctx, c.line); err != nil {
		c.say("", "pack", err.Error())
		return c.problems, ctx.Err()
	}
	steps := []func(context.Context) error{c.buildAll, c.surfaces, c.changelog, c.testAll}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return c.problems, err
		}
	}
	return c.problems, nil
}

// checking is one Check under way.
type checking struct {
	*Scratch
	o        CheckOptions
	problems []Problem
	whole    bool // the rest of the repository lies beside the modules
}

func (c *checking) line(text string) { fmt.Fprintln(c.o.Out, text) }

func (c *checking) say(module, step, text string) {
	p := Problem{module, step, strings.TrimSpace(text)}
	c.problems = append(c.problems, p)
	c.line("FAIL " + p.String())
}

// timed runs a step and says how long it took.
func (c *checking) timed(what string, step func() error) error {
	start, before := time.Now(), len(c.problems)
	if err := step(); err != nil {
		return err
	}
	if len(c.problems) == before {
		c.line(fmt.Sprintf("ok   %s (%s)", what, time.Since(start).Round(100*time.Millisecond)))
	}
	return nil
}

// chosen returns the modules that are to be built.
func (c *checking) chosen() []*Module {
	if len(c.o.Modules) == 0 {
		return c.repo.Modules
	}
	return slices.DeleteFunc(slices.Clone(c.repo.Modules), func(m *Module) bool { return !slices.Contains(c.o.Modules, m.Name) })
}

// buildAll builds modules alone, of nothing but what their zip files hold.
func (c *checking) buildAll(ctx context.Context) error {
	for _, m := range c.chosen() {
		for _, text := range c.said[m.Name] {
			c.say(m.Name, "tidy", text)
		}
		if what := m.lacking(ctx); what != "" {
			c.line(fmt.Sprintf("%s %s is not built here: %s fails", m.Name, m.Current(), what))
			if _, err := c.step(ctx, m, "tidy", "mod", "tidy", "-diff"); err != nil {
				return err
			}
			continue
		}
		ok, err := c.step(ctx, m, "build", "build", "-trimpath", "-o", os.DevNull, "./...")
		if err != nil {
			return err
		}
		if !ok {
			continue // vet and tidy would say the same
		}
		if _, err := c.step(ctx, m, "vet", "vet", "-trimpath", "./..."); err != nil {
			return err
		}
		if _, err := c.step(ctx, m, "tidy", "mod", "tidy", "-diff"); err != nil {
			return err
		}
	}
	return nil
}

// testAll runs the tests of modules that build.
func (c *checking) testAll(ctx context.Context) error {
	if c.o.NoTests {
		return nil
	}
	if len(c.problems) > 0 {
		c.line("the tests are left out until that is mended")
		return nil
	}
	if err := c.addRest(ctx); err != nil {
		return err
	}
	for _, m := range c.chosen() {
		if m.lacking(ctx) != "" {
			continue // buildAll has told
		}
		if _, err := c.step(ctx, m, "test", "test", "./..."); err != nil {
			return err
		}
	}
	return nil
}

// step runs the go command in a module.
func (c *checking) step(ctx context.Context, m *Module, name string, args ...string) (ok bool, err error) {
	err = c.timed(fmt.Sprintf("%s %s %s", m.Name, m.Current(), name), func() error {
		out, err := c.goCommand(ctx, m, args...)
		if ok = err == nil; !ok && ctx.Err() == nil {
			c.say(m.Name, name, fmt.Sprintf("%v\n%s", err, out))
		}
		return ctx.Err()
	})
	return ok, err
}

// addRest puts what no zip file holds beside the unpacked modules: tests may read it, users never see it.
func (c *checking) addRest(ctx context.Context) error {
	if c.whole {
		return nil
	}
	c.whole = true
	names, err := gitList(ctx, c.repo.Root, "ls-files", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for _, name := range names {
		from, to := filepath.Join(c.repo.Root, name), filepath.Join(c.dir, "src", name)
		info, err := os.Stat(from)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if _, err := os.Lstat(to); err == nil { // a zip file does not say what may be executed
			if err := os.Chmod(to, info.Mode().Perm()); err != nil {
				return err
			}
			continue
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(to, text, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
}

// surfaces holds the imports to their rules and api.txt to the code. It does so in the copy: with require lines between the modules, a workspace needs their packed
// versions too.
func (c *checking) surfaces(ctx context.Context) error {
	if c.o.NoAPI {
		return nil
	}
	if err := c.addRest(ctx); err != nil {
		return err
	}
	return c.timed("imports and api.txt", func() error {
		root := filepath.Join(c.dir, "src")
		all, err := layering.Load(ctx, root, c.env...)
		if err != nil {
			c.say("", "imports", err.Error())
			return ctx.Err()
		}
		for _, wrong := range layering.Check(all) {
			c.say("", "imports", wrong)
		}
		wrong, err := api.Check(ctx, root, c.env...)
		if err != nil {
			c.say("", "api", err.Error())
			return ctx.Err()
		}
		for _, text := range wrong {
			c.say("", "api", strings.ReplaceAll(text, root, c.repo.Root))
		}
		return nil
	})
}

// changelog demands entries for what changed since the tags.
func (c *checking) changelog(ctx context.Context) error {
	if c.o.NoAPI || slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Step == "build" }) {
		return nil
	}
	return c.timed("changelog", func() error {
		log, err := c.repo.Changelog()
		if err != nil {
			c.say("", "changelog", err.Error())
			return nil
		}
		for _, m := range c.repo.Modules {
			changes, _, err := c.diff(ctx, m)
			if err != nil {
				return err
			}
			for _, text := range c.repo.entries(m, log, changes) {
				c.say(m.Name, "changelog", text)
			}
		}
		if c.o.Since == "" {
			return nil
		}
		wrong, err := c.repo.entriesSince(ctx, c.o.Since, log)
		for _, p := range wrong {
			c.say(p.Module, p.Step, p.Text)
		}
		return err
	})
}

// entries returns what a module's unreleased section of the changelog lacks.
func (r *Repo) entries(m *Module, log *Changelog, changes []APIChange) []string {
	var wrong []string
	if m.Change == Code && log.Unreleased(m.Name) == "" {
		wrong = append(wrong, fmt.Sprintf("code changed since %s, and CHANGELOG.md tells nothing of it: write what users notice below ### %s", m.Last(), m.Name))
	}
	if _, err := os.Stat(filepath.Join(r.dir(m.Name), "api.txt")); err == nil && m.Change == Unreleased && log.Unreleased(m.Name) == "" {
		wrong = append(wrong, fmt.Sprintf("it was never released, and CHANGELOG.md does not tell what it is: write that below ### %s", m.Name))
	}
	var broken []string
	for _, c := range changes {
		if !c.Compatible {
			broken = append(broken, c.Message)
		}
	}
	if len(broken) > 0 && len(log.Removed(m.Name)) == 0 {
		wrong = append(wrong, fmt.Sprintf("incompatible with %s, and CHANGELOG.md has no \"- Removed: \" entry below ### %s:\n\t%s", m.Last(), m.Name, strings.Join(broken, "\n\t")))
	}
	return wrong
}

// Changelog reads the repository's CHANGELOG.md.
func (r *Repo) Changelog() (*Changelog, error) {
	text, err := os.ReadFile(filepath.Join(r.Root, "CHANGELOG.md"))
	if err != nil {
		return nil, err
	}
	return ParseChangelog(string(text))
}
