// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A ForwardConfig says whom a [Forward] serves, and where it goes for them. The zero ForwardConfig serves clients on the machine itself.
type ForwardConfig struct {
	// Clients are the networks whose clients need no login; nil means the loopback networks. Clients without an address, on UNIX sockets and in memory, count as loopback.
	Clients []netip.Prefix
	// Users checks the login of all others, by Basic in Proxy-Authorization; nil refuses them with 403. Each request is checked: what is slow to check belongs behind a cache.
	Users cred.Checker[cred.UsernamePassword]
	// Realm is what clients are shown when they have to log in; "" means proxy.
	Realm string

	// ConnectPorts are the ports that CONNECT may go to; nil means 443.
	ConnectPorts []int
	// HTTPPorts are those for http URLs; nil means 80 and all from 1024 on, since the services below understand too much of HTTP's requests.
	HTTPPorts []int
	// Private are networks that clients on other machines may reach although they are loopback, link-local, private, multicast or otherwise not of the internet; nil means none.
	// Clients on this machine reach them always. Names are judged by the address that is connected to.
	Private []netip.Prefix

	// Parent is the proxy that everything goes through: its scheme is http, https, socks5, socks5h, socks4 or socks4a, its user information the login there. nil means none. To a parent over HTTP
	// requests for http URLs go as they are, all else by CONNECT. Destinations that are named by an address are judged as ever; names are for the parent to look up and to judge, but for
	// localhost.
	Parent *url.URL
	// ParentTLS is for a parent of the scheme https; nil means the authorities of the platform.
	ParentTLS *tls.Config

	// Next answers requests that are not for a proxy: those for a path. nil answers 400.
	Next web.Resource

	Name     string   // the pseudonym in Via, as in [ReverseConfig]
	MaxBody  int64    // bounds request bodies in bytes; 0 means the site's Limits.Body
	MaxHosts int      // destinations whose connections are kept, for each loop; 0 means 256
	Limits   Limits   // for each destination
	Timeouts Timeouts // of destinations
	// Dial connects to an address that was judged to be allowed; nil means by TCP, on the loop of the client's connection.
	Dial func(loop protocol.Loop, addr netip.AddrPort) endpoint.Client
	// Resolve makes the client that looks a name up and calls attempt for its addresses; nil means endpoint.Hostname.
	Resolve func(loop protocol.Loop, host string, port int, attempt Attempt) endpoint.Client
	// Logger hears of destinations that fail, at most ten times a second; nil means slog.Default().
	Logger *slog.Logger
}

func (c ForwardConfig) withDefaults() (ForwardConfig, error) {
	c.Realm = cmp.Or(c.Realm, "proxy")
	c.Name = cmp.Or(c.Name, pseudonym())
	c.MaxHosts = cmp.Or(max(c.MaxHosts, 0), 256)
	c.Timeouts = c.Timeouts.withDefaults()
	if c.Clients == nil {
		c.Clients = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if c.ConnectPorts == nil {
		c.ConnectPorts = []int{443}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	switch {
	case !h1.IsToken(c.Name):
		return c, fmt.Errorf("proxy: Name %q is not a token", c.Name)
	case !h1.IsFieldValue(c.Realm) || slices.ContainsFunc([]byte(c.Realm), func(b byte) bool { return b == '"' || b == '\\' }):
		return c, errors.New("proxy: Realm cannot be quoted")
	}
	return c, nil
}

// mayPort reports whether a port may be gone to.
func (c *ForwardConfig) mayPort(port int, connect bool) bool {
	switch {
	case port < 1 || port > 65535:
		return false
	case connect:
		return slices.Contains(c.ConnectPorts, port)
	case c.HTTPPorts != nil:
		return slices.Contains(c.HTTPPorts, port)
	}
	return port == 80 || port >= 1024
}

// mayAddr reports whether an address may be gone to. local tells that the client is on this machine.
func (c *ForwardConfig) mayAddr(a netip.Addr, local bool) bool {
	return local || public(a) || within(c.Private, a.Unmap())
}

// special are networks that are not of the internet and that netip has no word for (RFC 6890 and its registry).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("2001::/32"), netip.MustParsePrefix("::/96"), netip.MustParsePrefix("fec0::/10"),
}

// public reports whether a is an address of the internet. Those that carry an IPv4 address for a translator or a tunnel count as none.
func public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() && !within(special, a.WithZone(""))
}

// local reports whether r's client is on this machine.
func local(a netip.Addr) bool { return !a.IsValid() || a.IsLoopback() }
