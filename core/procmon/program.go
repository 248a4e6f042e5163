// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package procmon

import (
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
)

// A program is one that is kept running while it is wanted. It has at most one of starting, child and timer.
type program struct {
	m    *Monitor
	name string
	cfg  process.Config
	log  *slog.Logger

	wanted   bool
	again    bool // it is being ended to be started again
	delay    time.Duration
	began    time.Time
	starting *deferred.Deferred[child]
	child    child
	timer    protocol.DelayedCall
	waiters  []*deferred.Deferred[struct{}]
}

// start starts the program, unless it runs or is about to.
func (p *program) start() {
	if p.timer != nil {
		_ = p.timer.Cancel() // fails when it is due now
		p.timer = nil
	}
	if p.starting != nil || p.child != nil {
		return
	}
	p.began = p.m.loop.Now()
	out := process.Lines{Max: MaxLine, Line: func(line []byte) { p.log.Info("procmon: output", "stream", "stdout", "line", string(line)) }}
	errs := process.Lines{Max: MaxLine, Line: func(line []byte) { p.log.Info("procmon: output", "stream", "stderr", "line", string(line)) }}
	p.starting = p.m.spawn(p.cfg, &process.Funcs{
		Out: func(_ *process.Transport, b []byte) { out.Write(b) },
		Err: func(_ *process.Transport, b []byte) { errs.Write(b) },
		Ended: func(_ *process.Transport, reason error) {
			out.Flush()
			errs.Flush()
			p.log.Info("procmon: the program has ended", "reason", reason, "after", p.m.loop.Now().Sub(p.began))
			p.child = nil
			p.gone()
		},
	})
	p.starting.Done(func(c child, err error) {
		p.starting = nil
		if err == nil {
			p.child = c
			if !p.wanted { // it was too late to cancel
				p.end()
			}
			p.log.Debug("procmon: the program runs", "pid", c.PID())
			return
		}
		if p.wanted {
			p.log.Error("procmon: the program cannot be started", "error", err)
		}
		p.gone()
	})
}

// gone follows when the program does not run any more.
func (p *program) gone() {
	waiters := p.waiters
	p.waiters = nil
	switch again := p.again; {
	case !p.wanted:
	case again:
		p.again, p.delay = false, p.m.opt.MinRestartDelay
		p.restartAfter(0)
	case p.m.loop.Now().Sub(p.began) < p.m.opt.Threshold:
		p.restartAfter(p.delay)
		p.delay = min(p.delay*2, p.m.opt.MaxRestartDelay)
	default:
		p.delay = p.m.opt.MinRestartDelay
		p.restartAfter(0)
	}
	for _, d := range waiters {
		d.Callback(struct{}{})
	}
}

func (p *program) restartAfter(delay time.Duration) {
	if delay > 0 {
		p.log.Warn("procmon: the program ended too soon and is restarted later", "delay", delay)
	}
	p.timer = p.m.loop.CallLater(delay, p.start)
}

// stop ends the program for good.
func (p *program) stop() *deferred.Deferred[struct{}] {
	p.wanted, p.again = false, false
	p.delay = p.m.opt.MinRestartDelay
	if p.timer != nil {
		_ = p.timer.Cancel() // fails when it is due now: start is then called for nothing
		p.timer = nil
	}
	if p.starting == nil && p.child == nil {
		return deferred.SucceedOn(p.m.loop, struct{}{})
	}
	d := deferred.New[struct{}](p.m.loop)
	p.waiters = append(p.waiters, d)
	p.end()
	return d
}

// restart ends the program in order to start it again.
func (p *program) restart() {
	if p.child != nil {
		p.again = true
		p.end()
	}
}

func (p *program) end() {
	if p.child != nil {
		p.child.Terminate(p.m.opt.KillTime)
		return
	}
	p.starting.Cancel()
}
