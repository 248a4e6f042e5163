// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"fmt"
	"slices"

	"github.com/torsion-go/torsion/trial/internal/golist"
)

// choose reduces the packages to those that differ from a revision, and to a shard.
func (r *run) choose(ctx context.Context) error {
	if r.cfg.Since == "" && r.cfg.Shard.Count == 0 {
		return nil
	}
	if err := r.list(ctx); err != nil {
		return err
	}
	if r.cfg.Since != "" {
		files, err := changedFiles(ctx, r.cfg.Dir, r.cfg.Since)
		if err != nil {
			return err
		}
		g, err := r.graph(ctx)
		if err != nil {
			return err
		}
		touched := g.touched(files)
		r.keep(func(p *golist.Package) bool { return touched[p.ImportPath] })
		fmt.Fprintf(r.cfg.Messages, "%d packages differ from %s, or depend on such\n", len(r.packages), r.cfg.Since)
	}
	if r.cfg.Shard.Count > 0 {
		var paths []string
		for _, p := range r.packages {
			paths = append(paths, p.ImportPath)
		}
		mine := r.cfg.Shard.of(paths, r.durations())
		r.keep(func(p *golist.Package) bool { return slices.Contains(mine, p.ImportPath) })
		fmt.Fprintf(r.cfg.Messages, "Shard %d/%d: %d of %d packages\n", r.cfg.Shard.Index, r.cfg.Shard.Count, len(mine), len(paths))
	}
	return nil
}

// keep leaves those packages, and the targets that are in them.
func (r *run) keep(want func(p *golist.Package) bool) {
	r.packages = slices.DeleteFunc(r.packages, func(p *golist.Package) bool { return !want(p) })
	var all target
	var some []target
	for _, p := range r.packages {
		if names := r.names(p); names != nil {
			some = append(some, target{[]string{p.ImportPath}, names})
		} else {
			all.patterns = append(all.patterns, p.ImportPath)
		}
	}
	r.targets = some
	if len(all.patterns) > 0 {
		r.targets = append([]target{all}, some...)
	}
}
