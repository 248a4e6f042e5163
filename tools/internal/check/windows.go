// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"fmt"
	"io"
	"os"

	"github.com/torsion-go/torsion/tools/internal/wine"
)

// windowsSomePatterns are the packages that windows-some tests: what differs most between systems, and is soon done.
var windowsSomePatterns = []string{
	"./core/internal/poll", "./core/internal/sys", "./core/protocol", "./core/process", "./core/lockfile", "./core/fspath",
}

// windowsPatterns are the packages that windows tests.
var windowsPatterns = []string{"./core/...", "./logger/...", "./trial/...", "./web/..."}

func (c *checker) windowsSome(out io.Writer) error {
	return c.underWine(func() error {
		return c.windowsTests(out, append([]string{"-short"}, windowsSomePatterns...))
	})
}

func (c *checker) windows(out io.Writer) error {
	return c.underWine(func() error { return c.windowsTests(out, windowsPatterns) })
}

// windowsTests builds tests for Windows and runs them there.
func (c *checker) windowsTests(out io.Writer, args []string) error {
	c.env = append(c.env, "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	n, err := c.goTest(out, append([]string{"-exec=" + wine.Loader, "-timeout=5m"}, args...)...)
	if err == nil && n.passed == 0 {
		err = fmt.Errorf("no test ran")
	}
	return err
}

// underWine runs f with a wine for it alone. Where there is none it says what is missing and counts one test as skipped.
func (c *checker) underWine(f func() error) error {
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
	defer p.Close()
	c.env = p.Env()
	defer func() { c.env = nil }()
	return f()
}
