// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/trial/internal/collect"
	"github.com/torsion-go/torsion/trial/internal/golist"
	"github.com/torsion-go/torsion/trial/internal/proc"
	"github.com/torsion-go/torsion/trial/result"
)

// A run is one call of Run.
type run struct {
	cfg     Config
	temp    *tempDir
	log     *logFile
	group   *proc.Group
	space   workspace
	targets []target
	lost    []missing

	reactor  string
	packages []*golist.Package // listed, for those ways to run that need it
	binaries map[string]string // by package
	broken   map[string][]byte // what was said of packages that could not be built
	jobs     int               // started so far
	copies   *copies           // statistics of Copies
	bench    benchmarks

	first   chan struct{} // closed for ExitFirst
	once    sync.Once
	stopped atomic.Bool  // nothing more is started
	leader  atomic.Int64 // the process number of the go command; 0 if there is none
	c       *collect.Collector
}

// Run runs tests, tells cfg.Reporter, and returns what was found. Where the run is repeated that is the last repetition, or the last that did not pass.
//
// An error is that of running, and not of a test: a [*UsageError] if cfg makes no sense, or what failed of the folders and files of the run or of its reporters. Packages that don't exist
// or don't compile are in the summary. When ctx ends the summary is of what ran, and says that it was interrupted.
func Run(ctx context.Context, cfg Config) (*result.Summary, error) {
	cfg = cfg.defaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	r, err := open(cfg)
	if err != nil {
		return nil, err
	}
	s, err := r.all(ctx)
	if e := r.close(); err == nil {
		err = e
	}
	return s, err
}

func open(cfg Config) (*run, error) {
	t, err := openTemp(cfg.Dir, cfg.Temp, cfg.Keep)
	if err != nil {
		return nil, err
	}
	l, err := openLog(cfg, t)
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	g, err := proc.NewGroup()
	if err != nil {
		return nil, errors.Join(err, l.close(), t.close())
	}
	r := &run{cfg: cfg, temp: t, log: l, group: g, space: findModules(cfg.Dir)}
	r.targets, r.lost = cfg.resolve()
	if cfg.Shuffle && cfg.Seed == 0 {
		r.cfg.Seed = time.Now().UnixNano() & (1<<53 - 1) // what JSON keeps
	}
	if cfg.Copies > 1 {
		r.copies = &copies{}
	}
	return r, nil
}

func (r *run) close() error {
	r.group.Close()
	return errors.Join(r.log.close(), r.temp.close())
}

// all runs every repetition.
func (r *run) all(ctx context.Context) (*result.Summary, error) {
	if err := r.choose(ctx); err != nil {
		return nil, err
	}
	var last *result.Summary
	reactors := r.cfg.Reactors
	if len(reactors) == 0 {
		reactors = []string{""}
	}
	repeated := len(reactors) > 1 || r.cfg.UntilFailure || r.cfg.Passes > 1
	for n := 1; ; n++ {
		r.reactor = reactors[(n-1)%len(reactors)]
		if len(reactors) > 1 {
			fmt.Fprintf(r.cfg.Messages, "Reactor %s\n", r.reactor)
		}
		pass := 0
		if repeated {
			pass = n
		}
		s, err := r.pass(ctx, pass)
		if s != nil && (last == nil || last.Passed || !s.Passed) {
			last = s
		}
		if err != nil {
			return last, err
		}
		round := n%len(reactors) == 0
		switch {
		case s.Interrupted, s.Counts.Run == 0 && round, !s.Passed && (r.cfg.UntilFailure || r.cfg.ExitFirst):
		case !round:
			continue
		case r.cfg.Passes > 0 && n/len(reactors) < r.cfg.Passes, r.cfg.Passes == 0 && r.cfg.UntilFailure:
			continue
		}
		return last, r.finish(last)
	}
}

// own reports whether test binaries are started by us instead of the go command.
func (r *run) own() bool {
	c := r.cfg
	return c.Workers != 0 || c.Order != "" || c.Copies > 1 || len(c.Profile) > 0 || c.Trace
}

// pass runs everything once.
func (r *run) pass(ctx context.Context, n int) (*result.Summary, error) {
	started := time.Now()
	r.first, r.once = make(chan struct{}), sync.Once{}
	r.stopped.Store(false)
	r.c = collect.New(r.cfg.Reporter, collect.Config{Dir: r.space.dir, Ended: r.ended, Copies: r.copies != nil, StrictTodo: r.cfg.StrictTodo})
	run := &result.Run{Started: started, Pass: n, Dry: r.cfg.DryRun, Shuffled: r.cfg.Shuffle, Seed: r.cfg.Seed, Dirs: map[string]string{}}
	var jobs []job
	if r.own() || r.cfg.DryRun {
		if err := r.list(ctx); err != nil {
			return nil, err
		}
		jobs = r.plan()
		for _, p := range r.packages {
			run.Packages = append(run.Packages, p.ImportPath)
			run.Dirs[p.ImportPath] = p.Dir
		}
	} else {
		for _, t := range r.targets {
			for _, p := range t.patterns {
				if !isPattern(p) {
					run.Packages = append(run.Packages, p)
				}
			}
		}
	}
	done := make(chan struct{})
	var helpers sync.WaitGroup
	helpers.Go(func() { r.tick(done) })      // waited for below
	helpers.Go(func() { r.stop(ctx, done) }) // waited for below
	r.c.Begin(run)
	for _, m := range r.lost {
		r.c.Problem(m.name, m.why)
	}
	switch {
	case r.cfg.DryRun:
		r.dry(jobs)
	case r.own():
		r.ownJobs(jobs)
	default:
		r.goTests(r.targets, nil)
	}
	r.again(jobs)
	r.c.End("")
	close(done)
	helpers.Wait()
	s := r.c.Summary(time.Since(started), ctx.Err() != nil || r.killed())
	r.measure(s)
	return s, r.c.Done(s)
}

// ended is called at the end of each test.
func (r *run) ended(t *result.Test, out []byte) {
	r.log.ended(t, out)
	r.bench.add(t, out)
	if r.copies != nil {
		r.copies.add(t)
	}
	if r.cfg.ExitFirst && t.Outcome.Bad() {
		r.exitFirst()
	}
}

func (r *run) exitFirst() {
	r.stopped.Store(true)
	r.once.Do(func() { close(r.first) })
}

func (r *run) killed() bool {
	select {
	case <-r.cfg.Kill:
		return true
	default:
		return false
	}
}

// tick tells reporters the time.
func (r *run) tick(done <-chan struct{}) {
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-done:
			return
		case now := <-t.C:
			r.c.Tick(now)
		}
	}
}

// over reports whether nothing more is to be started.
func (r *run) over() bool { return r.stopped.Load() }
