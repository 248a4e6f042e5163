// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// Proxies tells which peers are proxies of ours. What they say of the client is believed: [Request.ClientAddr], [Request.Secure], [Request.ClientHost] and the URLs made from
// them. What anybody else says is not. The zero Proxies believes nobody.
//
// The proxies have to set the fields themselves: one that only forwards X-Forwarded-Proto or X-Forwarded-Host lets clients choose it.
type Proxies struct {
	// Trusted holds the addresses of the proxies.
	Trusted []netip.Prefix
	// Unix trusts what connects to a UNIX socket.
	Unix bool
	// Forwarded reads Forwarded (RFC 7239); false means X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host. Never both: a proxy that knows one of them lets the
	// other one of a client pass.
	Forwarded bool
}

func (p *Proxies) trusts(a netip.Addr) bool {
	for _, prefix := range p.Trusted {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// client is what is known of the one who asks.
type client struct {
	addr   netip.Addr
	secure bool
	host   string
}

// client finds it out the first time.
func (r *Request) client() *client {
	m := r.extra()
	if m.client == nil {
		m.client = r.findClient()
	}
	return m.client
}

func (r *Request) findClient() *client {
	peer := protocol.FromNetAddr(r.RemoteAddr())
	c := &client{addr: peer.AddrPort().Addr().Unmap().WithZone(""), secure: r.TLS() != nil, host: r.Host}
	p := &r.s.server().config.Proxies
	switch {
	case c.addr.IsValid() && p.trusts(c.addr), !c.addr.IsValid() && p.Unix:
	default:
		return c
	}
	hops := xForwarded(&r.Header)
	if p.Forwarded {
		var ok bool
		if hops, ok = forwarded(&r.Header); !ok {
			c.addr = netip.Addr{}
			return c
		}
	}
	for _, h := range hops {
		c.addr = hopAddr(h.from)
		switch h.proto {
		case "http", "https":
			c.secure = h.proto == "https"
		}
		if h.host != "" && h1.ValidHost(h.host) {
			c.host = h.host
		}
		if !c.addr.IsValid() || !p.trusts(c.addr) {
			break // what stands further to the left was said by nobody we know
		}
	}
	return c
}

// A hop is what one proxy says of its client.
type hop struct{ from, proto, host string }

// xForwarded returns what X-Forwarded-For says, the last proxy first. The lists of protocols and hosts are aligned with it at their ends; a proxy that
// replaces its predecessor's value instead of adding to it makes them shorter.
func xForwarded(h *Header) []hop {
	from, proto, host := listOf(h, "X-Forwarded-For"), listOf(h, "X-Forwarded-Proto"), listOf(h, "X-Forwarded-Host")
	if len(from) == 0 && len(proto)+len(host) > 0 {
		return nil // there has to be somebody of whom it is said
	}
	at := func(list []string, i int) string {
		if len(list) == 0 {
			return ""
		}
		return list[max(len(list)-1-i, 0)]
	}
	hops := make([]hop, len(from))
	for i := range hops {
		hops[i] = hop{at(from, i), strings.ToLower(at(proto, i)), at(host, i)}
	}
	return hops
}

func listOf(h *Header, name string) (list []string) {
	for v := range h.Values(name) {
		for e := range strings.SplitSeq(v, ",") {
			list = append(list, strings.Trim(e, " \t"))
		}
	}
	return list
}

// hopAddr reads an address with or without a port, an IPv6 one with or without brackets. Anything else, such as "unknown" or "_hidden", is the zero Addr.
func hopAddr(s string) netip.Addr {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return a.Addr().Unmap().WithZone("")
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if i := strings.LastIndexByte(s, ':'); i > 0 && strings.IndexByte(s, ':') == i { // an IPv4 address with a port that is no number
		s = s[:i]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// ClientAddr returns the IP address of the client: the peer's, or, if that is one of Config.Proxies, the last address in the chain of proxies that is none
// of them. It is the zero Addr if it is not known: over UNIX sockets, and if a proxy hides it or sends nonsense. Twisted: getClientAddress.
func (r *Request) ClientAddr() netip.Addr { return r.client().addr }

// Secure reports whether the client used TLS, to us or to a trusted proxy. Twisted: isSecure.
func (r *Request) Secure() bool { return r.client().secure }

// ClientHost returns the host, with its port if that was given, which the client asked for: Host, or what a trusted proxy says that it was. Twisted: setHost.
func (r *Request) ClientHost() string { return r.client().host }

// Hostname returns ClientHost without port and brackets, or, if there is none, the local IP address. Twisted: getRequestHostname.
func (r *Request) Hostname() string {
	host := r.ClientHost()
	if host == "" {
		host = r.localHost()
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// localHost returns the local address as the host of a URL, or "localhost" if it is none of IP.
func (r *Request) localHost() string {
	a := protocol.FromNetAddr(r.LocalAddr()).AddrPort()
	switch {
	case !a.IsValid():
		return "localhost"
	case a.Addr().Is6():
		return "[" + a.Addr().WithZone("").String() + "]:" + strconv.Itoa(int(a.Port()))
	}
	return a.String()
}
