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

// freeAddr returns a loopback address on which nobody listens.
func (g *rig) freeAddr() string {
	g.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		g.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// outcome waits for a connector.
func (g *rig) outcome(connect func() *reactor.Connector) (protocol.Protocol, error) {
	g.Helper()
	var d *deferred.Deferred[protocol.Protocol]
	g.do(func() { d = connect().WhenConnected() })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return d.Wait(ctx)
}

func testConnectFails(g *rig) {
	g.run()
	f := protocol.ForProtocol(echo)
	tests := []struct {
		name    string
		connect func() *reactor.Connector
		want    error
	}{
		{"refused", func() *reactor.Connector { return g.r.ConnectTCP(g.freeAddr(), f, reactor.ConnectOptions{}) }, protocol.ErrConnectionRefused},
		{"name", func() *reactor.Connector { return g.r.ConnectTCP("localhost:1", f, reactor.ConnectOptions{}) }, protocol.ErrUnknownHost},
		{"bind", func() *reactor.Connector {
			return g.r.ConnectTCP(g.freeAddr(), f, reactor.ConnectOptions{LocalAddr: "192.0.2.1:0"})
		}, protocol.ErrConnectBind},
		{"no protocol", func() *reactor.Connector {
			p := g.listen(f, reactor.ListenOptions{})
			return g.r.ConnectTCP(p.Addr().String(), once(nil), reactor.ConnectOptions{})
		}, protocol.ErrNoProtocol},
	}
	for _, tt := range tests {
		_, err := g.outcome(tt.connect)
		if _, ok := errors.AsType[*protocol.ConnectError](err); !ok || !errors.Is(err, tt.want) || !errors.Is(err, protocol.ErrConnect) {
			g.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := g.outcome(tests[0].connect); !errors.Is(err, syscall.ECONNREFUSED) {
		g.Errorf("the system's error is lost: %v", err)
	}
}

func testConnectCancel(g *rig) {
	port := g.serve(echo)
	f := protocol.ForProtocol(func() protocol.Protocol {
		g.Error("a cancelled attempt connected")
		return echo()
	})
	g.do(func() {
		c := g.r.ConnectTCP(port.Addr().String(), f, reactor.ConnectOptions{})
		var got error
		d := c.WhenConnected()
		d.Done(func(_ protocol.Protocol, err error) { got = err })
		d.Cancel()
		if !errors.Is(got, context.Canceled) || !errors.Is(got, protocol.ErrUser) {
			g.Errorf("cancelled: %v", got)
		}
		if c.State() != reactor.Disconnected {
			g.Errorf("state %v", c.State())
		}
		if err := c.StopConnecting(); err != protocol.ErrNotConnecting {
			g.Errorf("StopConnecting: %v", err)
		}
		c = g.r.ConnectTCP(port.Addr().String(), f, reactor.ConnectOptions{})
		c.WhenConnected().Done(func(_ protocol.Protocol, err error) { got = err })
		g.check(c.StopConnecting())
		if !errors.Is(got, protocol.ErrUser) {
			g.Errorf("stopped: %v", got)
		}
	})
	for range 3 {
		g.do(func() {})
	}
}

// A clientScript is a ClientFactory that tells a channel.
type clientScript struct {
	protocol.Factory
	events chan string
	retry  int
	starts int
	stops  int
}

func (f *clientScript) StartFactory()                        { f.starts++ }
func (f *clientScript) StopFactory()                         { f.stops++; f.events <- "stopped" }
func (f *clientScript) StartedConnecting(*reactor.Connector) { f.events <- "connecting" }

func (f *clientScript) ConnectionFailed(c *reactor.Connector, reason error) {
	f.events <- "failed"
	f.again(c)
}

func (f *clientScript) ConnectionLost(c *reactor.Connector, reason error) {
	f.events <- "lost"
	f.again(c)
}

func (f *clientScript) again(c *reactor.Connector) {
	if f.retry--; f.retry > 0 {
		c.Connect()
	}
}

func testClientFactory(g *rig) {
	port := g.serve(func() protocol.Protocol {
		return &script{made: func(t protocol.Transport) { t.LoseConnection() }}
	})
	for _, tt := range []struct{ addr, round string }{
		{g.freeAddr(), "connecting failed "},
		{port.Addr().String(), "connecting made lost "},
	} {
		events := make(chan string, 100)
		f := &clientScript{events: events, retry: 3}
		f.Factory = protocol.ForProtocol(func() protocol.Protocol {
			return &script{made: func(protocol.Transport) { events <- "made" }}
		})
		g.do(func() { g.r.ConnectTCP(tt.addr, f, reactor.ConnectOptions{}) })
		want := strings.Repeat(tt.round, 3) + "stopped"
		var got []string
		for len(got) < len(strings.Fields(want)) {
			got = append(got, receive(g, events))
		}
		if s := strings.Join(got, " "); s != want {
			g.Errorf("got %q, want %q", s, want)
		}
		g.do(func() {
			if f.starts != 1 || f.stops != 1 {
				g.Errorf("%d starts, %d stops", f.starts, f.stops)
			}
		})
	}
}
