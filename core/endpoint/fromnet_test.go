// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

// A stubborn listener has an error of its own after Close, as those of other libraries may.
type stubborn struct {
	once   sync.Once
	closed chan struct{}
}

var errOwn = errors.New("this listener has been shut")

func (s *stubborn) Accept() (net.Conn, error) {
	<-s.closed
	return nil, errOwn
}

func (s *stubborn) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (*stubborn) Addr() net.Addr { return protocol.MemoryAddr("stubborn") }

// Stopping the port of a listener ends accepting, whatever error the listener has for it.
func TestFromListenerStopsWithAnyError(t *testing.T) {
	leaktest.Check(t)
	clock := protocoltest.NewClock()
	s := endpoint.FromListener(clock, &stubborn{closed: make(chan struct{})})
	var port endpoint.Port
	s.Listen(protocol.ForProtocol(func() protocol.Base { return protocol.Base{} })).Done(func(p endpoint.Port, err error) {
		if err != nil {
			t.Fatal(err)
		}
		port = p
	})
	stopped := false
	port.StopListening().Done(func(_ struct{}, err error) {
		if err != nil {
			t.Error(err)
		}
		stopped = true
	})
	if err := clock.Until(patience(t), func() bool { return stopped }); err != nil {
		t.Error("StopListening does not come to an end:", err)
		clock.End()
	}
}

// A factory that panics leaves no connection open, and no attempt without an end.
func TestFactoriesOfNetConnsMayPanic(t *testing.T) {
	r := running(t)
	broken := protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { panic("broken") })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port, err := on(t, r, func() *deferred.Deferred[endpoint.Port] { return endpoint.FromListener(r, l).Listen(broken) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop(t, r, port)
	dialler := endpoint.FromDialer(r, &net.Dialer{}, "tcp", l.Addr().String())
	_, err = on(t, r, func() *deferred.Deferred[protocol.Protocol] { return dialler.Connect(broken) })
	if p, ok := errors.AsType[*protocol.PanicError](err); !ok || p.Value != "broken" {
		t.Errorf("the dialler's failure: %v", err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	deadline, _ := patience(t).Deadline()
	c.SetReadDeadline(deadline)
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the accepted connection is not closed: %v", err)
	}
}

type toldFactory struct{ stops int }

func (*toldFactory) BuildProtocol(net.Addr) (protocol.Protocol, error) { return protocol.Base{}, nil }
func (*toldFactory) StartFactory()                                     {}
func (f *toldFactory) StopFactory()                                    { f.stops++ }

// When the reactor stops, the listener is closed and nobody waits for its connections any more.
func TestFromListenerEndsWithTheReactor(t *testing.T) {
	leaktest.Check(t)
	r, err := reactor.New(reactor.Config{Logger: quiet(), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := &toldFactory{}
	r.CallWhenRunning(func() {
		endpoint.FromListener(r, l).Listen(f)
		r.CallLater(0, func() { r.Stop() })
	})
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.stops != 1 {
		t.Errorf("the factory was told %d times of the end", f.stops)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("the listener is still open")
	}
}

// patient is a dialler that waits for its context.
type patient struct{}

func (patient) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// When the reactor stops, attempts end with it.
func TestFromDialerEndsWithTheReactor(t *testing.T) {
	leaktest.Check(t)
	r, err := reactor.New(reactor.Config{Logger: quiet(), ShutdownGrace: -1})
	if err != nil {
		t.Fatal(err)
	}
	client := endpoint.FromDialer(r, patient{}, "tcp", "host:1")
	var late error
	r.CallWhenRunning(func() {
		client.Connect(echoes)
		r.CallLater(0, func() { r.Stop() })
	})
	if _, err := r.CallWhenStopping(func(error) {
		client.Connect(echoes).Done(func(_ protocol.Protocol, err error) { late = err })
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(late, protocol.ErrConnect) {
		t.Errorf("an attempt on a loop that stops: %v", late)
	}
}
