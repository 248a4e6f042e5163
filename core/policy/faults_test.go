// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/reactortest"
)

// What is written in large pieces averages to the rate too, by whichever kind of producer, or as answers without one (class 62).
func TestLargeWritesAverage(t *testing.T) {
	const rate, piece, seconds = 10000, 50000, 60
	for _, kind := range []string{"push", "pull", "answers"} {
		t.Run(kind, func(t *testing.T) {
			m := limiter(t, policy.Limits{Write: policy.Rates{Connection: rate}})
			var made []*probe
			f, clock := m.Wrap(probes(&made)), protocoltest.NewClock()
			if kind == "answers" {
				f = m.Wrap(protocol.ForProtocol(func() protocol.Protocol { return answering(piece) }))
			}
			s := open(t, f, clock, addr("10.0.0.1:1"))
			p := &large{n: piece}
			if kind != "answers" {
				p.t = made[0].t
				if err := p.t.RegisterProducer(p, protocol.ProducerMode(kind == "push")); err != nil {
					t.Fatal(err)
				}
			}
			sent := 0
			for range seconds * 10 {
				if kind == "push" && !p.held {
					p.Resume()
				}
				if kind == "answers" && s.ProducerState() == protocoltest.Producing {
					s.FeedString("?")
				}
				sent += len(s.Value())
				s.Clear()
				clock.Advance(100 * time.Millisecond)
			}
			if most, least := rate*seconds+2*piece, rate*seconds*9/10; sent > most || sent < least {
				t.Errorf("%d bytes in %d s, want %d to %d", sent, seconds, least, most)
			}
		})
	}
}

// An answering answers each question by so many bytes.
type answering int

func (answering) ConnectionMade(protocol.Transport)                 {}
func (n answering) DataReceived(t protocol.Transport, _ []byte)     { t.Write(make([]byte, n)) }
func (answering) ConnectionLost(t protocol.Transport, reason error) {}

// A large producer writes n bytes at a time.
type large struct {
	t    protocol.Transport
	n    int
	held bool
}

func (p *large) Pause()     { p.held = true }
func (p *large) Resume()    { p.held = false; p.t.Write(make([]byte, p.n)) }
func (p *large) Stop(error) {}

// New connections do not get around a rate that is shared: each waits for the debt of those before it.
func TestRateOverManyConnections(t *testing.T) {
	for name, rates := range map[string]policy.Rates{"total": {Total: 1000}, "peer": {Peer: 1000}} {
		t.Run(name, func(t *testing.T) {
			f := limiter(t, policy.Limits{Write: rates}).Wrap(protocol.ForProtocol(func() protocol.Protocol { return answering(5000) }))
			clock := protocoltest.NewClock()
			sent := 0
			for range 300 {
				s := open(t, f, clock, addr("10.0.0.1:1"))
				if s.ProducerState() == protocoltest.Producing {
					s.FeedString("?")
				}
				sent += len(s.Value())
				s.FeedEOF()
				clock.Advance(200 * time.Millisecond)
			}
			if sent > 61*1000+5000 {
				t.Errorf("%d bytes in 60 s", sent)
			}
		})
	}
}

// A login that comes too late does not save a connection, whose peer need not read, from its end.
func TestLoginAfterTheEnd(t *testing.T) {
	m := reactortest.NewMemory(t)
	var made []*probe
	if _, err := m.ListenTCP("127.0.0.1:80", limiter(t, policy.Limits{Login: time.Minute}).Wrap(probes(&made)), reactor.ListenOptions{}); err != nil {
		t.Fatal(err)
	}
	peer := m.Dial("127.0.0.1:80")
	peer.SetWindow(0)
	m.Settle()
	made[0].t.Write([]byte("login:"))
	m.Advance(time.Minute)
	policy.LoggedIn(made[0].t)
	m.Advance(5 * time.Second)
	m.Settle()
	if !made[0].ended {
		t.Error("the connection goes on")
	}
}

