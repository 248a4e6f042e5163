// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// A Scratch is a folder in which modules are packed and built as their users build them: each alone, with no workspace, out of zip files; without the network, unless the module cache lacks something.
//
//	proxy/   the packed modules, in the layout of a module proxy
//	cache/   the module cache, empty at first
//	src/     what the zip files hold, a folder a module
type Scratch struct {
	repo   *Repo
	dir    string
	env    []string
	proxy  proxy
	left   map[string]map[string]string // by module: the siblings that its go.mod left out, by path, and their versions
	said   map[string][]string          // by module: what was wrong with its go.mod and go.sum before they were completed
	online []string                     // env that may ask for modules of others elsewhere; nil where GOPROXY=off
}

// NewScratch makes a scratch folder, which Close removes. Modules of others come from the present module cache, which gets what it lacks from where GOPROXY says.
func NewScratch(ctx context.Context, r *Repo) (*Scratch, error) {
	found, err := run(ctx, r.Root, nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return nil, err
	}
	cache, upstream, _ := strings.Cut(strings.TrimSpace(found), "\n")
	dir, err := os.MkdirTemp("", "torsion-release-")
	if err != nil {
		return nil, err
	}
	s := &Scratch{repo: r, dir: dir, left: map[string]map[string]string{}, said: map[string][]string{}, proxy: proxy{dir: filepath.Join(dir, "proxy"), has: map[module.Version]bool{}}}
	fileURL := func(name string) string {
		name = "/" + strings.TrimPrefix(filepath.ToSlash(name), "/") // C:/ on Windows
		return (&url.URL{Scheme: "file", Path: name}).String()
	}
	packed := fileURL(s.proxy.dir) + "," + fileURL(filepath.Join(cache, "cache", "download")) + ","
	s.env = append(os.Environ(),
		"GOWORK=off",
		"GOFLAGS=-modcacherw -buildvcs=false",
		"GOMODCACHE="+filepath.Join(dir, "cache"),
		"GOPROXY="+packed+"off",
		"GOSUMDB=off", "GOPRIVATE=", "GONOPROXY=", "GONOSUMDB=", "GOTOOLCHAIN=local",
	)
	if upstream != "" && upstream != "off" {
		s.online = append(slices.Clone(s.env), "GOPROXY="+packed+upstream)
	}
	return s, nil
}

// Close removes the folder.
func (s *Scratch) Close() error { return os.RemoveAll(s.dir) }

// Env is the environment in which the go command sees the packed modules and no workspace.
func (s *Scratch) Env() []string { return slices.Clone(s.env) }

// src returns the folder in which a module is built.
func (s *Scratch) src(m *Module) string { return filepath.Join(s.dir, "src", m.Name) }

// Pack packs all modules: at their last tags those that have not changed since, and from the tree the others, as development versions. What such a go.mod leaves
// out between releases is completed in the copy. progress, unless nil, hears what is being done.
func (s *Scratch) Pack(ctx context.Context, progress func(string)) error {
	for _, m := range s.repo.Modules {
		if progress != nil {
			progress(fmt.Sprintf("packing %s %s", m.Name, m.Current()))
		}
		v := module.Version{Path: m.Path, Version: m.Current()}
		if m.Change == Unchanged {
			if err := s.addTag(ctx, m, v.Version); err != nil {
				return err
			}
			if err := unpack(s.src(m), v, s.proxy.zip(v)); err != nil {
				return err
			}
			continue
		}
		if err := s.unpackTree(ctx, m, s.src(m)); err != nil {
			return err
		}
		if err := s.complete(ctx, m); err != nil {
			return err
		}
		if err := s.packSrc(v); err != nil {
			return err
		}
	}
	return nil
}

// packSrc packs the folder in which a module is built.
func (s *Scratch) packSrc(v module.Version) error {
	m := s.repo.sibling(v.Path)
	return s.proxy.add(v, time.Unix(0, 0), func(w io.Writer) error { return modzip.CreateFromDir(w, v, s.src(m)) })
}

