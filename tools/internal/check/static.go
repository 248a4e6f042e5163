// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/tools/internal/api"
	"github.com/torsion-go/torsion/tools/internal/layering"
	"github.com/torsion-go/torsion/tools/internal/release"
)

// modules returns the folders of the modules that go.work lists, relative to the root.
func (c *checker) modules() ([]string, error) {
	var out, errs bytes.Buffer
	cmd := c.command("go", "list", "-m", "-f", "{{.Dir}}")
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go list -m: %w: %s", err, errs.String())
	}
	var dirs []string
	for dir := range strings.Lines(out.String()) {
		rel, err := filepath.Rel(c.root, strings.TrimSpace(dir))
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, "./"+filepath.ToSlash(rel))
	}
	return dirs, nil
}

// patterns returns a package pattern for each module.
func (c *checker) patterns() ([]string, error) {
	dirs, err := c.modules()
	for i := range dirs {
		dirs[i] += "/..."
	}
	return dirs, err
}

func (c *checker) format(out io.Writer) error {
	var files []string
	err := filepath.WalkDir(c.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != c.root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.note = fmt.Sprintf("%d files", len(files))
	var list bytes.Buffer
	if err := c.runTo(io.MultiWriter(&list, out), "gofmt", append([]string{"-l"}, files...)...); err != nil {
		return fmt.Errorf("gofmt: %w", err)
	}
	if n := strings.Count(list.String(), "\n"); n > 0 {
		c.note = ""
		return fmt.Errorf("gofmt would change %d files: run gofmt -w on them", n)
	}
	return nil
}

func (c *checker) vet(out io.Writer) error {
	patterns, err := c.patterns()
	if err != nil {
		return err
	}
	return c.runTo(out, "go", append([]string{"vet"}, patterns...)...)
}

func (c *checker) staticcheck(out io.Writer) error {
	patterns, err := c.patterns()
	if err != nil {
		return err
	}
	return c.runTo(out, "go", append([]string{"tool", "staticcheck"}, patterns...)...)
}

func (c *checker) layering(out io.Writer) error {
	imports, err := layering.Load(c.ctx, c.root)
	if err != nil {
		return err
	}
	c.note = fmt.Sprintf("%d packages", len(imports))
	wrong := layering.Check(imports)
	for _, w := range wrong {
		fmt.Fprintln(out, w)
	}
	if len(wrong) > 0 {
		c.note = ""
		return fmt.Errorf("%d imports point the wrong way", len(wrong))
	}
	return nil
}

func (c *checker) api(out io.Writer) error {
	wrong, err := api.Check(c.ctx, c.root)
	if err != nil {
		return err
	}
	for _, text := range wrong {
		fmt.Fprintln(out, text)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the exported surface of %d modules is not that of their api.txt", len(wrong))
	}
	return nil
}

// release leaves the tests to step test.
func (c *checker) release(out io.Writer) error {
	r, err := release.Open(c.ctx, c.root)
	if err != nil {
		return err
	}
	problems, err := r.Check(c.ctx, release.CheckOptions{NoTests: true, Out: out})
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d problems keep the modules from being released", len(problems))
	}
	c.note = fmt.Sprintf("%d modules", len(r.Modules))
	return nil
}
