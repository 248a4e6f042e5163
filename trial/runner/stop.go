// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package runner

import (
	"context"
	"os"
	"time"
)

// A run is stopped in steps: no more tests are started; those that run may end, for the time of Config.Grace; they are interrupted; they are killed.

const (
	pollRunning = 20 * time.Millisecond // how often it is asked whether tests still run
	afterSignal = 2 * time.Second       // what a child gets between being interrupted and being killed
)

// stop waits for the context to end, for the first failure if that is the last, or for done.
func (r *run) stop(ctx context.Context, done <-chan struct{}) {
	reason := ""
	select {
	case <-done:
		return
	case <-r.first:
	case <-ctx.Done():
		reason = "interrupted"
	case <-r.cfg.Kill:
		reason = "interrupted"
	}
	r.stopped.Store(true)
	r.c.Stop(reason)
	if pid := r.leader.Load(); pid > 0 { // the go command starts no more packages then
		if p, err := os.FindProcess(int(pid)); err == nil {
			_ = p.Signal(os.Interrupt) // it may have ended
		}
	}
	if !r.idle(done) {
		return
	}
	r.group.Interrupt()
	if !r.wait(done, afterSignal) {
		return
	}
	r.group.Kill()
}

// idle waits until no test runs, for the grace, or for a kill; false if the run is over.
func (r *run) idle(done <-chan struct{}) bool {
	t := time.NewTicker(pollRunning)
	defer t.Stop()
	over := time.NewTimer(r.cfg.Grace)
	defer over.Stop()
	for {
		select {
		case <-done:
			return false
		case <-r.cfg.Kill:
			r.group.Kill()
			return true
		case <-over.C:
			return true
		case <-t.C:
			if r.c.Running() == 0 {
				return true
			}
		}
	}
}

// wait waits for that time, or for a kill; false if the run is over.
func (r *run) wait(done <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
		return false
	case <-r.cfg.Kill:
	case <-t.C:
	}
	return true
}
