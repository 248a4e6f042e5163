// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"os"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
)

const sigKill = syscall.SIGKILL

// DefaultGrace is how long Terminate waits before it kills, where it is given 0.
const DefaultGrace = 5 * time.Second

// Signal sends a signal to the child: a syscall.Signal, see also ParseSignal. After the child was reaped the error is ErrExitedAlready. On Windows
// SIGTERM and SIGINT are Ctrl-Break for a child with Config.ProcessGroup and end another one at once, as SIGKILL does, and the others are errors. Twisted: signalProcess.
func (t *Transport) Signal(sig os.Signal) error {
	t.check("Signal")
	return t.send(sig, false)
}

// SignalGroup sends a signal to the whole process group of the child, or to the child alone where it has no group of its own: see Config.ProcessGroup.
func (t *Transport) SignalGroup(sig os.Signal) error {
	t.check("SignalGroup")
	return t.send(sig, t.grouped())
}

func (t *Transport) send(sig os.Signal, group bool) error {
	if t.exited || t.child == nil {
		return ErrExitedAlready
	}
	return t.child.signal(sig, group)
}

// grouped reports whether the child leads a process group.
func (t *Transport) grouped() bool {
	return t.cfg.ProcessGroup || t.cfg.Session || t.cfg.PTY != nil
}

// Terminate ends the child: SIGTERM now, SIGKILL after grace, each to the whole process group where the child has one of its own. With the second, or when the
// child has exited and nobody of its group has its pipes open any more, what is left of the group is killed, and pipes that others hold are closed. A grace of 0 means
// DefaultGrace; a negative one kills at once. The Deferred fires after ProcessEnded, and never fails. It may be called again, to shorten the grace.
func (t *Transport) Terminate(grace time.Duration) *deferred.Deferred[struct{}] {
	t.check("Terminate")
	if t.ended {
		return deferred.SucceedOn(t.r, struct{}{})
	}
	if grace == 0 {
		grace = DefaultGrace
	}
	d := deferred.New[struct{}](t.r)
	t.waiters = append(t.waiters, d)
	first := !t.terminating
	t.terminating = true
	switch {
	case grace < 0 || t.exited:
		t.kill()
	case first:
		_ = t.SignalGroup(syscall.SIGTERM)
		if t.cfg.Session || t.cfg.ProcessGroup || t.cfg.PTY != nil {
			_ = t.SignalGroup(sigContinue) // one that is stopped gets no other signal
		}
		t.timer = t.r.CallLater(grace, t.kill)
	case t.timer != nil && t.timer.Time().Sub(t.r.Now()) > grace:
		_ = t.timer.Reset(grace)
	}
	return d
}

// kill is the end of grace.
func (t *Transport) kill() {
	if t.timer != nil {
		_ = t.timer.Cancel()
		t.timer = nil
	}
	_ = t.SignalGroup(sigKill)
	t.abort()
	if t.zombie {
		t.bury()
	}
}
