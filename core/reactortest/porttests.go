// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A countingFactory counts its starts and stops.
type countingFactory struct {
	protocol.Factory
	starts, stops int
}

func (f *countingFactory) StartFactory() { f.starts++ }
func (f *countingFactory) StopFactory()  { f.stops++ }

func testListen(g *rig) {
	f := &countingFactory{Factory: protocol.ForProtocol(echo)}
	first, second := g.listen(f, reactor.ListenOptions{}), g.listen(f, reactor.ListenOptions{})
	if _, err := g.r.ListenTCP(first.Addr().String(), f, reactor.ListenOptions{}); err == nil {
		g.Error("two ports with one address")
	} else if e, ok := errors.AsType[*protocol.CannotListenError](err); !ok || e.Addr != first.Addr().String() || !errors.Is(err, syscall.EADDRINUSE) {
		g.Errorf("second bind: %v", err)
	}
	if _, err := g.r.ListenTCP("localhost:0", f, reactor.ListenOptions{}); err == nil || !strings.Contains(err.Error(), "literal") {
		g.Errorf("a name: %v", err)
	}
	g.run()
	c := g.dial(first.Addr())
	g.write(c, "a")
	g.read(c, 1)
	stop := func(p *reactor.Port) error {
		var d *deferred.Deferred[struct{}]
		g.do(func() { d = p.StopListening() })
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := d.Wait(ctx)
		return err
	}
	g.check(stop(first))
	if err := stop(first); err != protocol.ErrNotListening {
		g.Errorf("second stop: %v", err)
	}
	if _, err := net.Dial("tcp", first.Addr().String()); !isRefused(err) {
		g.Errorf("dial after the stop: %v", err)
	}
	g.write(c, "b")
	g.read(c, 1) // the connection lives on
	g.do(func() { g.check(first.StartListening()) })
	g.check(stop(first))
	g.do(func() {
		if f.starts != 1 || f.stops != 0 {
			g.Errorf("with a port left: %d starts, %d stops", f.starts, f.stops)
		}
	})
	g.check(stop(second))
	g.do(func() {
		if f.starts != 1 || f.stops != 1 {
			g.Errorf("with no port left: %d starts, %d stops", f.starts, f.stops)
		}
	})
}

func testNoProtocol(g *rig) {
	n := make(chan int, 2)
	n <- 0
	n <- 1
	port := g.listen(protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
		if receive(g, n) == 0 {
			return nil, nil
		}
		return nil, errors.New("not today")
	}), reactor.ListenOptions{})
	g.run()
	for range 2 {
		if _, err := g.dial(port.Addr()).Read(make([]byte, 1)); err == nil {
			g.Error("the connection goes on")
		}
	}
	g.stop()
	if !strings.Contains(g.logs.String(), "not today") {
		g.Error("the factory's error is not logged")
	}
}

func testMaxConnections(g *rig) {
	for _, bound := range []string{"ListenOptions", "Config"} {
		opt := reactor.ListenOptions{}
		g.remake(func(cfg *reactor.Config) {
			cfg.MaxConnections = 0
			if bound == "Config" {
				cfg.MaxConnections = 2
			} else {
				opt.MaxConnections = 2
			}
		})
		made := make(chan struct{}, 10)
		port := g.listen(protocol.ForProtocol(func() protocol.Protocol {
			return &script{
				made: func(protocol.Transport) { made <- struct{}{} },
				data: func(t protocol.Transport, p []byte) { t.Write(p) },
			}
		}), opt)
		g.run()
		a, b := g.dial(port.Addr()), g.dial(port.Addr())
		receive(g, made)
		receive(g, made)
		for range 2 { // more than once
			third := g.dial(port.Addr()) // waits in the system
			g.write(third, "x")
			g.write(b, "y")
			g.read(b, 1)
			if len(made) > 0 {
				g.Errorf("%s: accepted beyond the bound", bound)
			}
			a.Close()
			receive(g, made)
			g.read(third, 1)
			a = third
		}
		g.stop()
		if n := strings.Count(g.logs.String(), "too many connections"); n == 0 || n > 4 {
			g.Errorf("%s: the bound is logged %d times", bound, n)
		}
		g.ended = nil
	}
}

func testStopFlushes(g *rig) {
	const size = 4 << 20
	lost, written := make(chan error, 1), make(chan struct{})
	port := g.serve(func() protocol.Protocol {
		return &script{
			made: func(t protocol.Transport) { t.Write(make([]byte, size)); close(written) },
			lost: func(_ protocol.Transport, reason error) { lost <- reason },
		}
	})
	c, idle := g.dial(port.Addr()), make(chan struct{})
	receive(g, written)
	g.check(g.r.Stop())
	go func() { defer close(idle); g.do(func() {}) }() // the loop goes on
	receive(g, idle)
	if got := len(g.readAll(c)); got != size {
		g.Errorf("got %d bytes, want %d", got, size)
	}
	g.wait()
	if reason := receive(g, lost); !errors.Is(reason, protocol.ErrConnectionLost) || !errors.Is(reason, reactor.ErrStopped) {
		g.Errorf("reason %v", reason)
	}
}

func testStopGrace(g *rig) {
	g.remake(func(cfg *reactor.Config) { cfg.ShutdownGrace = 1 })
	lost, written := make(chan error, 1), make(chan struct{})
	port := g.serve(func() protocol.Protocol {
		return &script{
			made: func(t protocol.Transport) { t.Write(make([]byte, 15<<20)); close(written) },
			lost: func(_ protocol.Transport, reason error) { lost <- reason },
		}
	})
	g.dial(port.Addr()) // never reads
	receive(g, written)
	g.stop()
	if reason := receive(g, lost); !errors.Is(reason, protocol.ErrConnectionLost) {
		g.Errorf("reason %v", reason)
	}
}
