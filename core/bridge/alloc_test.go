// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge_test

import (
	"testing"

	"github.com/torsion-go/torsion/core/bridge"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// Moving bytes from the loop to the reader, and from the writer to the loop, costs no allocation beyond the transport's own.
func TestAllocs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	var c *bridge.Conn
	p := bridge.NewProtocol(func(made *bridge.Conn) { c = made }, nil)
	tr := protocoltest.NewStringTransport()
	tr.Connect(p)
	b := make([]byte, 4096)
	if n := testing.AllocsPerRun(100, func() {
		p.DataReceived(tr, b)
		c.Read(b)
	}); n != 0 {
		t.Errorf("reading allocates %v times", n)
	}
	nothing := func() {}
	idle := testing.AllocsPerRun(100, func() {
		tr.Clock.CallFromThread(nothing)
		tr.Clock.Settle()
		tr.Write(b)
		tr.Clock.Settle()
		tr.Clear()
	})
	if n := testing.AllocsPerRun(100, func() {
		c.Write(b)
		tr.Clock.Settle()
		tr.Clear()
	}); n > idle {
		t.Errorf("writing allocates %v times, a transport alone %v", n, idle)
	}
}
