// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package core_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
)

// sockets returns two ends of a TCP connection.
func sockets(tc *trial.Case) (net.Conn, net.Conn) {
	tc.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NoError(tc, err)
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	assert.NoError(tc, err)
	s, err := l.Accept()
	assert.NoError(tc, err)
	tc.Cleanup(func() { c.Close(); s.Close() })
	return s, c
}

// A stream without addresses has those of a pipe; the one below is found.
func TestAttachStream(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		a, b := net.Pipe()
		acc := &protocoltest.Accumulating{}
		bridge.Attach(tc.Reactor(), struct{ io.ReadWriteCloser }{a}, acc)
		trial.Must(tc, deferred.ToThread(tc.Reactor(), func() (int, error) { return b.Write([]byte("hello")) }))
		tc.Until(func() bool { return acc.Len() >= 5 })
		tr := acc.Transport()
		assert.Equal(tc, tr.LocalAddr(), net.Addr(protocol.PipeAddr()))
		assert.Equal(tc, tr.RemoteAddr(), net.Addr(protocol.PipeAddr()))
		if _, ok := protocol.As[interface{ NetConn() io.ReadWriteCloser }](tr); !ok {
			tc.Error("the stream is not found")
		}
		b.Close()
		tc.Until(func() bool { return acc.Reason() != nil })
		assert.ErrorIs(tc, acc.Reason(), io.EOF)
	})
}

// panicking is a producer that panics when it is to go on, or to stop.
type panicking struct{ onResume, onStop bool }

func (panicking) Pause() {}

func (p panicking) Resume() {
	if p.onResume {
		panic("by Resume")
	}
}

func (p panicking) Stop(error) {
	if p.onStop {
		panic("by Stop")
	}
}

// A producer that panics ends its connection, which is told, as any callback that panics does.
func TestProducersMayPanic(t *testing.T) {
	for name, producer := range map[string]panicking{"Resume": {onResume: true}, "Stop": {onStop: true}} {
		t.Run(name, func(t *testing.T) {
			trial.Run(t, func(tc *trial.Case) {
				s, c := sockets(tc)
				acc := &protocoltest.Accumulating{}
				acc.OnMade = func(tr protocol.Transport) {
					tr.RegisterProducer(producer, protocol.PushProducer)
					tr.Write(make([]byte, 2*protocol.HighWater)) // pauses it
				}
				bridge.Attach(tc.Reactor(), s, acc)
				trial.Must(tc, deferred.ToThread(tc.Reactor(), func() (int, error) { return io.ReadFull(c, make([]byte, 2*protocol.HighWater)) }))
				if producer.onStop {
					c.Close()
				}
				tc.Until(func() bool { return acc.Reason() != nil })
				if _, ok := errors.AsType[*protocol.PanicError](acc.Reason()); ok != producer.onResume {
					tc.Errorf("lost by %v", acc.Reason())
				}
				assert.Equal(tc, len(tc.FlushLoggedErrors()), 1)
			})
		})
	}
}

func TestBlockingEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		serve func(context.Context, net.Conn) error
		log   string // what is logged; "" is an orderly end
	}{
		{"nil", func(context.Context, net.Conn) error { return nil }, ""},
		{"closed", func(_ context.Context, c net.Conn) error { return c.Close() }, ""},
		{"error", func(context.Context, net.Conn) error { return errors.New("wrong") }, "wrong"},
		{"panic", func(context.Context, net.Conn) error { panic("wild") }, "panic: wild"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trial.Run(t, func(tc *trial.Case) {
				s, c := sockets(tc)
				acc := &protocoltest.Accumulating{}
				p, _ := (&bridge.Server{Serve: tt.serve, Logger: tc.Logger()}).BuildProtocol(nil)
				bridge.Attach(tc.Reactor(), c, acc)
				bridge.Attach(tc.Reactor(), s, p)
				tc.Until(func() bool { return acc.Reason() != nil })
				if clean := errors.Is(acc.Reason(), io.EOF); clean != (tt.log == "") {
					tc.Errorf("the peer lost the connection with %v", acc.Reason())
				}
				if tt.log != "" {
					var logged []*trial.LoggedError
					tc.Until(func() bool { logged = tc.FlushLoggedErrors(); return len(logged) > 0 })
					assert.Substring(tc, tt.log, logged[0].Text)
				}
			})
		})
	}
}

// The context of a function that serves a connection ends with the connection, for the same reason.
func TestBlockingContext(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		s, _ := sockets(tc)
		cause := deferred.New[error](tc.Reactor())
		p, _ := bridge.Blocking(func(ctx context.Context, conn net.Conn) error {
			conn.(*bridge.Conn).Abort()
			<-ctx.Done()
			tc.Reactor().CallFromThread(func() { cause.Callback(context.Cause(ctx)) })
			return nil
		}).BuildProtocol(nil)
		bridge.Attach(tc.Reactor(), s, p)
		assert.ErrorIs(tc, trial.Must(tc, cause), protocol.ErrConnectionAborted)
	})
}
