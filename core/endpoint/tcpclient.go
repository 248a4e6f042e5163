// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/core/resolver"
)

// TCPClient connects to the first address of a host; [Hostname] tries all of them. Its fields are immutable after start. Twisted: TCP4ClientEndpoint, TCP6ClientEndpoint.
//
// As a string: tcp:HOST:PORT, with timeout=SECONDS and bindAddress=IP.
type TCPClient struct {
	Reactor Reactor
	// Host is an IP address of either family, or a name.
	Host string
	// Port is the port, 0 to 65535.
	Port int
	// IPv6 looks a name up for IPv6 addresses only; false looks it up for IPv4 addresses only.
	IPv6 bool
	// Timeout bounds the attempt, without the lookup; 0 means protocol.ConnectTimeout.
	Timeout time.Duration
	// BindAddress is the local IP address, with or without a port; "" lets the system choose.
	BindAddress string
	// Resolver looks the name up; nil means that of the reactor.
	Resolver resolver.NameResolver
}

var _ Client = (*TCPClient)(nil)

// Connect looks the host up and connects.
func (c *TCPClient) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	where := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	local, err := bindAddress(c.BindAddress)
	if err != nil {
		return cannotConnect(c.Reactor, where, protocol.ErrConnectBind, err)
	}
	if err := checkPort(c.Port); err != nil {
		return cannotConnect(c.Reactor, where, protocol.ErrConnect, err)
	}
	opt := reactor.ConnectOptions{Timeout: c.Timeout, LocalAddr: local}
	if ip, err := netip.ParseAddr(c.Host); err == nil {
		return connecting(c.Reactor, netip.AddrPortFrom(ip, uint16(c.Port)).String(), f, opt)
	}
	q := resolver.Query{Name: c.Host, Port: uint16(c.Port), Family: resolver.IPv4}
	if c.IPv6 {
		q.Family = resolver.IPv6
	}
	return cancellable(where, deferred.ThenD(resolver.Addrs(c.Reactor, nameResolver(c.Resolver, c.Reactor), q), func(addrs []protocol.Addr) *deferred.Deferred[protocol.Protocol] {
		return connecting(c.Reactor, addrs[0].String(), f, opt)
	}))
}

func connecting(r Reactor, addr string, f protocol.Factory, opt reactor.ConnectOptions) *deferred.Deferred[protocol.Protocol] {
	return r.ConnectTCP(addr, f, opt).WhenConnected()
}

// cancellable gives the error of a cancelled Deferred the class that endpoints promise.
func cancellable(where string, d *deferred.Deferred[protocol.Protocol]) *deferred.Deferred[protocol.Protocol] {
	return d.AddErrback(func(err error) (protocol.Protocol, error) {
		if err == deferred.ErrCancelled {
			err = canceled(where, err)
		}
		return nil, err
	})
}

func canceled(where string, cause error) error {
	return &protocol.ConnectError{Class: protocol.ErrConnectingCanceled, Addr: where, Err: cause}
}

func cannotConnect(loop protocol.Loop, where string, class, cause error) *deferred.Deferred[protocol.Protocol] {
	return deferred.FailOn[protocol.Protocol](loop, &protocol.ConnectError{Class: class, Addr: where, Err: cause})
}

func checkPort(n int) error {
	if n < 0 || n > 65535 {
		return fmt.Errorf("port %d is not between 0 and 65535", n)
	}
	return nil
}

// bindAddress reads an IP address with or without a port, and returns it with one. "" stays "".
func bindAddress(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(ip, 0).String(), nil
	}
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return "", fmt.Errorf("local address %q is neither IP nor IP:port", s)
	}
	return ap.String(), nil
}

func parseTCPClient(r Reactor, a *Args) (Client, error) {
	orderHostPort(a)
	c := tcpClient(r, a)
	return c, a.Err()
}

// orderHostPort names up to two positional arguments: one alone is the port if the host is given by name, else the host.
func orderHostPort(a *Args) {
	if a.Has("host") {
		a.Order("port")
	} else {
		a.Order("host", "port")
	}
}

func tcpClient(r Reactor, a *Args) *TCPClient {
	a.Require("host", "port")
	return &TCPClient{
		Reactor:     r,
		Host:        a.Text("host", ""),
		Port:        a.Int("port", 0),
		Timeout:     timeout(a),
		BindAddress: a.Text("bindAddress", ""),
		Resolver:    a.reg.resolver(),
	}
}

// timeout takes the argument timeout, whole seconds.
func timeout(a *Args) time.Duration {
	const most = int(1 << 30) // seconds: fits a Duration
	n := a.Int("timeout", int(protocol.ConnectTimeout/time.Second))
	if n < 1 || n > most {
		a.Fail("timeout", fmt.Sprintf("not between 1 and %d seconds: %d", most, n), nil)
		return 0
	}
	return time.Duration(n) * time.Second
}
