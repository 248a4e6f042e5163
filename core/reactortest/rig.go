// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactortest

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// patience is when a test that waits for something gives up. It says nothing about speed.
const patience = 60 * time.Second

// A rig is one test's reactor.
type rig struct {
	*testing.T
	r     *reactor.Reactor
	logs  *logtest.Book
	cfg   reactor.Config
	turns func(context.Context, *reactor.Reactor) error // in place of Run
	ended chan error                                    // what it returned; nil when it was not called in the background
}

func newRig(t *testing.T, cfg reactor.Config, run func(context.Context, *reactor.Reactor) error) *rig {
	g := &rig{T: t, logs: &logtest.Book{}, cfg: cfg, turns: run}
	g.remake(func(*reactor.Config) {})
	t.Cleanup(g.close)
	return g
}

// remake replaces the reactor, which has not run, by one with another configuration.
func (g *rig) remake(change func(*reactor.Config)) {
	g.Helper()
	if g.r != nil {
		g.check(g.r.Close())
	}
	g.logs = &logtest.Book{}
	change(&g.cfg)
	g.cfg.Logger = g.logs.Logger()
	r, err := reactor.New(g.cfg)
	if err != nil {
		g.Fatal(err)
	}
	g.r = r
}

func (g *rig) close() {
	if g.ended != nil {
		_ = g.r.Stop() // the test may have done it
		g.wait()
	} else {
		g.check(g.r.Close())
	}
	if n := g.r.Connections(); n != 0 {
		g.Errorf("%d connections are still counted", n)
	}
	if g.Failed() {
		g.Log(g.logs.String())
	}
}

func (g *rig) check(err error) {
	g.Helper()
	if err != nil {
		g.Error(err)
	}
}

// run runs the reactor in the background.
func (g *rig) run() {
	ended := make(chan error, 1)
	g.ended = ended
	go func() { ended <- g.turns(context.Background(), g.r) }() // close waits for it
}

// stop stops the reactor and waits for the end.
func (g *rig) stop() {
	g.Helper()
	g.check(g.r.Stop())
	g.wait()
}

func (g *rig) wait() {
	g.Helper()
	g.check(receive(g, g.ended))
	g.ended = make(chan error, 1)
	g.ended <- nil
}

// do calls f on the main loop and waits for it.
func (g *rig) do(f func()) { g.Helper(); g.on(g.r.Loop, f) }

func (g *rig) on(l *reactor.Loop, f func()) {
	g.Helper()
	done := make(chan struct{})
	l.CallFromThread(func() { defer close(done); f() })
	receive(g, done)
}

// receive waits for ch.
func receive[T any](g *rig, ch <-chan T) T {
	g.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		g.Fatalf("waited for nothing; the log:\n%s", g.logs)
		panic("unreachable")
	}
}

// listen listens on a free TCP port of the loopback interface; to be called before run or on the loop.
func (g *rig) listen(f protocol.Factory, opt reactor.ListenOptions) *reactor.Port {
	g.Helper()
	p, err := g.r.ListenTCP("127.0.0.1:0", f, opt)
	if err != nil {
		g.Fatal(err)
	}
	return p
}

// serve listens with the protocols that build returns, and runs the reactor.
func (g *rig) serve(build func() protocol.Protocol) *reactor.Port {
	g.Helper()
	p := g.listen(protocol.ForProtocol(build), reactor.ListenOptions{})
	g.run()
	return p
}

// dial connects an ordinary socket.
func (g *rig) dial(addr protocol.Addr) net.Conn {
	g.Helper()
	c, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		g.Fatal(err)
	}
	g.Cleanup(func() { c.Close() })
	g.check(c.SetDeadline(time.Now().Add(patience)))
	return c
}

// read reads n bytes.
func (g *rig) read(c io.Reader, n int) string {
	g.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(c, b); err != nil {
		g.Fatalf("read: %v", err)
	}
	return string(b)
}

// readAll reads to the end.
func (g *rig) readAll(c io.Reader) string {
	g.Helper()
	b, err := io.ReadAll(c)
	if err != nil {
		g.Fatalf("read: %v", err)
	}
	return string(b)
}

func (g *rig) write(c io.Writer, s string) {
	g.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		g.Fatalf("write: %v", err)
	}
}

// A script is a protocol made of functions, each of which may be missing.
type script struct {
	made func(t protocol.Transport)
	data func(t protocol.Transport, p []byte)
	lost func(t protocol.Transport, reason error)
}

func (s *script) ConnectionMade(t protocol.Transport) {
	if s.made != nil {
		s.made(t)
	}
}

func (s *script) DataReceived(t protocol.Transport, p []byte) {
	if s.data != nil {
		s.data(t, p)
	}
}

func (s *script) ConnectionLost(t protocol.Transport, reason error) {
	if s.lost != nil {
		s.lost(t, reason)
	}
}

// echo is a script that sends back what it gets.
func echo() protocol.Protocol {
	return &script{data: func(t protocol.Transport, p []byte) { t.Write(p) }}
}

// once returns a builder of one protocol, and of nothing afterwards.
func once(p protocol.Protocol) protocol.Factory {
	var mu sync.Mutex
	return protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) {
		mu.Lock()
		defer mu.Unlock()
		q := p
		p = nil
		return q, nil
	})
}
