// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"log/slog"
	"os"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/wire"
	"github.com/torsion-go/torsion/core/reactor"
)

const (
	acceptsInPass = 16          // of one socket
	pauseTime     = time.Second // when the system is short of descriptors or memory
)

// What follows from an accept.
type verdict uint8

const (
	accepted verdict = iota
	nothing          // there is no connection
	next             // that one is gone; there may be others
	pause            // the system is short of something
)

// A listener is one service that is served. As a ReadDescriptor it is the socket.
type listener struct {
	s      *Server
	spec   *spec
	socket *socket // nil while it is switched off
	closed bool
	armed  bool
	timer  protocol.DelayedCall  // while it is switched off, or pauses
	port   *reactor.DatagramPort // of an internal datagram service

	jobs   int
	lent   bool // a program that is waited for has the socket
	rate   rate
	status Status
}

func (l *listener) log() *slog.Logger {
	return l.s.cfg.Logger.With("service", l.spec.String(), "line", l.spec.Line)
}

// opened takes a new socket.
func (l *listener) opened(k *socket) {
	l.cancel()
	l.socket, l.rate = k, rate{}
}

// become takes a new description.
func (l *listener) become(e *spec) {
	l.disarm()
	l.spec = e
}

func (l *listener) cancel() {
	if l.timer != nil {
		_ = l.timer.Cancel()
		l.timer = nil
	}
}

func (l *listener) close() {
	l.closed = true
	l.cancel()
	l.shut()
}

// shut closes the socket. Children that have it go on.
func (l *listener) shut() {
	l.disarm()
	if l.socket != nil {
		l.socket.close()
		l.socket = nil
	}
}

// update listens, or no longer.
func (l *listener) update() {
	ready := !l.closed && l.s.running && l.socket != nil && l.timer == nil && !l.lent
	if l.spec.Internal && l.spec.Datagram {
		if ready && l.port == nil {
			l.answer()
		}
		return
	}
	ready = ready && !l.full()
	switch {
	case ready == l.armed:
	case !ready:
		l.disarm()
	default:
		err := l.socket.setNonblock(!l.spec.Wait) // for all who have it: a program that is waited for expects it to block
		if err == nil {
			err = l.s.r.AddReader(l)
		}
		if err != nil {
			l.log().Error("inetd: cannot watch the socket", "error", err)
			return
		}
		l.armed = true
	}
}

// full reports whether there may be no more for now.
func (l *listener) full() bool {
	most := l.spec.MaxChildren
	if most <= 0 {
		most = l.s.cfg.MaxOfService
	}
	if l.jobs < most && len(l.s.jobs) < l.s.cfg.MaxChildren {
		return false
	}
	if l.armed {
		l.status.Full++
		if args, ok := l.s.full.Allow(l.s.cfg.Clock.Now(), "children", l.jobs, "in all", len(l.s.jobs)); ok {
			l.log().Warn("inetd: too many children; others have to wait", args...)
		}
	}
	return true
}

func (l *listener) disarm() {
	if l.port != nil {
		l.port.StopListening().Done(func(struct{}, error) {})
		l.port = nil
	}
	if l.armed {
		l.armed = false
		l.s.r.RemoveReader(l)
	}
}

// answer serves datagrams here.
func (l *listener) answer() {
	answers := map[string]wire.Answer{"echo": wire.EchoAnswer, "discard": wire.DiscardAnswer, "chargen": wire.ChargenAnswer, "daytime": wire.DaytimeAnswer, "time": wire.TimeAnswer}
	port, err := l.s.r.AdoptDatagramPort(l.socket.fd, &wire.Datagrams{Answer: answers[l.spec.builtin]}, reactor.PacketOptions{})
	if err != nil {
		l.log().Error("inetd: cannot serve the socket", "error", err)
		return
	}
	l.port = port
}

// FileDescriptor returns the socket.
func (l *listener) FileDescriptor() int { return l.socket.fd }

// ConnectionLost is called when the reactor stops.
func (l *listener) ConnectionLost(error) { l.armed = false }

// DoRead is called when somebody wants the service.
func (l *listener) DoRead() error {
	if l.spec.Wait {
		if l.allow() {
			l.start(l.socket.file, true)
		}
		return nil
	}
	for range acceptsInPass {
		if !l.armed {
			return nil
		}
		conn, v, err := l.socket.accept()
		switch v {
		case nothing:
			return nil
		case pause:
			l.pause(err)
			return nil
		case accepted:
			if !l.allow() {
				conn.Close()
				return nil
			}
			l.start(conn, false)
		}
	}
	return nil
}

// pause gives the system time to recover.
func (l *listener) pause(err error) {
	l.status.Failed++
	l.log().Error("inetd: no connection can be accepted for now", "error", err, "pause", pauseTime)
	l.timer = l.s.cfg.Clock.CallLater(pauseTime, func() {
		l.timer = nil
		l.update()
	})
	l.update()
}

// allow counts a start, and switches the service off when there are too many.
func (l *listener) allow() bool {
	most := l.spec.Rate
	if most <= 0 {
		most = l.s.cfg.Rate
	}
	if l.rate.allow(l.s.cfg.Clock.Now(), most) {
		return true
	}
	l.status.SwitchedOff++
	l.log().Error("inetd: the service starts too often and is switched off; nowait.NUMBER in its line allows more in a minute", "most", most, "off", l.s.cfg.Off)
	l.shut()
	l.later()
	return false
}

// later opens the socket again after a while.
func (l *listener) later() {
	l.timer = l.s.cfg.Clock.CallLater(l.s.cfg.Off, func() {
		l.timer = nil
		k, err := l.spec.open()
		if err != nil {
			l.log().Error("inetd: the service cannot be opened again; the next try comes", "error", err, "after", l.s.cfg.Off)
			l.later()
			return
		}
		l.opened(k)
		l.log().Info("inetd: the service is served again")
		l.update()
	})
}

// start starts the program of the service, or serves a connection here. lent tells that file is the service's own socket; otherwise it is the job's to close.
func (l *listener) start(file *os.File, lent bool) {
	j := &job{l: l, lent: lent}
	l.s.jobs[j] = struct{}{}
	l.jobs++
	l.lent = l.lent || lent
	l.status.Started++
	if len(l.s.jobs) >= l.s.cfg.MaxChildren {
		l.s.update()
	} else {
		l.update()
	}
	if l.spec.Internal {
		j.serve(file)
		return
	}
	j.spawn(file)
}
