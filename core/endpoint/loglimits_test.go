// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/internal/logtest"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// TestBadProxiesDoNotFloodTheLog (class 61): peers without a header, and those that may not send one, are refused as often as they like, but logged ten times a second.
func TestBadProxiesDoNotFloodTheLog(t *testing.T) {
	var log logtest.Book
	inner := &captured{}
	s := &endpoint.HAProxyServer{Inner: inner, Logger: log.Logger(), Trusted: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}}
	s.Listen(echoes)
	clock := protocoltest.NewClock() // one second, however long it takes
	for range 25 {
		tr := protocoltest.NewStringTransport()
		tr.Clock = clock
		p, err := inner.f.BuildProtocol(tr.RemoteAddr())
		if err != nil {
			t.Fatal(err)
		}
		tr.Connect(p)
		tr.FeedString("GET / HTTP/1.0\r\n\r\n")
		clock.Settle()
	}
	if n := strings.Count(log.String(), "PROXY connection closed"); n != 10 || s.Stats().Malformed != 25 {
		t.Errorf("25 connections were logged in %d lines; %+v", n, s.Stats())
	}
	for range 200 {
		inner.f.BuildProtocol(protocol.TCPAddr(netip.MustParseAddrPort("10.0.0.1:1")))
	}
	if n := strings.Count(log.String(), "PROXY connection refused"); n == 0 || n > 100 || s.Stats().Refused != 200 { // of the real clock's seconds
		t.Errorf("200 connections were logged in %d lines; %+v", n, s.Stats())
	}
}

// TestUnacceptedConnections (class 62): a program that does not accept has a bounded number of connections waiting, and the others do not flood its log.
func TestUnacceptedConnections(t *testing.T) {
	var log logtest.Book
	r := runningWith(t, log.Logger())
	l, err := endpoint.Listen(patience(t), r, &endpoint.MemoryServer{Loop: r, Name: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	const waiting, more = 1024, 200
	lost := make(chan error, more)
	connected := 0
	_, err = on(t, r, func() *deferred.Deferred[struct{}] {
		all := deferred.New[struct{}](r)
		c := &endpoint.MemoryClient{Loop: r, Name: t.Name()}
		for range waiting + more {
			c.Connect(protocol.ForProtocol(func() protocol.Protocol {
				return &protocoltest.Accumulating{OnLost: func(_ protocol.Transport, reason error) { lost <- reason }}
			})).Done(func(_ protocol.Protocol, err error) {
				if connected++; connected == waiting+more {
					all.Callback(struct{}{})
				}
			})
		}
		return all
	})
	if err != nil {
		t.Fatal(err)
	}
	for range more {
		select {
		case <-lost:
		case <-patience(t).Done():
			t.Fatal("the connections beyond the bound stay")
		}
	}
	if n := strings.Count(log.String(), "nobody accepts"); n == 0 || n > more/2 {
		t.Errorf("%d connections were logged in %d lines", more, n)
	}
	go func() { // the channel has no room for those that waited
		for range waiting {
			<-lost
		}
	}()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
