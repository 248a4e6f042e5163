// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// After its header a proxied connection costs nothing.
func TestAllocProxied(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	inner := &captured{}
	s := &endpoint.HAProxyServer{Inner: inner}
	s.Listen(protocol.ForProtocol(func() protocol.Base { return protocol.Base{} }))
	tr := protocoltest.NewStringTransport()
	p, _ := inner.f.BuildProtocol(tr.RemoteAddr())
	tr.Connect(p)
	tr.FeedString(header1)
	tr.Clock.Settle()
	b := make([]byte, 4096)
	if n := testing.AllocsPerRun(100, func() { p.DataReceived(tr, b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
