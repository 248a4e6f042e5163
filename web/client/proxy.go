// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"fmt"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocols/socks"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// ThroughProxy returns what connects to a host through a proxy, of the scheme http or https (by CONNECT), socks5, socks5h, socks4 or socks4a; its user information is the login. inner
// connects to the proxy, with TLS if that is https. Names are looked up by the proxy, except for socks4. Config.Proxy does this for an Agent.
func ThroughProxy(loop protocol.Loop, proxy *url.URL, inner endpoint.Client, host string, port int) (endpoint.Client, error) {
	if _, err := proxyOrigin(proxy); err != nil {
		return nil, err
	}
	username, password := login(proxy)
	version := socks.SOCKS5
	switch proxy.Scheme {
	case "http", "https":
		return &ConnectClient{Inner: inner, Loop: loop, Host: host, Port: port, Username: username, Password: password}, nil
	case "socks4":
		version = socks.SOCKS4
	case "socks4a":
		version = socks.SOCKS4A
	}
	return &socks.Client{Inner: inner, Loop: loop, Version: version, Host: host, Port: port, Username: username, Password: password}, nil
}

func login(u *url.URL) (username, password string) {
	if u.User == nil {
		return "", ""
	}
	password, _ = u.User.Password()
	return u.User.Username(), password
}

// overHTTP reports whether a proxy speaks HTTP.
func overHTTP(proxy *url.URL) bool { return proxy.Scheme == "http" || proxy.Scheme == "https" }

// proxyOrigin returns where a proxy is, with the port that is usual for its scheme.
func proxyOrigin(u *url.URL) (origin, error) {
	usual := 1080
	switch u.Scheme {
	case "http":
		usual = 80
	case "https":
		usual = 443
	case "socks5", "socks5h", "socks4", "socks4a":
	default:
		return origin{}, fmt.Errorf("unsupported scheme %q of a proxy: use http, https, socks5, socks5h, socks4 or socks4a", u.Scheme)
	}
	port, err := strconv.Atoi(u.Port())
	if u.Port() == "" {
		port, err = usual, nil
	}
	if err != nil || port < 1 || port > 65535 || u.Opaque != "" || u.Path != "" && u.Path != "/" {
		return origin{}, errProxyURL
	}
	o, err := originOf(&url.URL{Scheme: "http", Host: u.Host})
	if err != nil || u.Hostname() == "" {
		return origin{}, errProxyURL
	}
	host, _ := o.split()
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	o.host = host + ":" + strconv.Itoa(port)
	o.secure = u.Scheme == "https"
	return o, nil
}

var errProxyURL = errors.New("the URL of the proxy is not of the form SCHEME://USER:PASSWORD@HOST:PORT")

// proxied returns what the connections of c are kept for when o is reached by that proxy, and whether its request names the whole URL. It may add to c.x.Fields.
//
// Requests for http go to an HTTP proxy as they are, and share its connections whatever their host. All else has a tunnel, which leads to one host: https, other kinds of proxies, and
// requests that will not be HTTP/1.1 for long.
func (a *Agent) proxied(c *call, proxy *url.URL, o origin) (via origin, absolute bool, err error) {
	if _, err := proxyOrigin(proxy); err != nil {
		return o, false, err
	}
	via = o
	via.proxy = (&url.URL{Scheme: proxy.Scheme, User: proxy.User, Host: proxy.Host}).String()
	if o.secure || !overHTTP(proxy) || c.req.Upgrade != "" || c.req.Method == "CONNECT" || a.all.cfg.HTTP2 == HTTP2PriorKnowledge {
		return via, false, nil
	}
	via.host = ""
	username, password := login(proxy)
	if strings.IndexByte(username, ':') >= 0 {
		return o, false, errConnectLogin
	}
	if login := basicLogin(username, password); login != "" && !c.req.Header.Has("Proxy-Authorization") {
		c.x.Fields = append(c.x.Fields, h1.Field{Name: "Proxy-Authorization", Value: login})
	}
	return via, true, nil
}

// proxyClient returns what connects to o by o.proxy, below the TLS of o; if o has no host, to the proxy itself.
func (a *Agent) proxyClient(o origin, trace *httptrace.ClientTrace) (endpoint.Client, error) {
	proxy, err := url.Parse(o.proxy)
	if err != nil {
		return nil, errProxyURL // err would tell the password
	}
	to, err := proxyOrigin(proxy)
	if err != nil {
		return nil, err
	}
	inner, err := a.direct(&url.URL{Scheme: proxy.Scheme, Host: to.host}, to, trace)
	if err != nil {
		return nil, err
	}
	if to.secure {
		name, _ := to.split()
		layer, err := a.all.tls.layer(name)
		if err != nil {
			return nil, err
		}
		inner = &endpoint.TLSClient{Inner: inner, Layer: layer, WaitHandshake: true}
	}
	if o.host == "" {
		return http1{inner}, nil
	}
	host, port := o.split()
	return ThroughProxy(a.loop, proxy, inner, host, port)
}

// http1 has a client offer HTTP/1.1 only: whole URLs are asked for in that.
type http1 struct{ endpoint.Client }

func (c http1) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	return c.Client.Connect(http1Factory{f})
}

type http1Factory struct{ protocol.Factory }

// Unwrap returns the factory.
func (f http1Factory) Unwrap() protocol.Factory { return f.Factory }

// AcceptableProtocols returns the ALPN name of HTTP/1.1.
func (http1Factory) AcceptableProtocols() []string { return []string{"http/1.1"} }
