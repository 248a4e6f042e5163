// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"net"
	"os"

	"github.com/torsion-go/torsion/core/process"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/wire"
	"github.com/torsion-go/torsion/core/reactor"
)

// A job is a program, or a connection that is served here.
type job struct {
	l        *listener
	child    *process.Transport
	conn     *reactor.Connector
	lent     bool // the program has the service's own socket
	stopping bool
	over     bool
}

// spawn starts the program with file as its descriptors 0, 1 and 2.
func (j *job) spawn(file *os.File) {
	l := j.l
	log := l.log()
	socket := process.Inherit(file)
	d := process.Spawn(l.s.r, process.Config{
		Path: l.spec.Program, Args: l.spec.Args, Env: l.s.cfg.Env, Dir: "/", User: l.spec.as, Session: true,
		Descriptors: map[int]process.Descriptor{0: socket, 1: socket, 2: socket}, Logger: l.s.cfg.Logger,
	}, &process.Funcs{Ended: func(_ *process.Transport, reason error) {
		if reason != process.ErrDone {
			log.Info("inetd: a program has ended", "reason", reason)
		}
		l.s.end(j)
	}})
	d.Done(func(t *process.Transport, err error) {
		if !j.lent {
			file.Close()
		}
		if err != nil {
			if l.status.Failed++; !j.stopping {
				log.Error("inetd: the program cannot be started", "error", err)
			}
			l.s.end(j)
			return
		}
		log.Debug("inetd: a program runs", "pid", t.PID())
		j.child = t
		if j.stopping {
			j.stop()
		}
	})
}

// serve serves a connection here.
func (j *job) serve(file *os.File) {
	l := j.l
	defer file.Close() // the connection has another
	failed := func(err error) {
		l.status.Failed++
		l.log().Warn("inetd: a connection cannot be served", "error", err)
		l.s.end(j)
	}
	inner := factories[l.spec.builtin]
	c, err := l.s.r.AdoptStreamConnection(int(file.Fd()), protocol.FactoryFunc(func(peer net.Addr) (protocol.Protocol, error) {
		p, err := inner.BuildProtocol(peer)
		return &internal{p, j}, err
	}))
	if err != nil {
		failed(err)
		return
	}
	j.conn = c
	c.WhenConnected().Done(func(_ protocol.Protocol, err error) {
		if err != nil {
			failed(err)
		}
	})
}

// stop ends it. The end follows.
func (j *job) stop() {
	j.stopping = true
	switch {
	case j.child != nil:
		j.child.Terminate(j.l.s.cfg.Grace).Done(func(struct{}, error) {})
	case j.conn == nil: // about to start
	case j.conn.Transport() != nil:
		j.conn.Transport().AbortConnection()
	default:
		j.conn.Disconnect()
	}
}

var factories = map[string]protocol.Factory{"echo": wire.Echo(), "discard": wire.Discard(), "chargen": wire.Chargen(), "daytime": wire.Daytime(), "time": wire.Time()}

// internal is the protocol of a connection that is served here.
type internal struct {
	protocol.Protocol
	j *job
}

// Unwrap returns the service's own.
func (p *internal) Unwrap() protocol.Protocol { return p.Protocol }

// ConnectionLost ends the job as well.
func (p *internal) ConnectionLost(t protocol.Transport, reason error) {
	defer p.j.l.s.end(p.j)
	p.Protocol.ConnectionLost(t, reason)
}
