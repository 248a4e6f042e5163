// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !race

package policy_test

import (
	"net"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// Data costs no allocation, a connection one, and two more with a timer.
func TestAllocs(t *testing.T) {
	rates := policy.Rates{Connection: 1 << 50, Total: 1 << 50}
	echo := protocol.Protocol(&sink{})
	for name, tt := range map[string]struct {
		limits policy.Limits
		conn   float64
	}{
		"counts and rates": {policy.Limits{MaxConnections: 10, MaxPerPeer: 10, Read: rates, Write: rates}, 1},
		"times":            {policy.Limits{Idle: time.Hour, Login: time.Hour}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			f := limiter(t, tt.limits).Wrap(factoryOf(echo))
			peer := addr("10.0.0.1:1")
			bare := &bareTransport{Transport: protocoltest.NewStringTransport(), loop: protocoltest.NewClock(), peer: peer}
			p, _ := f.BuildProtocol(peer)
			p.ConnectionMade(bare)
			data := make([]byte, 100)
			if n := testing.AllocsPerRun(1000, func() { p.DataReceived(bare, data) }); n != 0 {
				t.Errorf("%v allocations for data and its answer", n)
			}
			p.ConnectionLost(bare, protocol.Aborted())
			clock := bare.loop
			n := testing.AllocsPerRun(1000, func() {
				p, _ := f.BuildProtocol(peer)
				p.ConnectionMade(bare)
				p.ConnectionLost(bare, protocol.Aborted())
			})
			clock.Settle()
			if n > tt.conn {
				t.Errorf("%v allocations for a connection, want %v", n, tt.conn)
			}
		})
	}
}

// A bareTransport takes all that is written and keeps nothing.
type bareTransport struct {
	protocol.Transport
	loop *protocoltest.Clock
	peer net.Addr
}

func (b *bareTransport) LocalAddr() net.Addr  { return b.peer }
func (b *bareTransport) RemoteAddr() net.Addr { return b.peer }

func (b *bareTransport) Write(p []byte) (int, error) { return len(p), nil }
func (b *bareTransport) Loop() protocol.Loop         { return b.loop }
