// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/torsion-go/torsion/tools/internal/layering"
	"github.com/torsion-go/torsion/tools/internal/wine"
)

// windowsSome are the packages that windows-some tests: those that differ most between systems, and are soon done.
var windowsSome = []string{
	"core/internal/poll", "core/internal/sys", "core/reactor", "core/protocol", "core/process", "core/lockfile", "core/fspath",
}

// What windows tests: modules whole, and packages of trial and web; most of their others start the go command or programs of UNIX.
var (
	windowsModules = []string{"core", "logger"}
	windowsOthers  = []string{
		"trial", "trial/assert", "trial/diff", "trial/property", "trial/result", "trial/stress", "trial/warn",
		"web", "web/client", "web/form", "web/mux", "web/session", "web/sse", "web/static", "web/template", "web/websocket",
	}
)

func (c *checker) windowsSome(out io.Writer) error {
	return c.underWine(out, windowsSome, "-short")
}

func (c *checker) windows(out io.Writer) error {
	all, err := layering.Load(c.ctx, c.root)
	if err != nil {
		return err
	}
	var dirs []string
	for _, p := range all {
		dir := short(p.ImportPath)
		module, _, _ := strings.Cut(dir, "/")
		// The tests of the examples build them, and no go command runs under wine.
		if (slices.Contains(windowsModules, module) || slices.Contains(windowsOthers, dir)) && !strings.Contains(dir+"/", "/examples/") {
			dirs = append(dirs, dir)
		}
	}
	return c.underWine(out, dirs)
}

// underWine runs the tests of packages as Windows programs, and the tests of commands that run as such, in a wine of their own. Where there is none it says what is
// missing and counts one test as skipped.
func (c *checker) underWine(out io.Writer, dirs []string, args ...string) (err error) {
	if missing := wine.Missing(); missing != "" {
		c.counts.skipped++
		c.note = "skipped: " + missing
		return nil
	}
	dir, err := os.MkdirTemp("", "check-wine-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p, err := wine.Start(c.ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	defer func() { c.env = nil }()

	c.env = append(p.Env(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	args = append(args, "-exec="+wine.Loader, "-timeout=10m")
	for _, dir := range dirs {
		args = append(args, "./"+dir)
	}
	n, err := c.goTest(out, args...)
	if err == nil && n.passed == 0 {
		err = errors.New("no test ran")
	}
	c.env = append(os.Environ(), wine.Environment+"="+dir)
	m, err2 := c.goTest(out, "-count=1", "./tools/internal/wine") // what it depends on is not all that go test looks at
	if err = errors.Join(err, err2); err != nil {
		c.note = ""
		return err
	}
	c.note = fmt.Sprintf("%d passed, %d skipped", n.passed+m.passed, n.skipped+m.skipped)
	return nil
}
