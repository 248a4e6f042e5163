// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/golist"
	"github.com/torsion-go/torsion/trial/internal/proc"
)

// Test binaries are built by as few calls of the go command as there can be: one builds several packages in parallel, and names the binaries after the last elements of their paths, which
// must differ then.

// build builds the test binaries of packages that have none yet.
func (r *run) build(packages []*golist.Package) error {
	if r.binaries == nil {
		r.binaries, r.broken = map[string]string{}, map[string][]byte{}
	}
	var batches [][]*golist.Package
	var names []map[string]bool
	for _, p := range packages {
		if r.binaries[p.ImportPath] != "" || r.broken[p.ImportPath] != nil {
			continue
		}
		i := 0
		for i < len(batches) && names[i][binaryName(p)] {
			i++
		}
		if i == len(batches) {
			batches = append(batches, nil)
			names = append(names, map[string]bool{})
		}
		batches[i] = append(batches[i], p)
		names[i][binaryName(p)] = true
	}
	for _, batch := range batches {
		if err := r.buildBatch(batch); err != nil {
			return err
		}
	}
	return nil
}

var version = regexp.MustCompile(`^v[0-9]+$`)

// binaryName is what the go command calls a test binary.
func binaryName(p *golist.Package) string {
	name := path.Base(p.ImportPath)
	if version.MatchString(name) && path.Dir(p.ImportPath) != "." {
		name = path.Base(path.Dir(p.ImportPath))
	}
	return name + ".test"
}

func (r *run) buildBatch(batch []*golist.Package) error {
	dir := r.temp.path("bin", strconv.Itoa(len(r.binaries)+len(r.broken)))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("runner: the folder of test binaries: %w", err)
	}
	said, err := r.compile(dir, batch)
	for _, p := range batch {
		file := filepath.Join(dir, binaryName(p))
		if _, missing := os.Stat(file); missing == nil {
			r.binaries[p.ImportPath] = file
			continue
		}
		if err != nil && len(batch) > 1 && !r.over() { // the messages of each alone
			said, err := r.compile(dir, []*golist.Package{p})
			if _, missing := os.Stat(file); err == nil && missing == nil {
				r.binaries[p.ImportPath] = file
				continue
			}
			r.broken[p.ImportPath] = said
			continue
		}
		r.broken[p.ImportPath] = said
	}
	return nil
}

// compile calls the go command, and returns what it says.
func (r *run) compile(dir string, batch []*golist.Package) ([]byte, error) {
	args := append([]string{"go", "test", "-c", "-o", dir + string(filepath.Separator)}, r.cfg.buildFlags()...)
	if r.cfg.Coverage {
		args = append(args, "-cover")
	}
	for _, p := range batch {
		args = append(args, p.ImportPath)
	}
	var said bytes.Buffer
	err := r.group.Run(context.Background(), proc.Cmd{Args: args, Dir: r.cfg.Dir, Stdout: &said, Stderr: &said})
	if err != nil && said.Len() == 0 {
		said.WriteString("go test -c: " + proc.Failure(err) + "\n")
	}
	return said.Bytes(), err
}

// packagesOf returns the packages of jobs, once each.
func packagesOf(jobs []job) []*golist.Package {
	var all []*golist.Package
	for _, j := range jobs {
		if !slices.Contains(all, j.pkg) {
			all = append(all, j.pkg)
		}
	}
	return all
}

// fileName makes a name of a file of what stands for a package or a test.
func fileName(s string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/\:*?"<>| `, c) {
			return '_'
		}
		return c
	}, s)
}
