// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package core_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/service"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
)

// Over real sockets: a server that comes and goes, and a client that always finds it again.
func TestServerComesAndGoes(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		r := tc.Reactor()
		accumulate := protocol.ForProtocol(func() protocol.Protocol { return &protocoltest.Accumulating{} })
		var conns []protocol.Transport // of the server
		server := &endpoint.TCPServer{Reactor: r, Interface: "127.0.0.1"}
		s := service.NewStreamServer(r, server, protocol.ForProtocol(func() protocol.Protocol {
			return &protocoltest.Accumulating{OnMade: func(t protocol.Transport) { conns = append(conns, t) }}
		}), service.StreamServerConfig{})
		trial.Must(tc, s.Start())
		trial.CleanupD(tc, s.Stop)
		server.Port = s.Port().Addr().Port() // again the same
		c := service.NewClient(r, &endpoint.TCPClient{Reactor: r, Host: "127.0.0.1", Port: server.Port}, accumulate,
			service.ClientConfig{Backoff: func(int) time.Duration { return time.Millisecond }})
		trial.Must(tc, c.Start())
		trial.CleanupD(tc, c.Stop)
		for range 3 {
			p := trial.Must(tc, c.WhenConnected(0)).(*protocoltest.Accumulating)
			trial.Must(tc, s.Stop())
			for _, conn := range conns { // killed, and refusing for a while
				conn.AbortConnection()
			}
			conns = nil
			tc.Until(func() bool { return p.Reason() != nil })
			_, err := trial.Await(tc, c.WhenConnected(2))
			assert.ErrorIs(assert.Check(tc), err, syscall.ECONNREFUSED, "while it is away")
			trial.Must(tc, s.Start())
		}
		busy := service.NewMulti(r, service.MultiConfig{})
		busy.Add("web", service.NewStreamServer(r, server, accumulate, service.StreamServerConfig{}))
		_, err := trial.Await(tc, busy.Start())
		assert.ErrorIs(tc, err, syscall.EADDRINUSE, "busy port")
		assert.Equal(tc, len(tc.FlushLoggedErrors(syscall.EADDRINUSE)), 1)
	})
}