// A connection that a limit ends ends by the layer that was put on it, which has to say so to its peer.
func TestLimitEndsTheLayer(t *testing.T) {
	m := limiter(t, policy.Limits{Idle: time.Minute})
	var made []*probe
	clock := protocoltest.NewClock()
	s := open(t, m.Wrap(probes(&made)), clock, addr("10.0.0.1:1"))
	layer := &polite{}
	i, _ := protocol.As[protocol.Interposer](made[0].t)
	err := i.Interpose(func(raw, _ protocol.Transport, inner protocol.Protocol) (protocol.Protocol, protocol.Transport, error) {
		layer.Transport = raw
		return inner, layer, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	clock.Pump(time.Minute, 0)
	if s.Value() != "bye" || !s.Disconnected() {
		t.Errorf("got %q, gone %v", s.Value(), s.Disconnected())
	}
}

type polite struct{ protocol.Transport }

func (p *polite) LoseConnection() {
	p.Write([]byte("bye"))
	p.Transport.LoseConnection()
}

// Peers that come once, each from an address of its own, leave no buckets behind (class 62).
func TestFilterIsBounded(t *testing.T) {
	parent := &policy.Filter{Rate: 1 << 30}
	f := &policy.Filter{Rate: 1000, Key: policy.ByHost, Parent: parent}
	now, local := protocoltest.Epoch, addr("127.0.0.1:80")
	most := 0
	for i := range 200000 {
		ip := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 16), byte(i >> 8), byte(i)})
		b := f.Acquire(now, local, protocol.TCPAddr(netip.AddrPortFrom(ip, 1)))
		b.Take(now, 10)
		f.Release(b)
		now = now.Add(time.Millisecond)
		most = max(most, f.Len())
	}
	if most > 5000 {
		t.Errorf("%d buckets for peers that are gone", most)
	}
}

// An exempt network of IPv4 may be written as IPv6.
func TestExemptMapped(t *testing.T) {
	m := limiter(t, policy.Limits{MaxPerPeer: 1, Exempt: []netip.Prefix{netip.MustParsePrefix("::ffff:10.0.0.0/104")}})
	var made []*probe
	f, clock := m.Wrap(probes(&made)), protocoltest.NewClock()
	for i := range 2 {
		if s := open(t, f, clock, addr(fmt.Sprintf("10.0.0.1:%d", i+1))); s == nil {
			t.Error("not exempt")
		}
	}
}

// A descriptor is for the protocol that there is now, not for the one that was refused.
func TestDescriptorOfRefused(t *testing.T) {
	first := &taker{}
	m := limiter(t, policy.Limits{AcceptRate: 1, Overflow: protocol.ForProtocol(func() protocol.Protocol { return &probe{} })})
	clock := protocoltest.NewClock()
	open(t, m.Wrap(factoryOf(&probe{})), clock, addr("10.0.0.1:1"))
	p := build(t, m.Wrap(factoryOf(first)), addr("10.0.0.2:1"))
	s := protocoltest.NewStringTransport()
	s.Clock = clock
	s.Connect(p)
	p.(protocol.FileDescriptorReceiver).FileDescriptorReceived(s, -1)
	if first.fds != 0 {
		t.Error("one that was never connected got a descriptor")
	}
	s.FeedEOF()
}

type taker struct {
	probe
	fds int
}

func (k *taker) FileDescriptorReceived(protocol.Transport, int) { k.fds++ }

// One limit inside another could have no keywords: the error says what to do.
func TestLimitInLimit(t *testing.T) {
	m, g := newRegistry(t)
	_, err := g.ServerFromString(m, "limit:conns=1:limit:perpeer=1:tcp:80")
	if err == nil || !strings.Contains(err.Error(), "a limit within a limit: give the outer one all the keywords") {
		t.Errorf("got %v", err)
	}
}
