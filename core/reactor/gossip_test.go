// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A gossip is a datagram protocol that sends to others of its kind, and after a while makes room for a successor. Datagrams may get lost, but none may be
// changed.
type gossip struct {
	storm *storm
	rng   *rand.Rand
	t     protocol.DatagramTransport
	steps int
	ended func()
}

// parties holds the addresses of all gossips, the latest for each.
var parties sync.Map // of protocol.Addr, by the number of its place

// startGossip keeps a port open on the loop until over is closed, and then calls ended.
func startGossip(s *storm, l *reactor.Loop, place int, over <-chan struct{}, ended func()) {
	p := &gossip{storm: s, rng: rand.New(rand.NewPCG(s.seed, s.rowdies.Add(1)))}
	p.ended = func() {
		select {
		case <-over:
			ended()
		default:
			l.CallFromThread(func() { startGossip(s, l, place, over, ended) })
		}
	}
	port, err := l.ListenUDP("127.0.0.1:0", p, reactor.PacketOptions{})
	if err != nil {
		s.Error(err)
		ended()
		return
	}
	parties.Store(place, port.LocalAddr())
}

func (p *gossip) StartProtocol(t protocol.DatagramTransport) {
	p.t = t
	p.tick()
}

func (p *gossip) tick() {
	if p.steps++; p.steps > 200 {
		p.t.LoseConnection()
		return
	}
	for range p.rng.IntN(8) {
		b := binary.BigEndian.AppendUint32(nil, p.rng.Uint32())
		at, n := int(binary.BigEndian.Uint32(b)%patternPeriod), p.rng.IntN(8000)
		b = append(binary.BigEndian.AppendUint32(b, uint32(n)), pattern()[at:at+n]...)
		if to, ok := parties.Load(p.rng.IntN(gossips)); ok {
			if err := p.t.WriteTo(b, to.(protocol.Addr)); err != nil {
				p.storm.Errorf("a datagram of %d bytes: %v (seed %d)", len(b), err, p.storm.seed)
			}
		}
	}
	p.t.Loop().CallLater(0, p.tick)
}

func (p *gossip) DatagramReceived(_ protocol.DatagramTransport, b []byte, _ protocol.Addr) {
	p.storm.datagrams.Add(1)
	if len(b) < 8 {
		p.storm.Errorf("a datagram of %d bytes (seed %d)", len(b), p.storm.seed)
		return
	}
	at, n := int(binary.BigEndian.Uint32(b)%patternPeriod), int(binary.BigEndian.Uint32(b[4:]))
	if n != len(b)-8 || !bytes.Equal(b[8:], pattern()[at:at+n]) {
		p.storm.Errorf("a datagram of %d bytes that says %d is not what was sent (seed %d)", len(b)-8, n, p.storm.seed)
	}
}

func (p *gossip) StopProtocol(protocol.DatagramTransport, error) { p.ended() }

// gossips is how many ports there are at a time.
const gossips = 5
