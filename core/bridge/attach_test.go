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
