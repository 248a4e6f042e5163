// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
)

// halt stops a reactor and waits for its end.
func halt(r *reactor.Reactor) {
	r.CallFromThread(func() { r.Stop() })
	<-r.Done()
}

// A roll is a factory of one protocol that knows when it was stopped.
type roll struct {
	p       protocol.Protocol
	stopped chan struct{}
}

func (f *roll) BuildProtocol(net.Addr) (protocol.Protocol, error) { return f.p, nil }
func (f *roll) StopFactory()                                      { close(f.stopped) }

// join connects two protocols on two reactors.
func join(t *testing.T, here, there *reactor.Reactor) (server, client *protocoltest.Accumulating, f *roll, port endpoint.Port) {
	t.Helper()
	server, client = &protocoltest.Accumulating{}, &protocoltest.Accumulating{}
	f = &roll{server, make(chan struct{})}
	port = listen(t, here, build(t, here, "memory:"+t.Name()), f)
	c := buildClient(t, there, "memory:"+t.Name(), nil)
	if _, err := connect(t, there, c, protocol.ForProtocol(func() *protocoltest.Accumulating { return client })); err != nil {
		t.Fatal(err)
	}
	<-server.WhenMade()
	return server, client, f, port
}

func TestMemoryServerStops(t *testing.T) {
	here, there := running(t), running(t)
	server, client, f, port := join(t, here, there)
	here.CallFromThread(func() { server.Transport().Write([]byte("last words")) })
	halt(here)
	<-client.WhenLost()
	if !errors.Is(client.Reason(), io.EOF) || string(client.Data()) != "last words" {
		t.Errorf("the client got %q and was lost by %v", client.Data(), client.Reason())
	}
	if !errors.Is(server.Reason(), protocol.ErrConnectionLost) || !errors.Is(server.Reason(), reactor.ErrStopped) {
		t.Errorf("the server was lost by %v", server.Reason())
	}
	select {
	case <-f.stopped:
	default:
		t.Error("the factory was not stopped")
	}
	if _, err := connect(t, there, buildClient(t, there, "memory:"+t.Name(), nil), echoes); !errors.Is(err, protocol.ErrConnectionRefused) {
		t.Errorf("connecting to a name whose reactor has stopped: %v", err)
	}
	stopped := errors.New("it has not fired")
	port.StopListening().Done(func(_ struct{}, err error) { stopped = err })
	if stopped != protocol.ErrNotListening {
		t.Errorf("StopListening after the end: %v", stopped)
	}
	// The name is free, and not for a reactor that has stopped.
	var late error
	build(t, here, "memory:"+t.Name()).Listen(echoes).Done(func(_ endpoint.Port, err error) { late = err })
	if !errors.Is(late, reactor.ErrNotRunning) {
		t.Errorf("listening on a reactor that has stopped: %v", late)
	}
	if err := stop(t, there, listen(t, there, build(t, there, "memory:"+t.Name()), echoes)); err != nil {
		t.Error(err)
	}
}

func TestMemoryClientStops(t *testing.T) {
	here, there := running(t), running(t)
	server, client, _, _ := join(t, here, there)
	halt(there)
	<-server.WhenLost()
	if !errors.Is(server.Reason(), io.EOF) || !errors.Is(client.Reason(), reactor.ErrStopped) {
		t.Errorf("the server was lost by %v, the client by %v", server.Reason(), client.Reason())
	}
	// The port goes on.
	next := running(t)
	got, err := on(t, next, func() *deferred.Deferred[*protocoltest.Accumulating] {
		return endpoint.Dial(buildClient(t, next, "memory:"+t.Name(), nil), func() *protocoltest.Accumulating { return &protocoltest.Accumulating{} })
	})
	if err != nil || got.Transport() == nil {
		t.Errorf("connecting again: %v", err)
	}
}
