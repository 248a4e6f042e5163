// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint/proxyproto"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// ProxyHeaderTimeout is the default of HAProxyServer.HeaderTimeout.
const ProxyHeaderTimeout = 10 * time.Second

// HAProxyServer is a server whose peers are proxies: each connection begins with a header of the PROXY protocol, version 1 or 2, which tells whom the proxy talks for. The
// factory is asked, and the protocol made, when the header has come; addresses are the original ones, and the real ones are found by Unwrap of the
// transport. What is no header, or comes too late, closes the connection. It must not be copied; its fields are immutable after start. Twisted:
// haproxy.proxyEndpoint.
//
// As a string: haproxy:DESCRIPTION, with trust=PREFIX,PREFIX... and untrusted=refuse|pass. There the header comes before TLS: haproxy:tls:443:... reads it in plain text,
// as HAProxy sends it. In Go code the order is that of the wrappers.
type HAProxyServer struct {
	Inner Server
	// Trusted are the networks whose peers may send a header. nil means that every peer has to: whoever can reach the port then chooses the address that he seems to
	// come from, so that only proxies should reach it. Peers that have no IP address, on UNIX sockets and in memory, are always trusted.
	Trusted []netip.Prefix
	// PassUntrusted serves peers outside of Trusted as they are, without a header; false closes their connections.
	PassUntrusted bool
	// HeaderTimeout bounds the time until the header is complete; 0 means ProxyHeaderTimeout.
	HeaderTimeout time.Duration
	// Limits bounds the header.
	Limits proxyproto.Limits
	// Logger hears of connections that were refused, at most ten times a second; nil means the loop's, if it has a method Logger() *slog.Logger, else slog.Default().
	Logger *slog.Logger

	proxied, refused, malformed, late atomic.Int64
	lines                             loglimit.Limit
}

var _ Server = (*HAProxyServer)(nil)

// ProxyStats counts the connections of a HAProxyServer.
type ProxyStats struct {
	Proxied   int64 // began with a header
	Refused   int64 // came from peers that are not trusted, and were closed
	Malformed int64 // began with something else, or a header above the limits
	TimedOut  int64 // had no complete header in time
}

// Stats returns the counts since the server was made. Safe from any goroutine.
func (s *HAProxyServer) Stats() ProxyStats {
	return ProxyStats{Proxied: s.proxied.Load(), Refused: s.refused.Load(), Malformed: s.malformed.Load(), TimedOut: s.late.Load()}
}

// Listen opens the inner server's port.
func (s *HAProxyServer) Listen(f protocol.Factory) *deferred.Deferred[Port] {
	return s.Inner.Listen(&proxyFactory{s: s, inner: f})
}

type proxyFactory struct {
	s     *HAProxyServer
	inner protocol.Factory
}

func (f *proxyFactory) Unwrap() protocol.Factory { return f.inner }

var errUntrusted = errors.New("the peer is not trusted to send a PROXY header")

func (f *proxyFactory) BuildProtocol(peer net.Addr) (protocol.Protocol, error) {
	if f.s.trusts(peer) {
		return &proxyProtocol{s: f.s, f: f.inner}, nil
	}
	if f.s.PassUntrusted {
		return f.inner.BuildProtocol(peer)
	}
	f.s.refused.Add(1)
	if args, ok := f.s.lines.Allow(time.Now(), "peer", peer.String(), "service", protocol.ServiceName(f), "error", errUntrusted); ok {
		loggerOf(f.s.Logger, nil).Warn("endpoint: PROXY connection refused", args...)
	}
	return nil, nil
}

func (s *HAProxyServer) trusts(peer net.Addr) bool {
	ap := protocol.FromNetAddr(peer).AddrPort()
	if s.Trusted == nil || !ap.IsValid() {
		return true
	}
	ip := ap.Addr().WithZone("")
	for _, p := range s.Trusted {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func parseHAProxy(r Reactor, a *Args) (Server, error) {
	s := &HAProxyServer{}
	if v, ok := a.Keyword("trust"); ok {
		s.Trusted = prefixes(a, v)
	}
	switch v, ok := a.Keyword("untrusted"); {
	case !ok:
	case s.Trusted == nil:
		a.Fail("untrusted", "means nothing without trust", nil)
	case v == "pass":
		s.PassUntrusted = true
	case v != "refuse":
		a.Fail("untrusted", fmt.Sprintf("neither refuse nor pass: %q", v), nil)
	}
	if a.err != nil {
		return nil, a.err
	}
	inner, err := a.reg.nested(r, a, "trust", "untrusted")
	if err != nil {
		return nil, err
	}
	// The header comes first on the wire, so the wrapper goes below TLS.
	if t, ok := inner.(*TLSServer); ok {
		below := *t
		s.Inner = t.Inner
		below.Inner = s
		return &below, nil
	}
	s.Inner = inner
	return s, nil
}

// prefixes reads networks and addresses, separated by commas.
func prefixes(a *Args, list string) []netip.Prefix {
	out := []netip.Prefix{}
	for s := range strings.SplitSeq(list, ",") {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			var ip netip.Addr
			if ip, err = netip.ParseAddr(s); err == nil {
				p, err = ip.Prefix(ip.BitLen())
			}
		}
		if err != nil {
			a.Fail("trust", fmt.Sprintf("neither a network nor an address: %q", s), nil)
			return out
		}
		out = append(out, p.Masked())
	}
	return out
}
