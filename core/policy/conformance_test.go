// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// What every policy makes of a transport keeps all rules of one.
func TestWrappedTransportIsATransport(t *testing.T) {
	log := &policy.TrafficLog{Prefix: t.TempDir() + "/log", MaxPiece: 16}
	t.Cleanup(func() { log.Close() })
	rates := policy.Rates{Connection: 1 << 40, Peer: 1 << 40, Total: 1 << 40}
	for name, m := range map[string]policy.Middleware{
		"limits":      limiter(t, policy.Limits{MaxConnections: 100, Idle: time.Hour, Read: rates, Write: rates}).Wrap,
		"connections": new(policy.Connections).Wrap,
		"traffic log": log.Wrap,
		"chain":       policy.Chain(new(policy.Connections).Wrap, nil, limiter(t, policy.Limits{MaxPerPeer: 100}).Wrap),
	} {
		t.Run(name, func(t *testing.T) {
			protocoltest.TestTransport(t, func(t *testing.T) protocoltest.Harness {
				cfg := protocoltest.PairConfig{ServerClock: protocoltest.NewClock(), Logger: quiet()}
				var pair *protocoltest.Pair
				return protocoltest.Harness{
					Connect: func(server, client protocol.Protocol) {
						peer := addr("192.168.1.1:54321")
						pair = protocoltest.NewPair(build(t, m(factoryOf(server)), peer), build(t, m(factoryOf(client)), peer), cfg)
					},
					Wait:   func(done <-chan struct{}) bool { return pair.Wait(done) },
					Settle: func() { pair.Flush() },
				}
			})
		})
	}
}
