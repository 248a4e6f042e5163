// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
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
