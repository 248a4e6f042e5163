// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/trial/internal/proc"
	"github.com/torsion-go/torsion/trial/result"
)

// Profiles of coverage are text:
//
//	mode: set
//	example.com/pkg/file.go:3.14,5.2 1 0
//
// A block is a place, a number of statements and a count. Blocks of several profiles are the same where the place is: their counts are added, or in mode set, joined.

// A profile is a merged one.
type profile struct {
	mode   string
	blocks map[string]block // by place
}

type block struct{ statements, count int }

// read adds a profile.
func (p *profile) read(r io.Reader) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		line := s.Text()
		if mode, ok := strings.CutPrefix(line, "mode: "); ok {
			p.mode = cmp.Or(p.mode, mode)
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return fmt.Errorf("%q is no block of a coverage profile", line)
		}
		n, err1 := strconv.Atoi(fields[1])
		count, err2 := strconv.Atoi(fields[2])
		if err1 != nil || err2 != nil {
			return fmt.Errorf("%q is no block of a coverage profile", line)
		}
		if p.blocks == nil {
			p.blocks = map[string]block{}
		}
		b := p.blocks[fields[0]]
		b.statements = n
		b.count += count
		if p.mode == "set" {
			b.count = min(b.count, 1)
		}
		p.blocks[fields[0]] = b
	}
	return s.Err()
}

// readFile adds the profile of a file; one that is not there is none, as of a test that died.
func (p *profile) readFile(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	if err := p.read(f); err != nil {
		return fmt.Errorf("runner: %s: %w", file, err)
	}
	return nil
}

// write writes it, in an order that does not change.
func (p *profile) write(file string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "mode: %s\n", cmp.Or(p.mode, "set"))
	for _, place := range slices.Sorted(maps.Keys(p.blocks)) {
		fmt.Fprintf(&b, "%s %d %d\n", place, p.blocks[place].statements, p.blocks[place].count)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
		return fmt.Errorf("runner: the coverage: %w", err)
	}
	return nil
}

// percent returns how many of the statements were run, of each package and of all of them.
func (p *profile) percent() (packages map[string]float64, total float64) {
	covered, all := map[string]int{}, map[string]int{}
	for place, b := range p.blocks {
		pkg := path.Dir(place[:strings.LastIndexByte(place, ':')])
		for _, name := range []string{pkg, ""} {
			all[name] += b.statements
			if b.count > 0 {
				covered[name] += b.statements
			}
		}
	}
	packages = map[string]float64{}
	for name, n := range all {
		if name != "" && n > 0 {
			packages[name] = 100 * float64(covered[name]) / float64(n)
		}
	}
	if all[""] > 0 {
		total = 100 * float64(covered[""]) / float64(all[""])
	}
	return packages, total
}

// measure gives the packages of a summary their coverage.
func (r *run) measure(s *result.Summary) {
	if !r.cfg.Coverage {
		return
	}
	merged, err := r.merge()
	if err != nil {
		fmt.Fprintf(r.cfg.Messages, "trial: %v\n", err)
		return
	}
	packages, _ := merged.percent()
	for _, p := range s.Packages {
		if percent, ok := packages[p.Path]; ok {
			p.Coverage = percent
		}
	}
}

// merge writes the profile of each worker, and that of all.
func (r *run) merge() (*profile, error) {
	dir := r.temp.path("coverage")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("runner: the coverage: %w", err)
	}
	all := &profile{}
	parts, _ := filepath.Glob(filepath.Join(dir, "part-*.out")) // the pattern is well formed
	for _, file := range parts {
		if err := all.readFile(file); err != nil {
			return nil, err
		}
	}
	for n := 0; ; n++ {
		folder := r.temp.path(strconv.Itoa(n), "coverage")
		if _, err := os.Stat(folder); err != nil {
			break
		}
		mine := &profile{}
		files, _ := filepath.Glob(filepath.Join(folder, "*.out")) // as above
		for _, file := range files {
			if err := errorsFirst(mine.readFile(file), all.readFile(file)); err != nil {
				return nil, err
			}
		}
		if err := mine.write(filepath.Join(dir, "worker-"+strconv.Itoa(n)+".out")); err != nil {
			return nil, err
		}
	}
	return all, all.write(filepath.Join(dir, "coverage.out"))
}

func errorsFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// coverage says how much of the code was run, and where that is written.
func (r *run) coverage() error {
	if !r.cfg.Coverage {
		return nil
	}
	all, err := r.merge()
	if err != nil {
		return err
	}
	dir := r.temp.path("coverage")
	out := r.cfg.Messages
	packages, total := all.percent()
	fmt.Fprintln(out, "Coverage:")
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		fmt.Fprintf(out, "%6.1f%%  %s\n", packages[name], name)
	}
	fmt.Fprintf(out, "%6.1f%%  of the statements\n", total)
	if len(all.blocks) > 0 {
		var said tail
		html := filepath.Join(dir, "coverage.html")
		err := r.group.Run(context.Background(), proc.Cmd{
			Args: []string{"go", "tool", "cover", "-html=" + filepath.Join(dir, "coverage.out"), "-o", html},
			Dir:  r.cfg.Dir, Stdout: &said, Stderr: &said,
		})
		if err != nil && !r.over() {
			return fmt.Errorf("runner: go tool cover: %s: %s", proc.Failure(err), strings.TrimSpace(said.String()))
		}
	}
	fmt.Fprintf(out, "Coverage is in %s\n", dir)
	return nil
}
