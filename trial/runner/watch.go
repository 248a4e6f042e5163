// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/inotify"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/trial/result"
)

// Watch runs the tests, and then, whenever files change, those of the packages that were touched and of the packages that depend on them, until ctx ends. After each run it calls done, which may be
// nil. Its error is that of a run that could not be made.
//
// It looks at the folders of the packages and of what they need, in the modules of the workspace. On Linux the kernel tells what changes; elsewhere, and where the kernel has no room for more, they are looked at
// once a second.
func Watch(ctx context.Context, cfg Config, done func(*result.Summary)) error {
	cfg = cfg.defaults()
	if cfg.DryRun || cfg.UntilFailure || cfg.Passes > 1 {
		return usage("--watch repeats the run by itself: leave --dry-run, --until-failure and --passes out")
	}
	if cfg.Since != "" || cfg.Shard.Count > 0 {
		return usage("--watch chooses the packages by itself: leave --since and --shard out")
	}
	if cfg.LogFile == "-" {
		return usage("--watch keeps a log for each run: leave --logfile=- out")
	}
	next := cfg
	for {
		w, err := newWatcher(ctx, cfg)
		if err != nil {
			return err
		}
		if next.Args != nil {
			s, err := Run(ctx, next)
			if err != nil {
				w.close()
				return err
			}
			if done != nil {
				done(s)
			}
		}
		fmt.Fprintf(cfg.Messages, "Watching %d folders\n", len(w.folders))
		files, err := w.wait(ctx)
		w.close()
		if err != nil || ctx.Err() != nil {
			return err
		}
		next, err = cfg.only(ctx, files)
		if err != nil {
			return err
		}
	}
}

// only returns the configuration with the packages that files touch; with nil Args if there are none.
func (c Config) only(ctx context.Context, files []string) (Config, error) {
	r := &run{cfg: c, space: findModules(c.Dir)}
	r.targets, _ = c.resolve()
	if err := r.list(ctx); err != nil {
		return c, err
	}
	g, err := r.graph(ctx)
	if err != nil {
		return c, err
	}
	touched := g.touched(files)
	c.Args = nil
	c.NoRecurse = true
	for _, p := range r.packages {
		switch names := r.names(p); {
		case !touched[p.ImportPath]:
		case names == nil:
			c.Args = append(c.Args, p.ImportPath)
		default:
			for _, n := range names {
				c.Args = append(c.Args, p.ImportPath+"."+n)
			}
		}
	}
	return c, nil
}

// A watcher looks at folders.
type watcher struct {
	folders []string
	before  map[string]stamp // of files, before the run
	changes chan struct{}    // 1: something happened
	cancel  context.CancelFunc
	ended   chan struct{} // the reactor is gone; nil without one
}

type stamp struct {
	changed time.Time
	size    int64
}

const (
	settle   = 100 * time.Millisecond // how long nothing must change before it is looked at: editors write several files
	pollTime = time.Second
)

func newWatcher(ctx context.Context, cfg Config) (*watcher, error) {
	r := &run{cfg: cfg, space: findModules(cfg.Dir)}
	r.targets, _ = cfg.resolve()
	if err := r.list(ctx); err != nil {
		return nil, err
	}
	g, err := r.graph(ctx)
	if err != nil {
		return nil, err
	}
	w := &watcher{changes: make(chan struct{}, 1)}
	for dir := range g.dirs {
		if slices.ContainsFunc(r.space.modules, func(m module) bool { return dir == m.dir || strings.HasPrefix(dir, m.dir+string(filepath.Separator)) }) {
			w.folders = append(w.folders, dir)
		}
	}
	for _, m := range r.space.modules {
		if !slices.Contains(w.folders, m.dir) {
			w.folders = append(w.folders, m.dir) // for go.mod
		}
	}
	slices.Sort(w.folders)
	w.before = w.look()
	w.inotify(ctx)
	return w, nil
}

// look returns the files of the folders, and of the folders in them that belong to no package of their own, as testdata.
func (w *watcher) look() map[string]stamp {
	found := map[string]stamp{}
	for _, dir := range w.folders {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // what can't be read has not changed
			switch {
			case err != nil:
				return nil
			case d.IsDir() && path != dir && d.Name() != "testdata" && !strings.Contains(path[len(dir):], string(filepath.Separator)+"testdata"+string(filepath.Separator)):
				return fs.SkipDir
			case d.IsDir() || strings.HasPrefix(d.Name(), "."):
				return nil
			}
			if info, err := d.Info(); err == nil {
				found[path] = stamp{info.ModTime(), info.Size()}
			}
			return nil
		})
	}
	return found
}

// watched returns the folders and those in them that look goes into.
func (w *watcher) watched() map[string]bool {
	all := map[string]bool{}
	for _, dir := range w.folders {
		all[dir] = true
	}
	for file := range w.before {
		all[filepath.Dir(file)] = true
	}
	return all
}

// inotify has the kernel tell of changes. Without it, wait looks now and then.
func (w *watcher) inotify(ctx context.Context) {
	r, err := reactor.New(reactor.Config{})
	if err != nil {
		return
	}
	ctx, w.cancel = context.WithCancel(ctx)
	w.ended = make(chan struct{})
	ok := make(chan bool, 1) // whether all folders are watched
	go func() {              // close waits for it
		defer close(w.ended)
		_ = r.Run(ctx) // it ends with the context
	}()
	r.CallFromThread(func() {
		n, err := inotify.New(r.Loop)
		for dir := range w.watched() {
			if err == nil {
				_, err = n.Watch(dir, inotify.Options{}, func(inotify.Event) { w.signal() })
			}
		}
		ok <- err == nil
	})
	select {
	case all := <-ok:
		if all {
			return
		}
	case <-w.ended:
	}
	w.close()
	w.cancel = nil
}

func (w *watcher) signal() {
	select {
	case w.changes <- struct{}{}:
	default:
	}
}

func (w *watcher) close() {
	if w.cancel != nil {
		w.cancel()
		<-w.ended
	}
}

// wait returns the files that have changed since the watcher was made, once there are some and no more follow.
func (w *watcher) wait(ctx context.Context) ([]string, error) {
	pause := pollTime
	if w.cancel != nil {
		pause = time.Minute // in case that something was missed
	}
	for {
		now := w.look()
		if changed := differ(w.before, now); len(changed) > 0 {
			for {
				if err := sleep(ctx, settle); err != nil {
					return nil, nil
				}
				later := w.look()
				if len(differ(now, later)) == 0 {
					return differ(w.before, later), nil
				}
				now = later
			}
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, nil
		case <-w.changes:
			t.Stop()
		case <-t.C:
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// differ returns the files that are new, gone or changed.
func differ(before, after map[string]stamp) []string {
	var files []string
	for path, s := range after {
		if old, ok := before[path]; !ok || old != s {
			files = append(files, path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			files = append(files, path)
		}
	}
	slices.Sort(files)
	return files
}
