// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"net"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// An origin is what connections are kept for: RFC 9110 section 4.3.1, and the way there.
type origin struct {
	secure bool
	host   string // in lower case and ASCII, IPv6 in brackets; with the port unless that is the default
	proxy  string // the URL of the proxy, or ""
}

// originOf returns the origin of u, which is checked.
func originOf(u *url.URL) (origin, error) {
	o := origin{secure: u.Scheme == "https", host: u.Host}
	if !o.secure && u.Scheme != "http" {
		return o, &UnsupportedSchemeError{u.Scheme}
	}
	if usualHost(u.Host) {
		return o, checkHost(o.host)
	}
	host, port := u.Hostname(), u.Port()
	for i := range len(host) {
		if host[i] >= 0x80 {
			name, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return o, errHost
			}
			host = name
			break
		}
	}
	host = strings.ToLower(host)
	if strings.IndexByte(host, ':') >= 0 {
		if i := strings.IndexByte(host, '%'); i >= 0 {
			return o, errZone
		}
		host = "[" + host + "]"
	}
	usual := "80"
	if o.secure {
		usual = "443"
	}
	if o.host = host; port != "" && port != usual {
		o.host = host + ":" + port
	}
	return o, checkHost(o.host)
}

// usualHost reports whether host is in its usual form, as far as that is seen at a glance.
func usualHost(host string) bool {
	for i := range len(host) {
		switch b := host[i]; {
		case b == ':':
			port := host[i+1:]
			return usualPort(port) && port != "80" && port != "443"
		case b >= 0x80, b == '[', 'A' <= b && b <= 'Z':
			return false
		}
	}
	return true
}

func usualPort(port string) bool {
	for i := range len(port) {
		if port[i] < '0' || port[i] > '9' {
			return false
		}
	}
	return port != ""
}

func checkHost(host string) error {
	if !h1.ValidHost(host) {
		return errHost
	}
	return nil
}

var (
	errHost = errors.New("the URL has no valid host")
	errZone = errors.New("the URL has a host with a zone: name an endpoint by Config.Endpoint")
	errURL  = errors.New("no URL")
)

// An UnsupportedSchemeError is the end of a request to a URL that is neither http nor https. Twisted: SchemeNotSupported.
type UnsupportedSchemeError struct{ Scheme string }

// Error tells the scheme.
func (e *UnsupportedSchemeError) Error() string {
	return "unsupported scheme " + strconv.Quote(e.Scheme) + ": use http or https"
}

// split returns host, without brackets, and port.
func (o origin) split() (host string, port int) {
	host, port = o.host, 80
	if o.secure {
		port = 443
	}
	if h, p, err := net.SplitHostPort(o.host); err == nil {
		host = h
		port, _ = strconv.Atoi(p)
	}
	return strings.Trim(host, "[]"), port
}

// authority returns host:port, always with a port.
func (o origin) authority() string {
	host, port := o.split()
	return net.JoinHostPort(host, strconv.Itoa(port))
}

// prepare checks the request of c, makes its exchange, and returns the pool that it goes to.
func (a *Agent) prepare(c *call) (*exchange.Pool, error) {
	r, cfg := c.req, &a.all.cfg
	if a.all.closed.Load() {
		return nil, ErrClosed
	}
	if r.URL == nil {
		return nil, errURL
	}
	o, err := originOf(r.URL)
	if err != nil {
		return nil, err
	}
	via, absolute := o, false
	if cfg.Proxy != nil {
		proxy, err := cfg.Proxy(r.URL)
		if err != nil {
			return nil, err
		}
		if proxy != nil {
			if via, absolute, err = a.proxied(c, proxy, o); err != nil {
				return nil, err
			}
		}
	}
	if err := c.frame(o, absolute); err != nil {
		return nil, err
	}
	c.traceGetConn(via)
	return a.pool(c, via)
}

// endpoint returns what connects to o, with TLS where it belongs. trace, unless it is nil, is told of names and addresses.
func (a *Agent) endpoint(u *url.URL, o origin, trace *httptrace.ClientTrace) (endpoint.Client, error) {
	var inner endpoint.Client
	var err error
	if o.proxy != "" {
		inner, err = a.proxyClient(o, trace)
	} else {
		inner, err = a.direct(u, o, trace)
	}
	if err != nil || !o.secure {
		return inner, err
	}
	host, _ := o.split()
	layer, err := a.all.tls.layer(host)
	if err != nil {
		return nil, err
	}
	return &endpoint.TLSClient{Inner: inner, Layer: layer, WaitHandshake: true}, nil
}

// direct returns what connects to the host and port of o.
func (a *Agent) direct(u *url.URL, o origin, trace *httptrace.ClientTrace) (endpoint.Client, error) {
	cfg := &a.all.cfg
	if cfg.Endpoint != nil {
		if e, err := cfg.Endpoint(a.loop, u); e != nil || err != nil {
			return e, err
		}
	}
	r, ok := a.loop.(endpoint.Reactor)
	if !ok {
		return nil, errLoop
	}
	host, port := o.split()
	h := &endpoint.Hostname{Reactor: r, Host: host, Port: port, BindAddress: cfg.BindAddress, Timeout: connectTimeout(cfg.Timeouts.Connect)}
	if trace != nil {
		traceConnect(h, trace)
	}
	return h, nil
}

var errLoop = errors.New("this loop is no reactor, which could connect: set Config.Endpoint")
