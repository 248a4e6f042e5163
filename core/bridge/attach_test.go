// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

func running(t testing.TB) *reactor.Reactor {
	t.Helper()
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	started := make(chan struct{})
	r.CallFromThread(func() { close(started) })
	go func() { ended <- r.Run(context.Background()) }()
	<-started
	t.Cleanup(func() {
		r.CallFromThread(func() { r.Stop() })
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r
}

// sockets returns two ends of a TCP connection.
func sockets(t testing.TB) (net.Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return s, c
}

func patience(t testing.TB) <-chan struct{} {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx.Done()
}

func wait(t testing.TB, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-patience(t):
		t.Fatal("nothing happened")
	}
}

// An attached connection keeps every rule of a transport.
func TestAttachIsATransport(t *testing.T) {
	r := running(t)
	protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
		return protocoltest.Harness{Connect: func(server, client protocol.Protocol) {
			s, c := sockets(t)
			r.CallFromThread(func() {
				bridge.Attach(r, s, server)
				bridge.Attach(r, c, client)
			})
		}}
	})
}

// A stream without addresses has those of a pipe; the one below is found.
func TestAttachStream(t *testing.T) {
	r := running(t)
	a, b := net.Pipe()
	acc := &protocoltest.Accumulating{}
	r.CallFromThread(func() { bridge.Attach(r, struct{ io.ReadWriteCloser }{a}, acc) })
	b.Write([]byte("hello"))
	wait(t, acc.When(5))
	done := make(chan struct{})
	r.CallFromThread(func() {
		defer close(done)
		tr := acc.Transport()
		if tr.LocalAddr() != net.Addr(protocol.PipeAddr()) || tr.RemoteAddr() != net.Addr(protocol.PipeAddr()) {
			t.Errorf("addresses %v and %v", tr.LocalAddr(), tr.RemoteAddr())
		}
		if _, ok := protocol.As[interface{ NetConn() io.ReadWriteCloser }](tr); !ok {
			t.Error("the stream is not found")
		}
	})
	wait(t, done)
	b.Close()
	wait(t, acc.WhenLost())
	if !errors.Is(acc.Reason(), io.EOF) {
		t.Errorf("reason %v", acc.Reason())
	}
}

// When the loop ends the stream is closed: its goroutines are not left behind.
func TestAttachEndsWithTheLoop(t *testing.T) {
	clock := protocoltest.NewClock()
	a, b := net.Pipe()
	bridge.Attach(clock, a, &protocoltest.Accumulating{})
	clock.End()
	if _, err := b.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("got %v", err)
	}
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
	for name, tt := range map[string]struct {
		producer panicking
		mode     protocol.ProducerMode
	}{
		"Resume": {panicking{onResume: true}, protocol.PushProducer},
		"Stop":   {panicking{onStop: true}, protocol.PushProducer},
	} {
		t.Run(name, func(t *testing.T) {
			r := running(t)
			s, c := sockets(t)
			acc := &protocoltest.Accumulating{}
			acc.OnMade = func(tr protocol.Transport) {
				tr.RegisterProducer(tt.producer, tt.mode)
				tr.Write(make([]byte, 2*protocol.HighWater)) // pauses it
			}
			r.CallFromThread(func() { bridge.Attach(r, s, acc) })
			if _, err := io.ReadFull(c, make([]byte, 2*protocol.HighWater)); err != nil {
				t.Fatal(err)
			}
			if tt.producer.onStop {
				c.Close()
			}
			wait(t, acc.WhenLost())
			if _, ok := errors.AsType[*protocol.PanicError](acc.Reason()); ok != tt.producer.onResume {
				t.Errorf("lost by %v", acc.Reason())
			}
		})
	}
}

// When the reactor stops, an attached connection is lost like those of the reactor's own, and its goroutines end even if the peer does not read.
func TestReactorStops(t *testing.T) {
	leaktest.Check(t)
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	idle, stuck, late := &protocoltest.Accumulating{}, &protocoltest.Accumulating{}, &protocoltest.Accumulating{}
	stuck.OnMade = func(tr protocol.Transport) { tr.Write(make([]byte, 1000)) }
	idle.OnLost = func(protocol.Transport, error) {
		_, b := net.Pipe()
		bridge.Attach(r, b, late) // on a loop that stops already
	}
	a, ap := net.Pipe()
	b, bp := net.Pipe() // holds nothing: a Write waits for its reader
	defer ap.Close()
	defer bp.Close()
	r.CallWhenRunning(func() {
		bridge.Attach(r, a, idle)
		bridge.Attach(r, b, stuck)
		r.CallLater(0, func() { r.Stop() })
	})
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for name, acc := range map[string]*protocoltest.Accumulating{"idle": idle, "stuck": stuck, "late": late} {
		if !errors.Is(acc.Reason(), protocol.ErrConnectionLost) {
			t.Errorf("%s: lost by %v", name, acc.Reason())
		}
	}
}
