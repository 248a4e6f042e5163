// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package golist asks the go command which packages there are, and finds the tests in their source.
//
// # Concurrency
//
// Its functions are safe from any goroutine.
package golist

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Package is what go list tells of one.
type Package struct {
	ImportPath   string
	Dir          string
	Standard     bool
	ForTest      string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	EmbedFiles   []string
	Deps         []string
	Module       *struct{ Path, Dir string }
	Error        *struct{ Err string }
	DepsErrors   []*struct{ Err string }
}

// TestFiles returns the paths of its test files, in the order in which their tests run.
func (p *Package) TestFiles() []string {
	var files []string
	for _, f := range p.TestGoFiles {
		files = append(files, filepath.Join(p.Dir, f))
	}
	for _, f := range p.XTestGoFiles {
		files = append(files, filepath.Join(p.Dir, f))
	}
	return files
}

// List lists the packages that match, and the patterns that none does. What can't be loaded has an Error. The flags are those of go list, as -find or -test -deps.
func List(ctx context.Context, dir string, flags []string, patterns ...string) (all []*Package, unmatched []string, err error) {
	args := append([]string{"list", "-e", "-json=ImportPath,Dir,Standard,ForTest,GoFiles,TestGoFiles,XTestGoFiles,EmbedFiles,Deps,Module,Error,DepsErrors"}, flags...)
	args = append(append(args, "--"), patterns...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("go list %s: %w: %s", strings.Join(patterns, " "), err, strings.TrimSpace(errs.String()))
	}
	for line := range strings.Lines(errs.String()) {
		if name, ok := Unmatched(line); ok {
			unmatched = append(unmatched, name)
		}
	}
	dec := json.NewDecoder(&out)
	for {
		p := &Package{}
		if err := dec.Decode(p); err == io.EOF {
			return all, unmatched, nil
		} else if err != nil {
			return nil, nil, fmt.Errorf("go list %s: %w", strings.Join(patterns, " "), err)
		}
		all = append(all, p)
	}
}

// Unmatched returns the pattern of a line in which the go command warns that no package matches it.
func Unmatched(line string) (pattern string, ok bool) {
	_, rest, ok := strings.Cut(line, "warning: \"")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(strings.TrimRight(rest, "\r\n"), "\" matched no packages")
}
