// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package policy_test

import (
	"log/slog"
	"net"
	"net/netip"
	"testing"

	"github.com/torsion-go/torsion/core/leaktest"
	"github.com/torsion-go/torsion/core/policy"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func addr(s string) net.Addr { return protocol.TCPAddr(netip.MustParseAddrPort(s)) }

// build asks a factory for a protocol.
func build(t *testing.T, f protocol.Factory, peer net.Addr) protocol.Protocol {
	t.Helper()
	p, err := f.BuildProtocol(peer)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func factoryOf(p protocol.Protocol) protocol.Factory {
	return protocol.FactoryFunc(func(net.Addr) (protocol.Protocol, error) { return p, nil })
}

func limiter(t *testing.T, l policy.Limits) *policy.Limiter {
	t.Helper()
	l.Logger = quiet()
	m, err := policy.NewLimiter(l)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// open makes a connection of a factory on a clock. It returns nil when the factory refused.
func open(t *testing.T, f protocol.Factory, clock *protocoltest.Clock, peer net.Addr) *protocoltest.StringTransport {
	t.Helper()
	p := build(t, f, peer)
	if p == nil {
		return nil
	}
	s := protocoltest.NewStringTransport()
	s.Clock, s.Remote = clock, protocol.FromNetAddr(peer)
	s.Connect(p)
	return s
}

// A probe keeps what it was told.
type probe struct {
	t        protocol.Transport
	received string
	lost     error
	ended    bool
}

func (p *probe) ConnectionMade(t protocol.Transport)               { p.t = t }
func (p *probe) DataReceived(_ protocol.Transport, b []byte)       { p.received += string(b) }
func (p *probe) ConnectionLost(_ protocol.Transport, reason error) { p.lost, p.ended = reason, true }

func probes(made *[]*probe) protocol.Factory {
	return protocol.ForProtocol(func() *probe {
		p := &probe{}
		*made = append(*made, p)
		return p
	})
}

// A sink answers what it gets.
type sink struct{ protocol.Base }

func (*sink) DataReceived(t protocol.Transport, p []byte) { t.Write(p) }
