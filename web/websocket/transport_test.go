// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/websocket"
	"golang.org/x/net/nettest"
)

// plain keeps what is written as long as it is.
var plain = websocket.Options{Logger: quiet, Compression: websocket.Compression{Disabled: true}}

// A protocol inside of messages keeps all the rules of its transport. (Its queue is full of zeros for some of them, which compression would let pass.)
func TestTransport(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
				clock := protocoltest.NewClock()
				m := &memory{clock: clock}
				return protocoltest.Harness{
					Connect: func(server, c protocol.Protocol) { m = carry(t, clock, server, c, version, plain) },
					Wait: func(done <-chan struct{}) bool {
						for range 100 {
							select {
							case <-done:
								return true
							default:
								m.clock.Advance(0)
								m.clock.Settle()
							}
						}
						return false
					},
					Settle: func() { m.settle() },
				}
			})
		})
	}
}

// carry connects two protocols inside of messages.
func carry(t *testing.T, clock *protocoltest.Clock, server, c protocol.Protocol, version client.HTTP2, options websocket.Options) *memory {
	t.Helper()
	factory := websocket.Factory(protocol.ForProtocol(func() protocol.Protocol { return server }))
	m := connectOn(t, clock, websocket.NewServer(factory, websocket.Config{Options: options}), version)
	e := &websocket.Endpoint{Doer: m.agent, URL: "ws://site/", Config: websocket.DialConfig{Options: options}}
	e.Connect(protocol.ForProtocol(func() protocol.Protocol { return c })).AddErrback(func(err error) (protocol.Protocol, error) {
		t.Error(err)
		return nil, nil
	})
	return m
}

// What is compressed comes out as it went in, however it is cut, in both directions, with and without references to what was sent before.
func TestTransportCompressed(t *testing.T) {
	for name, version := range versions {
		for _, takeover := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s takeover %t", name, takeover), func(t *testing.T) {
				options := websocket.Options{Logger: quiet, Compression: websocket.Compression{SendTakeover: takeover, ReceiveTakeover: takeover, Threshold: 1}}
				var want []byte
				send := func(tr protocol.Transport) {
					for i := range 60 {
						p := bytes.Repeat(fmt.Appendf(nil, "%d and so on, ", i), i*i*4+1)
						tr.Write(p)
						want = append(want, p...)
					}
				}
				s, c := &protocoltest.Accumulating{OnMade: send}, &protocoltest.Accumulating{}
				m := carry(t, protocoltest.NewClock(), s, c, version, options)
				m.settle()
				send(c.Transport())
				m.settle()
				half := want[:len(want)/2]
				if !bytes.Equal(c.Data(), half) || !bytes.Equal(s.Data(), half) {
					t.Errorf("%d and %d bytes, want %d", len(c.Data()), len(s.Data()), len(half))
				}
			})
		}
	}
}

// run starts a reactor that serves root, and returns its address and an Agent's loop.
func run(t testing.TB, root web.Resource, loops int) (*reactor.Reactor, string) {
	t.Helper()
	return listen(t, web.NewSite(root, web.Config{Logger: quiet}), loops)
}

// listen starts a reactor that serves f.
func listen(t testing.TB, f protocol.Factory, loops int) (*reactor.Reactor, string) {
	t.Helper()
	r, err := reactor.New(reactor.Config{Logger: quiet, Loops: loops})
	if err != nil {
		t.Fatal(err)
	}
	port, err := r.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	running, ended := make(chan struct{}), make(chan error, 1)
	r.CallWhenRunning(func() { close(running) })
	go func() { ended <- r.Run(context.Background()) }() // ended by the cleanup
	t.Cleanup(func() {
		r.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	<-running // else Stop could come first
	return r, port.Addr().String()
}

// A net.Conn at both ends.
func TestNetConn(t *testing.T) {
	type end struct {
		net.Conn
		done chan struct{} // closed when it is not used any more; ctx ends with the connection, when there may be something to read still
	}
	ends := make(chan end)
	server := websocket.NewServer(websocket.Factory(bridge.Blocking(func(_ context.Context, c net.Conn) error {
		e := end{c, make(chan struct{})}
		ends <- e
		<-e.done
		return nil
	})), websocket.Config{})
	r, addr := run(t, server, 1)
	agent, err := client.New(r, client.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		c, err := endpoint.DialConn(t.Context(), r, &websocket.Endpoint{Doer: agent, URL: "ws://" + addr + "/"})
		if err != nil {
			return nil, nil, nil, err
		}
		s := <-ends
		return c, s, sync.OnceFunc(func() { c.Close(); s.Close(); close(s.done) }), nil
	})
}

func TestEndpointErrors(t *testing.T) {
	m := connect(t, web.NotFound(""), client.HTTP2Off)
	for url, class := range map[string]error{"ws://site/": protocol.ErrConnect, "x:": protocol.ErrConnect} {
		var got error
		(&websocket.Endpoint{Doer: m.agent, URL: url}).Connect(protocol.ForProtocol(func() protocol.Protocol { return new(protocoltest.Accumulating) })).
			AddErrback(func(err error) (protocol.Protocol, error) { got = err; return nil, nil })
		m.settle()
		if !errors.Is(got, class) {
			t.Errorf("%s: %v", url, got)
		}
	}
}
