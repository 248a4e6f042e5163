// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/torsion-go/torsion/core/fspath"
	"github.com/torsion-go/torsion/trial/result"
)

// durations are how long packages took when they ran last, in seconds.
type durations struct {
	file    string
	seconds map[string]float64
	changed bool
}

// durations reads those of earlier runs. A file that can't be read has none: they make shards even, and nothing right or wrong.
func (r *run) durations() *durations {
	d := &durations{file: r.cfg.Durations, seconds: map[string]float64{}}
	if d.file == "" && r.temp.private {
		return d // a run that leaves nothing behind
	}
	if d.file == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return d
		}
		d.file = filepath.Join(cache, "torsion-trial", hashName(r.cfg.Dir)+".json")
	} else if !filepath.IsAbs(d.file) {
		d.file = r.cfg.path(d.file)
	}
	if text, err := os.ReadFile(d.file); err == nil {
		if json.Unmarshal(text, &d.seconds) != nil || d.seconds == nil {
			d.seconds = map[string]float64{}
		}
	}
	return d
}

func (d *durations) of(pkg string) (time.Duration, bool) {
	s, ok := d.seconds[pkg]
	return time.Duration(s * float64(time.Second)), ok
}

// add takes those of a run.
func (d *durations) add(s *result.Summary) {
	if s.Interrupted {
		return
	}
	for _, p := range s.Packages {
		if !p.Cached && !p.NoTests && p.Elapsed > 0 && len(p.Build) == 0 {
			d.seconds[p.Path] = p.Elapsed.Round(time.Millisecond).Seconds()
			d.changed = true
		}
	}
}

// save writes the file, as a whole.
func (d *durations) save() error {
	if !d.changed || d.file == "" {
		return nil
	}
	text, err := json.MarshalIndent(d.seconds, "", "\t")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(d.file), 0o777)
	}
	if err == nil {
		var path fspath.Path
		if path, err = fspath.New(d.file); err == nil {
			err = path.SetContent(append(text, '\n'), 0o644)
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil // a user without a cache
	}
	if err != nil {
		return fmt.Errorf("runner: recording how long packages took: %w", err)
	}
	return nil
}

// of returns the packages of a shard: the longest first, each to the part that has least. Where everybody has the same file the parts are the same.
func (s Shard) of(packages []string, d *durations) []string {
	known := slices.Sorted(maps.Values(d.seconds))
	typical := 1.0
	if len(known) > 0 {
		typical = known[len(known)/2]
	}
	length := func(p string) float64 {
		if v, ok := d.seconds[p]; ok {
			return v
		}
		return typical
	}
	sorted := slices.Clone(packages)
	slices.SortFunc(sorted, func(a, b string) int {
		return cmp.Or(cmp.Compare(length(b), length(a)), cmp.Compare(a, b))
	})
	load := make([]float64, s.Count)
	var mine []string
	for _, p := range sorted {
		least := 0
		for i := range load {
			if load[i] < load[least] {
				least = i
			}
		}
		load[least] += max(length(p), 0.001)
		if least == s.Index-1 {
			mine = append(mine, p)
		}
	}
	slices.Sort(mine)
	return mine
}
