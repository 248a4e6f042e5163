// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"context"
	"errors"
	"math"
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// A clientScript is a ClientFactory made of functions.
type clientScript struct {
	build      func() protocol.Protocol
	connecting func(*reactor.Connector)
	failed     func(*reactor.Connector, error)
	lost       func(*reactor.Connector, error)
}

func (s *clientScript) BuildProtocol(net.Addr) (protocol.Protocol, error) {
	if s.build == nil {
		return protocol.Base{}, nil
	}
	return s.build(), nil
}

func (s *clientScript) StartedConnecting(c *reactor.Connector) {
	if s.connecting != nil {
		s.connecting(c)
	}
}

func (s *clientScript) ConnectionFailed(c *reactor.Connector, err error) {
	if s.failed != nil {
		s.failed(c, err)
	}
}

func (s *clientScript) ConnectionLost(c *reactor.Connector, err error) {
	if s.lost != nil {
		s.lost(c, err)
	}
}

// A client that connects again from inside ConnectionFailed does not keep the reactor from stopping.
func TestStopDespiteReconnecting(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	failures := 0
	f := &clientScript{failed: func(c *reactor.Connector, _ error) {
		if failures++; failures > 10_000 {
			t.Error("the reactor does not stop")
			r.Crash()
			return
		}
		c.Connect()
	}}
	r.CallLater(0, func() {
		r.ConnectTCP("127.0.0.1:1", f, reactor.ConnectOptions{})
		r.Stop()
	})
	if err := r.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// An attempt that is stopped while the factory builds the protocol has failed: there is no connection.
func TestStopConnectingInBuildProtocol(t *testing.T) {
	for name, stop := range map[string]func(c *reactor.Connector){
		"StopConnecting": func(c *reactor.Connector) { c.StopConnecting() },
		"Disconnect":     func(c *reactor.Connector) { c.Disconnect() },
		"and again":      func(c *reactor.Connector) { c.Disconnect(); c.Connect() },
	} {
		m := reactortest.NewMemory(t)
		const addr = "192.0.2.1:80"
		var c *reactor.Connector
		var lost int
		made, builds := 0, 0
		var failures []error
		f := &clientScript{
			build: func() protocol.Protocol {
				if builds++; builds == 1 {
					stop(c)
				}
				return madeCounter{n: &made}
			},
			failed: func(_ *reactor.Connector, err error) { failures = append(failures, err) },
			lost:   func(*reactor.Connector, error) { lost++ },
		}
		c = m.ConnectTCP(addr, f, reactor.ConnectOptions{Timeout: -1})
		m.Settle()
		peer := m.Answer(addr)
		m.Settle()
		if made != 0 || lost != 0 || len(failures) != 1 || !errors.Is(failures[0], protocol.ErrUser) {
			t.Errorf("%s: made %d, lost %d, failures %v", name, made, lost, failures)
		}
		if peer.Err() == nil {
			t.Errorf("%s: the peer is still connected", name)
		}
		again := name == "and again"
		if want := reactor.Disconnected; !again && c.State() != want {
			t.Errorf("%s: %v, want %v", name, c.State(), want)
		}
		if again {
			m.Answer(addr)
			m.Settle()
			if made != 1 || c.State() != reactor.Connected {
				t.Errorf("%s: made %d, %v", name, made, c.State())
			}
		}
		if n, want := m.Connections(), made; n != want {
			t.Errorf("%s: %d connections, want %d", name, n, want)
		}
	}
}

type madeCounter struct {
	protocol.Base
	n *int
}

func (m madeCounter) ConnectionMade(protocol.Transport) { *m.n++ }

// Stopping an attempt as it starts, and starting another one at once, makes one attempt.
func TestConnectAgainInStartedConnecting(t *testing.T) {
	m := reactortest.NewMemory(t)
	starts := 0
	f := &clientScript{connecting: func(c *reactor.Connector) {
		if starts++; starts == 1 {
			c.StopConnecting()
			c.Connect()
		}
	}}
	m.ConnectTCP("192.0.2.1:80", f, reactor.ConnectOptions{})
	m.Settle()
	if n := len(m.Attempts()); n != 1 {
		t.Errorf("%d attempts", n)
	}
	if n := len(m.DelayedCalls()); n != 1 {
		t.Errorf("%d timeouts", n)
	}
}

// A call that keeps moving itself into the past does not hold up one that is due.
func TestRearmIntoThePast(t *testing.T) {
	for name, move := range map[string]func(c protocol.DelayedCall) error{
		"Rearm": func(c protocol.DelayedCall) error { c.Rearm(-time.Hour); return nil },
		"Reset": func(c protocol.DelayedCall) error { c.Rearm(0); return c.Reset(math.MinInt64) },
		"Delay": func(c protocol.DelayedCall) error { c.Rearm(0); return c.Delay(math.MinInt64) },
	} {
		m := reactortest.NewMemory(t)
		runs, before := 0, -1
		var greedy protocol.DelayedCall
		greedy = m.CallLater(time.Second, func() {
			if runs++; runs >= 100 {
				return
			}
			if err := move(greedy); err != nil {
				t.Error(err)
			}
			if due := greedy.Time(); due.Before(m.Time()) {
				t.Errorf("%s: due %v, now %v", name, due, m.Time())
			}
		})
		m.CallLater(time.Second, func() { before = runs })
		m.Advance(time.Second)
		m.Settle()
		if before != 1 || runs != 100 {
			t.Errorf("%s: the other call ran after %d of %d runs", name, before, runs)
		}
	}
}

// A factory that can be told apart by its type but not by its value is one factory a port.
func TestFactoryThatCannotBeCompared(t *testing.T) {
	m := reactortest.NewMemory(t)
	starts := 0
	f := starter{Factory: protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return protocol.Base{}, nil }), starts: &starts}
	port, err := m.ListenTCP("127.0.0.1:0", f, reactor.ListenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if starts != 1 {
		t.Errorf("started %d times", starts)
	}
	port.StopListening()
	m.Settle()
}

