// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// An Endpoint is a client whose connections are children: what they write to standard output is received, what is written goes to their standard input. Each
// Connect starts one. Its fields are immutable after start. Twisted: ProcessEndpoint.
//
// ConnectionLost comes when the child has exited. The reason is protocol.Done for exit code 0 and *Terminated otherwise, but what this side did amiss or a panic has
// precedence. A child that lives on when its connection has closed is given Grace and then ends by Terminate; AbortConnection kills it at once. With a
// protocol.HalfCloser each direction ends apart.
//
// As a string, where [Register] was called: process:PROGRAM:ARGUMENT:..., with dir=, stderr=log or drop.
type Endpoint struct {
	Reactor Reactor
	// Config tells what to start. Descriptors other than 0 to 2 may be given, of the mode of Inherit; PTY may not.
	Config Config
	// DropStderr ignores what children write to standard error. Otherwise its lines are logged, as warnings, at most 10 in a second.
	DropStderr bool
	// Grace is how long a child may live on after its connection was closed, and then again after SIGTERM. 0 means DefaultGrace, a negative value for ever.
	Grace time.Duration
	// Logger receives standard error; nil means the reactor's.
	Logger *slog.Logger
}

var _ endpoint.Client = (*Endpoint)(nil)

// Connect starts a child.
func (e *Endpoint) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	fail := func(class, err error) *deferred.Deferred[protocol.Protocol] {
		return deferred.FailOn[protocol.Protocol](e.Reactor, error(&protocol.ConnectError{Class: class, Addr: e.Config.Path, Err: err}))
	}
	cfg := e.Config
	all := stdPipes()
	if e.DropStderr {
		delete(all, 2)
	}
	for number, d := range cfg.Descriptors {
		if _, taken := all[number]; taken || d.mode != 'f' {
			return fail(protocol.ErrConnect, errors.New("process: the descriptors of an endpoint's child are its own"))
		}
		all[number] = d
	}
	cfg.Descriptors = all
	inner, err := f.BuildProtocol(protocol.PipeAddr())
	if err != nil || inner == nil {
		return fail(protocol.ErrNoProtocol, err)
	}
	logger := e.Logger
	if logger == nil {
		logger = loggerOf(e.Reactor)
	}
	c := &connection{inner: inner, grace: e.Grace, log: logger.With("program", cfg.Path)}
	if c.grace == 0 {
		c.grace = DefaultGrace
	}
	c.end = &streamEnd{c: c}
	c.stderr = Lines{Max: maxStderrText, Line: c.logLine}
	return deferred.ThenBoth(spawn(e.Reactor, cfg, c, c.end), func(t *Transport, err error) (protocol.Protocol, error) {
		switch {
		case err == nil:
			return inner, nil
		case errors.Is(err, deferred.ErrCancelled):
			return nil, &protocol.ConnectError{Class: protocol.ErrConnectingCanceled, Addr: cfg.Path, Err: err}
		}
		return nil, &protocol.ConnectError{Class: protocol.ErrConnect, Addr: cfg.Path, Err: err}
	})
}

// A connection is the protocol of an endpoint's child.
type connection struct {
	Base
	inner  protocol.Protocol
	grace  time.Duration
	log    *slog.Logger
	limit  loglimit.Limit
	stderr Lines

	t       *Transport
	end     *streamEnd
	closing protocol.DelayedCall
}

// A streamEnd takes the two pipes as one stream, and keeps the end of it until the child has exited.
type streamEnd struct {
	c      *connection
	tr     protocol.Transport
	reason error
}

// Unwrap returns the user's protocol, whose optional interfaces count.
func (s *streamEnd) Unwrap() protocol.Protocol { return s.c.inner }

// ConnectionMade keeps the transport: the user's protocol is told when the child's transport is there, too.
func (s *streamEnd) ConnectionMade(tr protocol.Transport) { s.tr = tr; s.c.inner.ConnectionMade(tr) }

func (s *streamEnd) DataReceived(tr protocol.Transport, p []byte) { s.c.inner.DataReceived(tr, p) }

func (s *streamEnd) ConnectionLost(tr protocol.Transport, reason error) {
	c := s.c
	s.tr, s.reason = tr, reason
	c.t.lost(tr)
	c.closed()
	c.t.closed()
}

// closed sees to it that the child ends.
func (c *connection) closed() {
	switch {
	case c.t.exited:
	case errors.Is(c.end.reason, protocol.ErrConnectionAborted):
		c.t.Terminate(-1)
	case c.grace > 0 && c.closing == nil:
		c.closing = c.t.r.CallLater(c.grace, func() { c.t.Terminate(c.grace) })
	}
}

func (c *connection) ChildDataReceived(_ *Transport, fd int, p []byte) {
	if fd == 2 {
		c.stderr.Write(p)
	}
}

func (c *connection) logLine(line []byte) {
	if args, ok := c.limit.Allow(c.t.r.Now(), "line", string(line)); ok {
		c.log.Warn("process: standard error", args...)
	}
}

func (c *connection) ProcessEnded(_ *Transport, reason error) {
	if c.closing != nil {
		_ = c.closing.Cancel()
	}
	c.stderr.Flush()
	s := c.end
	switch {
	case errors.Is(s.reason, protocol.ErrConnectionLost):
		reason = s.reason
	case reason == ErrDone:
		reason = s.reason
	}
	c.inner.ConnectionLost(s.tr, reason)
}

// Lines takes text apart into lines, for a log. Longer lines than Max are cut, and what is cut is left out. The zero value but for Line and Max is ready to use.
type Lines struct {
	Max  int               // bytes of a line
	Line func(line []byte) // gets each line without its end; lent until return

	buf []byte
}

// Write takes the next piece. It never fails.
func (l *Lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			l.keep(p)
			return n, nil
		}
		l.keep(p[:i])
		l.end()
		p = p[i+1:]
	}
}

func (l *Lines) keep(p []byte) {
	room := l.Max - len(l.buf)
	l.buf = append(l.buf, p[:max(min(len(p), room), 0)]...)
}

func (l *Lines) end() {
	l.Line(bytes.TrimSuffix(l.buf, []byte("\r")))
	l.buf = l.buf[:0]
}

// Flush delivers a last line that has no end.
func (l *Lines) Flush() {
	if len(l.buf) > 0 {
		l.end()
	}
}

// Register adds the type process: to the strings of g, for children of r. It is not built in: who may write such a string may run any program.
func Register(g *endpoint.Registry) error {
	return g.RegisterClient("process", func(r endpoint.Reactor, a *endpoint.Args) (endpoint.Client, error) {
		own, ok := r.(Reactor)
		if !ok {
			return nil, errors.New("process: this reactor cannot watch descriptors")
		}
		args := a.Positional()
		order := make([]string, len(args))
		for i := range order {
			order[i] = fmt.Sprintf("argument %d", i)
		}
		a.Order(order...)
		for _, name := range order {
			a.Text(name, "")
		}
		e := &Endpoint{Reactor: own, Config: Config{Args: args, Dir: a.Text("dir", "")}}
		switch how := a.Text("stderr", "log"); how {
		case "log":
		case "drop":
			e.DropStderr = true
		default:
			a.Fail("stderr", "neither log nor drop", nil)
		}
		if len(args) == 0 || args[0] == "" {
			a.Fail("program", "missing argument", nil)
		}
		return e, a.Err()
	})
}
