// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/resolver"
)

// AttemptDelay is the default of Hostname.AttemptDelay.
const AttemptDelay = 300 * time.Millisecond

// Hostname connects to a host by all of its addresses ("happy eyeballs", RFC 8305): it starts an attempt for each in turn, AttemptDelay apart, or at once when the
// one before has failed, and takes the first that succeeds. Its fields are immutable after start. Twisted: HostnameEndpoint.
//
// The order is the resolver's, except that the families take turns, beginning with that of the first address (section 4). If all fail the error is an
// *[AttemptsError]; if there are no addresses it is a *protocol.ConnectError of class protocol.ErrDNSLookup.
//
// As a string: host:HOST:PORT, with timeout=SECONDS, bindAddress=IP and attemptDelay=MILLISECONDS.
type Hostname struct {
	Reactor Reactor
	// Host is a name, which may be an internationalised one (IDNA 2008, non-transitional), or an IP address.
	Host string
	// Port is the port, 0 to 65535.
	Port int
	// Timeout bounds each attempt; 0 means protocol.ConnectTimeout.
	Timeout time.Duration
	// AttemptDelay is how long an attempt may take before the next one is started beside it; 0 means the constant AttemptDelay.
	AttemptDelay time.Duration
	// BindAddress is the local IP address, with or without a port; "" lets the system choose. Addresses of the other family are not tried.
	BindAddress string
	// Resolver looks the name up; nil means that of the reactor.
	Resolver resolver.NameResolver
	// Attempt makes one attempt; nil means by TCP, on Reactor. It is for connections that are made in another way, and for tests. A cancelled attempt
	// must not connect any more.
	Attempt func(addr netip.AddrPort, f protocol.Factory) *deferred.Deferred[protocol.Protocol]
}

var _ Client = (*Hostname)(nil)

// Connect looks the host up and connects.
func (h *Hostname) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	where := net.JoinHostPort(h.Host, strconv.Itoa(h.Port))
	name, err := asciiHost(h.Host)
	if err != nil {
		return cannotConnect(h.Reactor, where, protocol.ErrUnknownHost, err)
	}
	if err := checkPort(h.Port); err != nil {
		return cannotConnect(h.Reactor, where, protocol.ErrConnect, err)
	}
	local, err := bindAddress(h.BindAddress)
	if err != nil {
		return cannotConnect(h.Reactor, where, protocol.ErrConnectBind, err)
	}
	q := resolver.Query{Name: name, Port: uint16(h.Port), Family: familyOf(local)}
	found := resolver.Addrs(h.Reactor, nameResolver(h.Resolver, h.Reactor), q)
	return cancellable(where, deferred.ThenD(found, func(addrs []protocol.Addr) *deferred.Deferred[protocol.Protocol] {
		r := &race{loop: h.Reactor, where: where, delay: h.AttemptDelay, attempt: h.Attempt, factory: f, addrs: interleave(addrs)}
		if len(r.addrs) == 0 { // what was found has no IP address
			return deferred.FailOn[protocol.Protocol](h.Reactor, resolver.LookupError(h.Host, nil))
		}
		if r.delay <= 0 {
			r.delay = AttemptDelay
		}
		if r.attempt == nil {
			opt := reactor.ConnectOptions{Timeout: h.Timeout, LocalAddr: local}
			r.attempt = func(addr netip.AddrPort, f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
				return connecting(h.Reactor, addr.String(), f, opt)
			}
		}
		return r.start()
	}))
}

// familyOf returns the family that a local address can connect to.
func familyOf(local string) resolver.Family {
	ap, err := netip.ParseAddrPort(local)
	switch {
	case err != nil:
		return resolver.Any
	case ap.Addr().Unmap().Is4():
		return resolver.IPv4
	}
	return resolver.IPv6
}

// asciiHost returns an IP address as it is and a name in its ASCII form.
func asciiHost(host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	return asciiName(host)
}

// asciiName returns a host name in its ASCII form: IDNA 2008 with the mapping for lookups of UTS 46, non-transitional.
func asciiName(host string) (string, error) {
	name, err := idna.Lookup.ToASCII(host)
	if err == nil && strings.Trim(name, ".") == "" {
		err = errors.New("empty")
	}
	if err == nil && len(name) > 254 {
		err = errors.New("longer than 253 bytes")
	}
	if err != nil {
		return "", fmt.Errorf("not a valid internationalised host name: %q: %w", host, err)
	}
	return name, nil
}

// interleave lets the families take turns, beginning with that of the first address, keeps the order otherwise, and drops repetitions.
func interleave(addrs []protocol.Addr) []netip.AddrPort {
	var queues [2][]netip.AddrPort // those like the first, the others
	seen := map[netip.AddrPort]bool{}
	for _, a := range addrs {
		ap := a.AddrPort()
		if seen[ap] || !ap.IsValid() {
			continue
		}
		seen[ap] = true
		other := 0
		if len(queues[0]) > 0 && ap.Addr().Is4() != queues[0][0].Addr().Is4() {
			other = 1
		}
		queues[other] = append(queues[other], ap)
	}
	var out []netip.AddrPort
	for turn := 0; len(queues[0])+len(queues[1]) > 0; turn ^= 1 {
		if q := queues[turn]; len(q) > 0 {
			out = append(out, q[0])
			queues[turn] = q[1:]
		}
	}
	return out
}

func parseHostname(r Reactor, a *Args) (Client, error) {
	orderHostPort(a)
	a.Require("host", "port")
	c := &Hostname{
		Reactor:      r,
		Host:         a.Text("host", ""),
		Port:         a.Int("port", 0),
		Timeout:      timeout(a),
		AttemptDelay: attemptDelay(a),
		BindAddress:  a.Text("bindAddress", ""),
		Resolver:     a.reg.resolver(),
	}
	if a.Has("host") && a.err == nil {
		if _, err := asciiHost(c.Host); err != nil {
			a.Fail("host", err.Error(), nil)
		}
	}
	return c, a.Err()
}

func attemptDelay(a *Args) time.Duration {
	const most = 60_000
	n := a.Int("attemptDelay", int(AttemptDelay/time.Millisecond))
	if n < 1 || n > most {
		a.Fail("attemptDelay", fmt.Sprintf("not between 1 and %d milliseconds: %d", most, n), nil)
	}
	return time.Duration(n) * time.Millisecond
}
