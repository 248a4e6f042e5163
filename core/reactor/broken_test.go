// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"errors"
	"io"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A listener writes down what happens on its connection. It is a producer too.
type listener struct {
	t      protocol.Transport
	events []string
	reason error
	onData func()
}

func (l *listener) ConnectionMade(t protocol.Transport) { l.t = t }

func (l *listener) DataReceived(_ protocol.Transport, p []byte) {
	l.events = append(l.events, string(p))
	if l.onData != nil {
		l.onData()
	}
}

func (l *listener) ConnectionLost(_ protocol.Transport, reason error) {
	l.events = append(l.events, "lost")
	l.reason = reason
}

func (l *listener) Pause()     {}
func (l *listener) Resume()    {}
func (l *listener) Stop(error) { l.events = append(l.events, "stop") }

// A halfListener is told of the end of each direction.
type halfListener struct{ listener }

func (l *halfListener) ReadConnectionLost(protocol.Transport) {
	l.events = append(l.events, "end of stream")
}
func (l *halfListener) WriteConnectionLost(protocol.Transport) {}

// answered returns a connection whose peer has answered and closed, and a write on which has failed, before any of it was read.
func answered(t *testing.T, p protocol.Protocol, l *listener, before func()) *reactortest.Memory {
	t.Helper()
	m := reactortest.NewMemory(t)
	port, err := m.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() protocol.Protocol { return p }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	peer := m.Dial(port.Addr().String())
	m.Settle()
	if err := l.t.RegisterProducer(l, protocol.PushProducer); err != nil {
		t.Fatal(err)
	}
	if before != nil {
		before()
	}
	peer.Write([]byte("answer"))
	peer.Close()
	l.t.Write([]byte("x"))
	return m
}

func (l *listener) want(t *testing.T, reason error, events ...string) {
	t.Helper()
	if !slices.Equal(l.events, events) || !errors.Is(l.reason, reason) {
		t.Errorf("%q, %v; want %q, %v", l.events, l.reason, events, reason)
	}
}

func TestReadToTheEndAfterSendFailed(t *testing.T) {
	l := &listener{}
	m := answered(t, l, l, nil)
	m.Settle()
	l.want(t, syscall.EPIPE, "answer", "stop", "lost")
	if n, err := l.t.Write([]byte("x")); n != 0 || err == nil {
		t.Errorf("Write afterwards: %d, %v", n, err)
	}
	if errors.Is(l.reason, protocol.ErrConnectionDone) || len(m.DelayedCalls()) != 0 {
		t.Errorf("%v, %d calls to come", l.reason, len(m.DelayedCalls()))
	}

	h := &halfListener{}
	answered(t, h, &h.listener, nil).Settle()
	h.want(t, syscall.EPIPE, "answer", "stop", "lost")
}

func TestLoseAndAbortAfterSendFailed(t *testing.T) {
	for name, tt := range map[string]struct {
		lose   func(t protocol.Transport)
		reason error
	}{
		"lose":  {protocol.Transport.LoseConnection, syscall.EPIPE},
		"abort": {protocol.Transport.AbortConnection, protocol.ErrConnectionAborted},
	} {
		t.Run(name, func(t *testing.T) {
			l := &listener{}
			m := answered(t, l, l, nil)
			tt.lose(l.t)
			m.Settle()
			l.want(t, tt.reason, "stop", "lost")

			l = &listener{}
			l.onData = func() { tt.lose(l.t) }
			m = answered(t, l, l, nil)
			m.Settle()
			l.want(t, tt.reason, "answer", "stop", "lost")
			if n := len(m.DelayedCalls()); n != 0 {
				t.Errorf("%d calls to come", n)
			}
		})
	}
}

// class 15: a connection that its protocol has paused is not kept for ever.
func TestPausedAfterSendFailed(t *testing.T) {
	l := &listener{}
	m := answered(t, l, l, func() { l.t.Pause() })
	m.Advance(time.Second - 1)
	if !slices.Equal(l.events, []string{"stop"}) {
		t.Errorf("%q", l.events)
	}
	m.Advance(1)
	l.want(t, syscall.EPIPE, "stop", "lost")

	l = &listener{}
	m = answered(t, l, l, func() { l.t.Pause() })
	m.Advance(time.Second / 2)
	l.t.Resume()
	m.Settle()
	l.want(t, syscall.EPIPE, "stop", "answer", "lost")
}

func TestStopAfterSendFailed(t *testing.T) {
	l := &listener{}
	m := answered(t, l, l, func() { l.t.Pause() })
	m.Settle()
	if err := m.Stop(); err != nil {
		t.Fatal(err)
	}
	m.Settle()
	l.want(t, reactor.ErrStopped, "stop", "lost")
}

// An error that says nothing of the peer ends the connection as ever.
func TestOtherSendErrors(t *testing.T) {
	l := &listener{}
	m := reactortest.NewMemory(t)
	port, err := m.ListenTCP("127.0.0.1:0", protocol.ForProtocol(func() protocol.Protocol { return l }), reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	peer := m.Dial(port.Addr().String())
	m.Settle()
	m.Fault = func(op string) error {
		if op == "send" {
			return syscall.ENOBUFS
		}
		return nil
	}
	l.t.Write([]byte("x"))
	m.Settle()
	l.want(t, syscall.ENOBUFS, "lost")
	if peer.Err() != io.EOF {
		t.Error(peer.Err())
	}
}
