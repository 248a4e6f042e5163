// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package socks

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/resolver"
)

// A Version is a version of the protocol.
type Version uint8

const (
	SOCKS5  Version = iota // RFC 1928
	SOCKS4                 // IPv4 addresses only: names are looked up here
	SOCKS4A                // version 4 with names
)

// String returns "SOCKS5", "SOCKS4" or "SOCKS4A".
func (v Version) String() string {
	return [...]string{"SOCKS5", "SOCKS4", "SOCKS4A"}[min(v, SOCKS4A)]
}

// A Client connects to a host through a SOCKS proxy. Its fields are immutable after start.
type Client struct {
	// Inner connects to the proxy.
	Inner endpoint.Client
	// Loop is that of Inner's connections. To look names up here it has to be an endpoint.Reactor, as each loop of a reactor is.
	Loop    protocol.Loop
	Version Version
	// Host is an IP address or a name, which may be an internationalised one.
	Host string
	// Port is 1 to 65535.
	Port int
	// Username and Password are the login: for SOCKS5 of 255 bytes each at most; "" for Username means none. The older versions have a user id only.
	Username, Password string
	// ResolveLocally looks names up here, and tries their addresses as endpoint.Hostname does, each on a connection of its own. By default the proxy does it, except for SOCKS4.
	ResolveLocally bool
	// Resolver is for ResolveLocally; nil means that of the reactor.
	Resolver resolver.NameResolver
	// Timeout bounds the proxy's answers, from the connection to it on; 0 means 10 s.
	Timeout time.Duration
}

var (
	_ endpoint.Client = (*Client)(nil)

	errNoReactor = errors.New("socks: the loop cannot look names up")
	errIPv4Only  = errors.New("socks: version 4 reaches IPv4 addresses only")
)

// Connect connects to the proxy and has it connect to the host. The protocol's RemoteAddr is the host; it is built, with that address, when the proxy has connected. The error
// is a *protocol.ConnectError whose cause is a [*ReplyError], [ErrLogin], [ErrMethod] or [ErrMalformed] where the proxy refused; several addresses that all failed give an
// *endpoint.AttemptsError. Loop only.
func (c *Client) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	where := protocol.HostnameAddr(c.Host, uint16(c.Port)).String()
	host, err := asciiHost(c.Host)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return c.cannot(where, err)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return c.connect(destination{ip: ip.Unmap(), port: uint16(c.Port)}, f)
	}
	if !c.ResolveLocally && c.Version != SOCKS4 {
		return c.connect(destination{name: host, port: uint16(c.Port)}, f)
	}
	r, ok := c.Loop.(endpoint.Reactor)
	if !ok {
		return c.cannot(where, errNoReactor)
	}
	h := &endpoint.Hostname{Reactor: r, Host: host, Port: c.Port, Resolver: c.Resolver, Attempt: func(a netip.AddrPort, f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
		return c.connect(destination{ip: a.Addr().Unmap(), port: a.Port()}, f)
	}}
	return h.Connect(f)
}

func (c *Client) cannot(where string, cause error) *deferred.Deferred[protocol.Protocol] {
	return deferred.FailOn[protocol.Protocol](c.Loop, &protocol.ConnectError{Class: protocol.ErrConnect, Addr: where, Err: cause})
}

// check tells what is wrong with the fields.
func (c *Client) check() error {
	switch {
	case c.Port < 1 || c.Port > 65535:
		return fmt.Errorf("socks: port %d is not between 1 and 65535", c.Port)
	case c.Version > SOCKS4A:
		return errors.New("socks: unknown version")
	case len(c.Username) > 255 || len(c.Password) > 255:
		return errors.New("socks: a user name or password of more than 255 bytes")
	case c.Username == "" && c.Password != "":
		return errors.New("socks: a password without a user name")
	case c.Version != SOCKS5 && c.Password != "":
		return errors.New("socks: version 4 has no passwords")
	case c.Version != SOCKS5 && strings.IndexByte(c.Username, 0) >= 0:
		return errors.New("socks: a user id with a NUL in it")
	}
	return nil
}

// connect opens a tunnel to one destination.
func (c *Client) connect(to destination, f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	addr := protocol.HostnameAddr(to.name, to.port)
	if to.ip.IsValid() {
		addr = protocol.TCPAddr(netip.AddrPortFrom(to.ip, to.port))
	}
	if c.Version != SOCKS5 && to.ip.Is6() {
		return c.cannot(addr.String(), errIPv4Only)
	}
	t := &endpoint.Tunnel{Inner: c.Inner, Loop: c.Loop, To: addr, Timeout: c.Timeout, Negotiate: func() endpoint.Negotiation {
		if c.Version == SOCKS5 {
			return &negotiation5{to: to, addr: addr, username: c.Username, password: c.Password}
		}
		return &negotiation4{to: to, addr: addr, user: c.Username, version: c.Version}
	}}
	return t.Connect(f)
}

// A destination is an IP address or a name, and a port.
type destination struct {
	ip   netip.Addr // invalid for a name
	name string     // ASCII, at most 255 bytes
	port uint16
}

// asciiHost returns an IP address as it is and a name in its ASCII form. Names that hold nothing but letters, digits, hyphens, dots and underscores are left to the proxy.
func asciiHost(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "", fmt.Errorf("socks: %q has a zone, which means nothing to a proxy", host)
		}
		return host, nil
	}
	plain := strings.Trim(host, ".") != ""
	for i := range len(host) {
		b := host[i]
		plain = plain && (b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || b == '-' || b == '.' || b == '_')
	}
	name := host
	if !plain {
		var err error
		if name, err = idna.Lookup.ToASCII(host); err != nil {
			return "", fmt.Errorf("socks: not a host name: %s: %w", strconv.Quote(host), err)
		}
	}
	if strings.Trim(name, ".") == "" || len(name) > 255 {
		return "", fmt.Errorf("socks: not a host name: %s", strconv.Quote(host))
	}
	return name, nil
}
