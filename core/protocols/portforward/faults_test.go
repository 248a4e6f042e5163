// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package portforward_test

import (
	"context"
	"io"
	"net"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/portforward"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// An upstream that is connected after its client went away, by an endpoint that cannot be cancelled, is not kept.
func TestLateUpstream(t *testing.T) {
	m := reactortest.NewMemory(t)
	var late protocol.Factory
	f, err := portforward.New(portforward.Config{Logger: quiet(), Upstream: endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		late = f
		return deferred.New[protocol.Protocol](m)
	})})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.ListenTCP(front, f, reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	client := m.Dial(front)
	m.Settle()
	client.Abort()
	m.Settle()
	p, err := late.BuildProtocol(nil)
	if err != nil || p == nil {
		return // refused, which is as good
	}
	s := protocoltest.NewStringTransport()
	s.Connect(p)
	s.Clock.Advance(0)
	if !s.Disconnected() {
		t.Error("the connection to the upstream is kept for nobody")
	}
}

// Under -race: an upstream on another loop that sends at once touches nothing of the client's.
func TestUpstreamOfAnotherLoop(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write(make([]byte, 1<<16))
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	other, err := reactor.New(reactor.Config{Logger: quiet(), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- other.Run(context.Background()) }()
	defer func() { other.CallFromThread(func() { other.Stop() }); <-ended }()
	far := &endpoint.TCPClient{Reactor: other, Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	addr, f := serving(t, 1, portforward.Config{Logger: quiet(), Dial: func(loop endpoint.Reactor) (endpoint.Client, error) {
		return endpoint.ClientFunc(func(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
			d := deferred.New[protocol.Protocol](loop)
			other.CallFromThread(func() {
				far.Connect(f).Done(func(p protocol.Protocol, err error) {
					loop.CallFromThread(func() {
						if err != nil {
							d.Errback(err)
							return
						}
						d.Callback(p)
					})
				})
			})
			return d
		}), nil
	}})
	for range 20 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			continue // the reset was that fast
		}
		if n, err := io.Copy(io.Discard, c); n != 0 || err == nil {
			t.Errorf("%d bytes, %v; want a reset", n, err)
		}
		c.Close()
	}
	if got := f.Stats().Failed; got != 20 {
		t.Errorf("failed %d times, want 20", got)
	}
}
