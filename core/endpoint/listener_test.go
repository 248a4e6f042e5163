// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"context"
	"errors"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// A connection that comes in while Listen is given up belongs to nobody: it is closed.
func TestListenThatIsGivenUpClosesConnections(t *testing.T) {
	r := running(t)
	ctx, cancel := context.WithCancel(context.Background())
	client := &protocoltest.Accumulating{}
	server := endpoint.ServerFunc(func(f protocol.Factory) *deferred.Deferred[endpoint.Port] {
		network := &endpoint.MemoryNetwork{}
		inner := &endpoint.MemoryServer{Loop: r, Name: "x", Network: network}
		d := inner.Listen(f)
		never := deferred.New[endpoint.Port](r)
		d.Done(func(endpoint.Port, error) {
			c := &endpoint.MemoryClient{Loop: r, Name: "x", Network: network}
			c.Connect(protocol.ForProtocol(func() protocol.Protocol { return client })).Done(func(protocol.Protocol, error) {
				r.CallLater(0, cancel) // by now the server's side is made, too
			})
		})
		return never
	})
	if _, err := endpoint.Listen(ctx, r, server); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	select {
	case <-client.WhenLost():
	case <-patience(t).Done():
		t.Error("the connection stays open")
	}
}
