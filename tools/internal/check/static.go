// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/torsion-go/torsion/tools/internal/api"
	"github.com/torsion-go/torsion/tools/internal/layering"
)

// dirs returns the folders of the modules that go.work lists and -modules names, relative to the root: "core", "tools/bench".
func (c *checker) dirs() ([]string, error) {
	name := filepath.Join(c.root, "go.work")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork(name, text, nil)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, use := range work.Use {
		dir := path.Clean(filepath.ToSlash(use.Path))
		if len(c.modules) == 0 || slices.Contains(c.modules, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, name := range c.modules {
		if !slices.Contains(dirs, name) {
			return nil, fmt.Errorf("go.work lists no module %q", name)
		}
	}
	return dirs, nil
}

// patterns returns a package pattern for each of these modules.
func (c *checker) patterns() ([]string, error) {
	dirs, err := c.dirs()
	for i := range dirs {
		dirs[i] = "./" + dirs[i] + "/..."
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
