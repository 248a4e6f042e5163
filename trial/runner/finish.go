// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/trial/internal/proc"
	"github.com/torsion-go/torsion/trial/result"
)

// finish says what was measured, after the report.
func (r *run) finish(s *result.Summary) error {
	if r.cfg.DryRun {
		return nil
	}
	if r.copies != nil {
		r.copies.write(r.cfg.Messages)
	}
	r.benchmarked()
	times := r.durations()
	if r.cfg.CacheInfo {
		r.cacheInfo(s, times)
	}
	times.add(s)
	if err := errorsFirst(r.coverage(), r.profiles(), times.save()); err != nil {
		return err
	}
	if r.cfg.Trace {
		files, _ := filepath.Glob(r.temp.path("trace", "*.trace")) // the pattern is well formed
		for _, file := range files {
			fmt.Fprintf(r.cfg.Messages, "Trace: go tool trace %s\n", file)
		}
	}
	return nil
}

// cacheInfo says what came from the go command's cache.
func (r *run) cacheInfo(s *result.Summary, times *durations) {
	cached, ran := 0, 0
	var saved time.Duration
	for _, p := range s.Packages {
		switch {
		case p.NoTests:
		case p.Cached:
			cached++
			d, ok := times.of(p.Path)
			if !ok { // what its tests took when they ran
				for _, t := range s.Tests {
					if t.Package == p.Path && !strings.Contains(t.Name, "/") {
						d += t.Elapsed
					}
				}
			}
			saved += d
		default:
			ran++
		}
	}
	fmt.Fprintf(r.cfg.Messages, "%d of %d packages cached, %.3fs saved\n", cached, cached+ran, saved.Seconds())
}

// topFunctions is how many functions of a profile are told.
const topFunctions = "10"

// profiles says which functions are on top.
func (r *run) profiles() error {
	for _, kind := range r.cfg.Profile {
		files, _ := filepath.Glob(r.temp.path("profile", "*."+string(kind))) // the pattern is well formed
		slices.Sort(files)
		for _, file := range files {
			var out, said tail
			err := r.group.Run(context.Background(), proc.Cmd{
				Args: []string{"go", "tool", "pprof", "-top", "-nodecount=" + topFunctions, file},
				Dir:  r.cfg.Dir, Stdout: &out, Stderr: &said,
			})
			if err != nil {
				if r.over() {
					return nil
				}
				// A process that died has written no profile, or half of it.
				fmt.Fprintf(r.cfg.Messages, "Profile %s can't be read: %s\n", file, firstLine(strings.TrimSpace(said.String())))
				continue
			}
			fmt.Fprintf(r.cfg.Messages, "Profile %s\n%s", file, out.String())
		}
	}
	return nil
}
