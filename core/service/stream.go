// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultGrace is for how long a StreamServer drains.
const DefaultGrace = 30 * time.Second

// ErrGrace is the result of a Drain that took too long: connections that were left have been aborted.
var ErrGrace = errors.New("service: connections were left when the grace time was over")

// A StreamServerConfig tells how a StreamServer works. The zero value is ready to use.
type StreamServerConfig struct {
	// Grace bounds Drain. 0 means DefaultGrace.
	Grace time.Duration
	// Logger receives the address that is listened on. nil means that of the group around it, or of the loop, else slog.Default().
	Logger *slog.Logger
}

// StreamStats count what a StreamServer did since it was made.
type StreamStats struct {
	Accepted    int64 // protocols that the factory built
	Refused     int64 // connections that it built none for
	Connections int   // those that there are; -1 if the port does not tell
}

// A StreamServer is a Service that listens at an endpoint, from Bind, or from Start without it, to Stop. Twisted: StreamServerEndpointService. Loop only.
//
// A port that cannot be opened is the error of Bind or Start. Stop waits for the port to close, or cancels an opening that is under way. Connections go on until
// they end by themselves or with the reactor, unless there was a Drain before: that closes the port, and waits for the connections if the factory has
// a method
//
//	Shutdown(ctx context.Context) error
//
// which blocks until they have ended, and aborts those that are left when ctx ends; web.Site has it. When the grace time is over, or at Stop, ctx ends.
type StreamServer struct {
	node
	life    life
	server  endpoint.Server
	factory *countingFactory
	cfg     StreamServerConfig

	listening *deferred.Deferred[endpoint.Port] // not nil while the port is being opened
	opened    waiters                           // those who wait for the end of that
	port      endpoint.Port                     // nil while closed
	drains    waiters
	cancel    context.CancelCauseFunc // not nil while Shutdown is under way
}

var (
	_ Binder  = (*StreamServer)(nil)
	_ Drainer = (*StreamServer)(nil)
)

// NewStreamServer returns a service that listens at an endpoint whose connections belong to loop, or to more loops of its reactor.
func NewStreamServer(loop protocol.Loop, server endpoint.Server, f protocol.Factory, cfg StreamServerConfig) *StreamServer {
	if cfg.Grace <= 0 {
		cfg.Grace = DefaultGrace
	}
	s := &StreamServer{node: node{loop: loop, own: cfg.Logger}, server: server, factory: &countingFactory{inner: f}, cfg: cfg}
	s.life = life{loop: loop, bind: s.bind, down: s.stop}
	s.life.up = s.life.done
	return s
}

// Listen returns a StreamServer for a description such as "tcp:8080". The error is an *endpoint.Error. Twisted: strports.service.
func Listen(r endpoint.Reactor, description string, f protocol.Factory) (*StreamServer, error) {
	server, err := endpoint.ServerFromString(r, description)
	if err != nil {
		return nil, err
	}
	return NewStreamServer(r, server, f, StreamServerConfig{}), nil
}

// Port returns the port, or nil while it is closed.
func (s *StreamServer) Port() endpoint.Port { return s.port }

// Stats returns the counts.
func (s *StreamServer) Stats() StreamStats {
	st := StreamStats{Accepted: s.factory.built.Load(), Refused: s.factory.refused.Load(), Connections: -1}
	if p, ok := s.port.(interface{ Connections() int }); ok {
		st.Connections = p.Connections()
	}
	return st
}

// Bind opens the port.
func (s *StreamServer) Bind() *deferred.Deferred[struct{}] { return s.life.Bind() }

// Start opens the port unless Bind has.
func (s *StreamServer) Start() *deferred.Deferred[struct{}] { return s.life.Start() }

// Stop closes the port.
func (s *StreamServer) Stop() *deferred.Deferred[struct{}] { return s.life.Stop() }

// Drain closes the port, and waits for the connections if the factory can tell. It fails with ErrGrace when that took too long, and with ErrStopped when Stop came
// first.
func (s *StreamServer) Drain() *deferred.Deferred[struct{}] {
	if s.life.state == Draining && len(s.drains) > 0 {
		return s.drains.add(s.loop)
	}
	if s.life.state != Running {
		return s.life.done()
	}
	s.life.set(Draining, nil)
	d := s.drains.add(s.loop)
	s.closePort().AddCallbackD(func(struct{}) *deferred.Deferred[struct{}] { return s.shutdown() }).Done(func(_ struct{}, err error) { s.drains.fire(err) })
	return d
}

func (s *StreamServer) bind() *deferred.Deferred[struct{}] {
	d := s.server.Listen(s.factory)
	s.listening = d
	return deferred.ThenBoth(d, func(p endpoint.Port, err error) (struct{}, error) {
		s.listening = nil
		if s.port = p; err == nil {
			s.log().Info("service: listening", "addr", p.Addr().String())
		}
		s.opened.fire(nil)
		return struct{}{}, err
	})
}

func (s *StreamServer) stop() *deferred.Deferred[struct{}] {
	if s.listening != nil {
		d := s.opened.add(s.loop)
		s.listening.Cancel()
		return d.AddCallbackD(func(struct{}) *deferred.Deferred[struct{}] { return s.closePort() })
	}
	if len(s.drains) == 0 {
		return s.closePort()
	}
	d := s.drains.add(s.loop).AddErrback(func(error) (struct{}, error) { return struct{}{}, nil }) // it is Drain's
	if s.cancel != nil {
		s.cancel(ErrStopped)
	}
	return d
}

func (s *StreamServer) closePort() *deferred.Deferred[struct{}] {
	if s.port == nil {
		return s.life.done()
	}
	p := s.port
	s.port = nil
	return closed(p)
}

// shutdown waits for the connections, on a goroutine for which Drain waits, and with it Stop.
func (s *StreamServer) shutdown() *deferred.Deferred[struct{}] {
	f, ok := protocol.As[interface {
		Shutdown(ctx context.Context) error
	}](protocol.Factory(s.factory))
	if !ok {
		return s.life.done()
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	if s.life.state != Draining {
		cancel(ErrStopped)
	}
	s.cancel = cancel
	timer := s.loop.CallLater(s.cfg.Grace, func() { cancel(ErrGrace) })
	d := deferred.FromFunc(ctx, s.loop, func(ctx context.Context) (struct{}, error) { return struct{}{}, f.Shutdown(ctx) })
	return d.AddBoth(func(v struct{}, err error) (struct{}, error) {
		timer.Cancel()
		cancel(nil)
		s.cancel = nil
		return v, err
	})
}

// A countingFactory counts. It is not a Starter or Stopper itself, so that a factory with several ports is one to its reactor.
type countingFactory struct {
	inner          protocol.Factory
	built, refused atomic.Int64
}

func (c *countingFactory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	p, err := c.inner.BuildProtocol(peer)
	if p == nil || err != nil {
		c.refused.Add(1)
	} else {
		c.built.Add(1)
	}
	return p, err
}

func (c *countingFactory) Unwrap() protocol.Factory { return c.inner }
