// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A fuzzTarget is a function of the tests.
type fuzzTarget struct {
	dir  string // its package, relative to the root
	name string
}

func (t fuzzTarget) String() string { return t.dir + " " + t.name }

var (
	fuzzFunc  = regexp.MustCompile(`(?m)^func (Fuzz\w*)\(\w+ \*testing\.F\)`)
	fuzzInput = regexp.MustCompile(`Failing input written to (\S+)`)
)

// fuzzTargets finds those of the modules that are tests on this system.
func (c *checker) fuzzTargets() ([]fuzzTarget, error) {
	dirs, err := c.dirs()
	if err != nil {
		return nil, err
	}
	var targets []fuzzTarget
	for _, module := range dirs {
		root := filepath.Join(c.root, filepath.FromSlash(module))
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if name == root {
					return nil
				}
				_, err := os.Stat(filepath.Join(name, "go.mod"))
				if err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") {
					return filepath.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(name, "_test.go") {
				return nil
			}
			if here, err := build.Default.MatchFile(filepath.Dir(name), d.Name()); err != nil || !here {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			dir, err := filepath.Rel(c.root, filepath.Dir(name))
			for _, found := range fuzzFunc.FindAllSubmatch(text, -1) {
				targets = append(targets, fuzzTarget{filepath.ToSlash(dir), string(found[1])})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// fuzz runs one target after another, as go test does one at a time. It shows the input that fails, which is to become a file of testdata.
func (c *checker) fuzz(out io.Writer) error {
	targets, err := c.fuzzTargets()
	if err != nil {
		return err
	}
	var failed []string
	for _, t := range targets {
		var text bytes.Buffer
		err := c.runTo(&text, "go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+c.fuzzTime, "./"+t.dir)
		if c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if err == nil {
			c.counts.passed++
			continue
		}
		c.counts.failed++
		failed = append(failed, t.String())
		fmt.Fprintf(out, "FAILED: %s: %v\n%s", t, err, text.Bytes())
		if found := fuzzInput.FindSubmatch(text.Bytes()); found != nil {
			if input, err := os.ReadFile(filepath.Join(c.root, t.dir, string(found[1]))); err == nil {
				fmt.Fprintf(out, "%s/%s:\n%s", t.dir, found[1], input)
			}
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d fuzz targets failed: %s", len(failed), len(targets), strings.Join(failed, ", "))
	}
	c.note = fmt.Sprintf("%d targets, %s each", len(targets), c.fuzzTime)
	return nil
}
