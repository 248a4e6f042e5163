// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest_test

import (
	"io"
	"log/slog"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// pairHarness drives all the pairs of a test.
func pairHarness(cfg protocoltest.PairConfig) protocoltest.Harness {
	cfg.Logger = quiet
	if cfg.ServerClock == nil {
		cfg.ServerClock = protocoltest.NewClock()
	}
	var pair *protocoltest.Pair
	return protocoltest.Harness{
		Connect: func(server, client protocol.Protocol) { pair = protocoltest.NewPair(server, client, cfg) },
		Wait:    func(done <-chan struct{}) bool { return pair.Wait(done) },
		Settle:  func() { pair.Flush() },
	}
}

func TestPairConformance(t *testing.T) {
	for name, cfg := range map[string]func() protocoltest.PairConfig{
		"one clock":    func() protocoltest.PairConfig { return protocoltest.PairConfig{} },
		"two clocks":   func() protocoltest.PairConfig { return protocoltest.PairConfig{ClientClock: protocoltest.NewClock()} },
		"separate":     func() protocoltest.PairConfig { return protocoltest.PairConfig{Policy: protocoltest.Separate} },
		"small window": func() protocoltest.PairConfig { return protocoltest.PairConfig{Window: 1000} },
	} {
		t.Run(name, func(t *testing.T) {
			protocoltest.TestTransport(t, func(*testing.T) protocoltest.Harness { return pairHarness(cfg()) })
		})
	}
}
