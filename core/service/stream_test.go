// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
	"github.com/torsion-go/torsion/core/service"
)

func TestStreamServer(t *testing.T) {
	handled(t)
	m := reactortest.NewMemory(t)
	built := 0
	s, err := service.Listen(m, "tcp:80", protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
		if built++; built == 2 {
			return nil, nil
		}
		return &protocoltest.Accumulating{}, nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "Bind", s.Bind(), "ok")
	equal(t, "addr", s.Port().Addr().Port(), 80)
	want(t, "Start", s.Start(), "ok")
	peer := m.Dial("127.0.0.1:80")
	m.Dial("127.0.0.1:80")
	m.Settle()
	equal(t, "stats", s.Stats(), service.StreamStats{Accepted: 1, Refused: 1, Connections: 1})

	second, _ := service.Listen(m, "tcp:80", echoes)
	multi := service.NewMulti(m, service.MultiConfig{Logger: quiet})
	multi.Add("web", second)
	d := multi.Start()
	r, _ := d.Peek()
	if _, ok := errors.AsType[*protocol.CannotListenError](r.Err); !ok || !strings.HasPrefix(outcome(d), "service web: listen ") {
		t.Errorf("busy port: %v", r.Err)
	}

	d = s.Stop()
	m.Settle()
	want(t, "Stop", d, "ok")
	if s.Port() != nil || len(m.Listening()) > 0 {
		t.Error("still listens")
	}
	equal(t, "stats", s.Stats(), service.StreamStats{Accepted: 1, Refused: 1, Connections: -1})
	if peer.Err() != nil {
		t.Error("the connection was closed")
	}
	if _, err := service.Listen(m, "nonsense:80", echoes); !errors.Is(err, endpoint.ErrUnknownType) {
		t.Errorf("got %v", err)
	}
}

// A port that was closed by somebody else is no error.
func TestStreamServerPortGone(t *testing.T) {
	handled(t)
	m := reactortest.NewMemory(t)
	s, _ := service.Listen(m, "tcp:80", echoes)
	s.Start()
	s.Port().StopListening()
	m.Settle()
	want(t, "Stop", s.Stop(), "ok")
}

// A listen that is under way is cancelled.
func TestStreamServerStopCancels(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	cancelled := false
	s := service.NewStreamServer(clock, endpoint.ServerFunc(func(protocol.Factory) *deferred.Deferred[endpoint.Port] {
		return deferred.NewCancellable(clock, func(*deferred.Deferred[endpoint.Port]) { cancelled = true })
	}), echoes, service.StreamServerConfig{Logger: quiet})
	started := s.Start()
	want(t, "Stop", s.Stop(), "ok")
	want(t, "Start", started, "service: stopped")
	equal(t, "cancelled", cancelled, true)
}

// A guest house is a factory that can be shut down: it waits until the test lets it go.
type guestHouse struct {
	protocol.Factory
	left  chan error
	cause error
}

func (g *guestHouse) Shutdown(ctx context.Context) error {
	select {
	case err := <-g.left:
		return err
	case <-ctx.Done():
		g.cause = context.Cause(ctx)
		return g.cause
	}
}

func TestStreamServerDrain(t *testing.T) {
	handled(t)
	clock := protocoltest.NewClock()
	g := &guestHouse{Factory: echoes, left: make(chan error)}
	s := service.NewStreamServer(clock, &endpoint.MemoryServer{Loop: clock, Name: "x", Network: new(endpoint.MemoryNetwork)}, g,
		service.StreamServerConfig{Logger: quiet, Grace: 2 * second})
	want(t, "Drain", s.Drain(), "ok")
	s.Start()
	d, twice := s.Drain(), s.Drain()
	if s.Port() != nil {
		t.Error("still listens")
	}
	clock.Advance(second)
	g.left <- nil
	until(t, clock, d)
	want(t, "Drain", d, "ok")
	want(t, "Drain", twice, "ok")
	equal(t, "timers", len(clock.Calls()), 0)
	want(t, "Stop", s.Stop(), "ok")

	s.Start()
	d = s.Drain()
	clock.Advance(2 * second)
	until(t, clock, d)
	want(t, "Drain", d, service.ErrGrace.Error())
	equal(t, "cause", g.cause, service.ErrGrace)
	want(t, "Stop", s.Stop(), "ok")

	s.Start()
	d = s.Drain()
	stopped := s.Stop()
	until(t, clock, stopped)
	want(t, "Stop", stopped, "ok")
	want(t, "Drain", d, "service: stopped")
	equal(t, "cause", g.cause, service.ErrStopped)
}

func TestListenService(t *testing.T) {
	handled(t)
	m := reactortest.NewMemory(t)
	s := service.NewListenService(m, func() (*reactor.DatagramPort, error) {
		return m.ListenUDP("127.0.0.1:53", protocol.DatagramBase{}, reactor.PacketOptions{})
	})
	if _, ok := s.Port(); ok {
		t.Error("open before Bind")
	}
	want(t, "Bind", s.Bind(), "ok")
	if p, ok := s.Port(); !ok || p.LocalAddr().Port() != 53 {
		t.Error("not open")
	}
	d := s.Stop()
	m.Settle()
	want(t, "Stop", d, "ok")
	if _, ok := s.Port(); ok {
		t.Error("open after Stop")
	}
	bad := service.NewListenService(m, func() (*reactor.MulticastPort, error) { return nil, errBoom })
	want(t, "Start", bad.Start(), "boom")
}
