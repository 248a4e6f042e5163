// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"fmt"
	"log/slog"
	"sync"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A Reactor is what child processes need of a reactor. *reactor.Reactor is one, whose main loop then owns the child, and so is each *reactor.Loop.
type Reactor interface {
	deferred.Threads
	AddReader(d reactor.ReadDescriptor) error
	AddWriter(d reactor.WriteDescriptor) error
	RemoveReader(d reactor.ReadDescriptor)
	RemoveWriter(d reactor.WriteDescriptor)
	CallWhenStopping(f func(reason error)) (forget func(), err error)
}

var (
	_ Reactor = (*reactor.Reactor)(nil)
	_ Reactor = (*reactor.Loop)(nil)
)

// Spawn starts a child, in the reactor's thread pool, for that takes its time. The result is the child's transport, after p.ConnectionMade; or a *StartError,
// and p is not called at all. Cancelling kills a child that has been started meanwhile. Loop only. Twisted: spawnProcess.
//
// When the reactor stops the child goes on, with its pipes closed: stop what has to stop before, by Terminate.
func Spawn(r Reactor, cfg Config, p Protocol) *deferred.Deferred[*Transport] {
	return spawn(r, cfg, p, nil)
}

func spawn(r Reactor, cfg Config, p Protocol, conn *streamEnd) *deferred.Deferred[*Transport] {
	loopcheck.Check(r, "process: Spawn")
	c, err := cfg.prepared()
	if err != nil {
		return deferred.FailOn[*Transport](r, err)
	}
	if c.Logger == nil {
		c.Logger = loggerOf(r)
	}
	l := &launch{t: &Transport{r: r, cfg: c, proto: p, conn: conn, ends: map[int]protocol.Transport{}}}
	if conn != nil {
		conn.c.t = l.t
	}
	l.d = deferred.NewCancellable(r, func(*deferred.Deferred[*Transport]) { l.abandon() })
	if l.forget, err = r.CallWhenStopping(func(reason error) {
		if l.abandon() {
			l.d.Errback(&StartError{Op: "exec", Path: c.Path, Err: reason})
		}
	}); err != nil {
		return deferred.FailOn[*Transport](r, error(&StartError{Op: "exec", Path: c.Path, Err: err}))
	}
	l.t.loose = func() {}
	if tr, ok := r.(tracker); ok {
		l.t.loose = tr.Track("child process", l.t.about, l.kill)
	}
	r.CallInThread(func() { l.start(c) })
	return l.d
}

// A tracker is a loop that can tell what is open because of it; see reactor.Loop.Track.
type tracker interface {
	Track(kind string, about func() string, end func()) (forget func())
}

func (t *Transport) about() string {
	if pid := t.PID(); pid != 0 {
		return fmt.Sprintf("%d, %s", pid, t.cfg.Path)
	}
	return t.cfg.Path
}

// kill ends the child, whatever it is at.
func (l *launch) kill() {
	if l.abandon() {
		l.d.Errback(&StartError{Op: "exec", Path: l.t.cfg.Path, Err: deferred.ErrCancelled})
	} else if t := l.t; t.PID() != 0 {
		_ = t.child.signal(sigKill, t.grouped()) // it may have exited
	}
}

func loggerOf(r Reactor) *slog.Logger {
	if l, ok := r.(interface{ Logger() *slog.Logger }); ok && l.Logger() != nil {
		return l.Logger()
	}
	return slog.Default()
}

// A launch is a child between Spawn and its transport.
type launch struct {
	t      *Transport
	d      *deferred.Deferred[*Transport]
	forget func()

	mu      sync.Mutex
	child   *child // guarded by mu
	err     error  // guarded by mu
	settled bool   // guarded by mu: the loop has taken the child, or does not want it
}

// start runs on a thread of the pool.
func (l *launch) start(c *Config) {
	l.mu.Lock()
	unwanted := l.settled
	l.mu.Unlock()
	if unwanted {
		return
	}
	ch, err := start(c)
	l.mu.Lock()
	unwanted = l.settled
	l.child, l.err = ch, err
	l.mu.Unlock()
	switch {
	case !unwanted:
		l.t.r.CallFromThread(l.finish)
	case ch != nil:
		ch.discard()
	}
}

// settle reports whether it is the first to be called.
func (l *launch) settle() (ch *child, err error, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first = !l.settled
	l.settled = true
	return l.child, l.err, first
}

// abandon gets rid of a child that nobody waits for. It reports whether it was still to come.
func (l *launch) abandon() bool {
	ch, _, first := l.settle()
	if !first {
		return false
	}
	l.forget()
	l.t.loose()
	if ch != nil {
		ch.drop()
	}
	return true
}

// drop is discard that does not block. The child is killed at once: this process may be about to end.
func (ch *child) drop() {
	_ = ch.signal(sigKill, false)
	go ch.discard() // ends with the child
}

func (l *launch) finish() {
	ch, err, first := l.settle()
	if !first {
		return
	}
	l.forget()
	if err == nil {
		err = l.t.begin(ch)
	}
	if err != nil {
		l.t.loose()
		l.d.Errback(err)
		return
	}
	l.d.Callback(l.t)
}
