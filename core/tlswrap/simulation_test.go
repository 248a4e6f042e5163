// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package tlswrap_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// TestSimulation has both sides write, pause, resume and turn the loops in an order that follows from a seed, from before the handshake on, and then close. All that
// was accepted before the close must arrive, once and in order.
func TestSimulation(t *testing.T) {
	layers := map[uint16]*duo{}
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		layers[v] = &duo{serverLayer: server(t, options(serverConfig(v))), clientLayer: client(t, options(clientConfig(v)))}
	}
	seeds := uint64(150)
	if raceEnabled {
		seeds = 20 // under the detector each takes ten times as long
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 1))
		version := []uint16{tls.VersionTLS12, tls.VersionTLS13}[r.IntN(2)]
		d := &duo{serverLayer: layers[version].serverLayer, clientLayer: layers[version].clientLayer}
		ends := []*end{&d.server, &d.client}
		sent := make([][]byte, 2)
		paused := make([]bool, 2)
		for i, e := range ends {
			e.OnData = func(tr protocol.Transport, p []byte) {
				if paused[i] {
					t.Fatalf("seed %d: data was delivered while paused", seed)
				}
				switch r.IntN(10) {
				case 0:
					paused[i] = true
					tr.Pause()
				case 1:
					b := bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(100))
					tr.Write(b)
					sent[i] = append(sent[i], b...)
				}
			}
		}
		clocks := protocoltest.PairConfig{Window: 1 + r.IntN(70000), Logger: quiet}
		if r.IntN(2) == 0 {
			clocks.ClientClock = protocoltest.NewClock()
		}
		d.Pair = protocoltest.NewPair(wrap(t, d.serverLayer, &d.server), wrap(t, d.clientLayer, &d.client), clocks)
		for range 100 {
			i := r.IntN(2)
			tr := ends[i].Transport()
			switch r.IntN(6) {
			case 0:
				b := make([]byte, r.IntN([]int{100, 20000, 200000}[r.IntN(3)]))
				for j := range b {
					b[j] = byte(r.Uint32())
				}
				if n, err := tr.Write(b); n != len(b) || err != nil {
					t.Fatalf("seed %d: Write: %d, %v", seed, n, err)
				}
				sent[i] = append(sent[i], b...)
			case 1:
				tr.Pause()
				paused[i] = true
			case 2, 3:
				paused[i] = false
				tr.Resume()
			default:
				step(d.Pair)
			}
		}
		for i, e := range ends {
			paused[i] = false
			e.Transport().Resume()
		}
		for _, e := range ends { // they may pause again
			e.OnData = nil
		}
		d.settle()
		for i, e := range ends {
			if got, want := e.Data(), sent[1-i]; !bytes.Equal(got, want) {
				t.Fatalf("seed %d: end %d got %d bytes, want %d, lost: %v", seed, i, len(got), len(want), e.Reason())
			}
		}
		ends[r.IntN(2)].Transport().LoseConnection()
		d.settle()
		d.Advance(time.Millisecond)
		for i, e := range ends {
			if !errors.Is(e.Reason(), protocol.ErrConnectionDone) {
				t.Fatalf("seed %d: end %d lost by %v", seed, i, e.Reason())
			}
		}
	}
}