// complete adds what a go.mod leaves out between releases: the siblings that the module imports, at the versions their trees stand for, and what follows from
// them. It notes what would be wrong with go.mod and go.sum beside that.
func (s *Scratch) complete(ctx context.Context, m *Module) error {
	before, err := readMod(s.src(m))
	if err != nil {
		return err
	}
	if err := s.addRequired(ctx, m, before); err != nil {
		return err
	}
	want := map[string]string{}
	for _, name := range m.Siblings {
		sibling := s.repo.Module(name)
		if sibling != nil && !requires(before, sibling.Path) {
			want[sibling.Path] = sibling.Current()
		}
	}
	if len(want) == 0 {
		return nil // whole as it stands: the build is strict with it
	}
	sumBefore, err := os.ReadFile(filepath.Join(s.src(m), "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s.left[m.Name] = want
	if err := s.require(ctx, m, want); err != nil {
		return err
	}
	after, err := readMod(s.src(m))
	if err != nil {
		return err
	}
	sumAfter, err := os.ReadFile(filepath.Join(s.src(m), "go.sum"))
	if err != nil {
		return err
	}
	s.said[m.Name] = untidy(before, after, string(sumBefore), string(sumAfter), want)
	return nil
}

// require makes a module of the scratch folder require siblings, by path, at versions that the proxy has, and tidies it.
func (s *Scratch) require(ctx context.Context, m *Module, want map[string]string) error {
	args := []string{"mod", "edit"}
	for path, version := range want {
		args = append(args, "-require="+path+"@"+version)
	}
	if len(want) > 0 {
		if _, err := s.goCommand(ctx, m, args...); err != nil {
			return err
		}
	}
	if out, err := s.goCommand(ctx, m, "mod", "tidy"); err != nil {
		return fmt.Errorf("release: completing %s/go.mod: %w\n%s", m.Name, err, out)
	}
	return nil
}

// goCommand runs the go command in a module of the scratch folder.
func (s *Scratch) goCommand(ctx context.Context, m *Module, args ...string) (string, error) {
	return s.goIn(ctx, s.src(m), args...)
}

// goIn runs the go command in a folder and returns what it printed, but for what it took out of the proxies. What the present module cache lacks it gets from where GOPROXY
// says: tidying asks for more than building does, the tests of modules of others.
func (s *Scratch) goIn(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := run(ctx, dir, s.env, "go", args...)
	if err != nil && strings.Contains(out, lookupOff) && s.online != nil {
		out, err = run(ctx, dir, s.online, "go", args...)
	}
	var b strings.Builder
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "go: downloading ") {
			b.WriteString(line)
		}
	}
	if strings.Contains(out, lookupOff) {
		b.WriteString("The module cache lacks what is named above: have go mod download get it once.\n")
	}
	return b.String(), err
}

const lookupOff = "lookup disabled by GOPROXY=off"

// run runs a command and returns what it printed, errors included.
func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return out.String(), fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return out.String(), nil
}

func readMod(dir string) (*modfile.File, error) {
	name := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(name, text, nil)
}

func requires(f *modfile.File, path string) bool {
	return slices.ContainsFunc(f.Require, func(r *modfile.Require) bool { return r.Mod.Path == path })
}

// readZip returns a file at the top of a module's zip file.
func readZip(file string, v module.Version, name string) ([]byte, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	f, err := z.Open(v.String() + "/" + name)
	if err != nil {
		return nil, fmt.Errorf("release: %s: %w", v, err)
	}
	defer f.Close()
	return io.ReadAll(f)
}

// unpack is zip.Unzip, and makes the files writable.
func unpack(dir string, v module.Version, file string) error {
	if err := modzip.Unzip(dir, v, file); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(name, 0o644)
	})
}