type starter struct {
	protocol.Factory // of a type that cannot be compared
	starts           *int
}

func (s starter) StartFactory() { *s.starts++ }

// What waits for a connection gets its protocol, also when the connection was lost as soon as it was made and another attempt is under way.
func TestWhenConnectedOfAConnectionLostAtOnce(t *testing.T) {
	r, err := reactor.New(reactor.Config{Logger: quietLog})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var results []protocol.Protocol
	lost, builds := 0, 0
	f := &clientScript{
		build: func() protocol.Protocol {
			if builds++; builds > 1 {
				return protocol.Base{}
			}
			peer, err := l.Accept()
			if err != nil {
				t.Error(err)
				return protocol.Base{}
			}
			peer.(*net.TCPConn).SetLinger(0)
			peer.Close() // a reset, before anything can be done with the connection
			return halfClosing{}
		},
		lost: func(c *reactor.Connector, _ error) {
			if lost++; lost == 1 {
				c.Connect()
			}
		},
	}
	c := r.ConnectTCP(l.Addr().String(), f, reactor.ConnectOptions{})
	c.WhenConnected().Done(func(p protocol.Protocol, err error) {
		results = append(results, p)
		if err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); builds < 2 && time.Now().Before(deadline); {
		if err := r.Iterate(10 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if lost != 1 || builds != 2 {
		t.Fatalf("lost %d times, %d protocols", lost, builds)
	}
	if _, ok := results[0].(halfClosing); !ok || len(results) != 1 {
		t.Errorf("got %v", results)
	}
}

type halfClosing struct{ protocol.Base }

func (halfClosing) ConnectionMade(t protocol.Transport) {
	t.(protocol.HalfCloseTransport).LoseWriteConnection()
}
