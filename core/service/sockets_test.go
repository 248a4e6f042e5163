// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service_test

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/service"
)

// Over real sockets: a server that comes and goes, and a client that always finds it again.
func TestServerComesAndGoes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	r, err := reactor.New(reactor.Config{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- r.Run(context.Background()) }() // ends with Stop below
	defer func() {
		r.Stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	}()
	on := func(f func() signal) {
		t.Helper()
		if _, err := deferred.BlockingCallFromThread(ctx, r, f); err != nil {
			t.Fatal(err)
		}
	}
	var conns []protocol.Transport // of the server
	server := &endpoint.TCPServer{Reactor: r, Interface: "127.0.0.1"}
	s := service.NewStreamServer(r, server, protocol.ForProtocol(func() protocol.Protocol {
		return &protocoltest.Accumulating{OnMade: func(t protocol.Transport) { conns = append(conns, t) }}
	}), service.StreamServerConfig{})
	on(s.Start)
	on(func() signal {
		server.Port = s.Port().Addr().Port() // again the same
		return nil
	})
	c := service.NewClient(r, &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: server.Port}, echoes,
		service.ClientConfig{Backoff: func(int) time.Duration { return time.Millisecond }})
	on(c.Start)
	for range 3 {
		p, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[protocol.Protocol] { return c.WhenConnected(0) })
		if err != nil {
			t.Fatal(err)
		}
		on(s.Stop)
		on(func() signal { // killed, and refusing for a while
			for _, conn := range conns {
				conn.AbortConnection()
			}
			conns = nil
			return nil
		})
		<-p.(*protocoltest.Accumulating).WhenLost()
		_, err = deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[protocol.Protocol] { return c.WhenConnected(2) })
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while it is away: %v", err)
		}
		on(s.Start)
	}
	_, err = deferred.BlockingCallFromThread(ctx, r, func() signal {
		busy := service.NewMulti(r, service.MultiConfig{})
		busy.Add("web", service.NewStreamServer(r, server, echoes, service.StreamServerConfig{}))
		return busy.Start()
	})
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("busy port: %v", err)
	}
	t.Log(err)
	on(c.Stop)
	on(s.Stop)
}
