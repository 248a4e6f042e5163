// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"cmp"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/client"
)

// Register adds the types ws: and wss: to the client descriptions that g knows. Either is followed by a URL's rest, "wss://example.com/chat", in which a = has to be written \=, or by host, port and path:
// "ws:example.com:port=8080:path=/chat". The argument protocols=a,b names the subprotocols. The protocol runs inside of binary messages: see [Endpoint]. doer returns what sends the handshake on a loop; nil means a client.Agent of
// the default configuration for each description.
func Register(g *endpoint.Registry, doer func(loop protocol.Loop) (client.Doer, error)) error {
	if doer == nil {
		doer = func(loop protocol.Loop) (client.Doer, error) { return client.New(loop, client.Config{}) }
	}
	for _, scheme := range []string{"ws", "wss"} {
		err := g.RegisterClient(scheme, func(r endpoint.Reactor, a *endpoint.Args) (endpoint.Client, error) {
			e := &Endpoint{URL: describedURL(scheme, a)}
			if names := a.Text("protocols", ""); names != "" {
				e.Config.Protocols = strings.Split(names, ",")
			}
			if err := a.Err(); err != nil {
				return nil, err
			}
			if _, err := parseURL(e.URL); err != nil {
				return nil, err
			}
			var err error
			e.Doer, err = doer(r)
			return e, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// describedURL returns the URL of a description.
func describedURL(scheme string, a *endpoint.Args) string {
	if rest := a.Positional(); len(rest) > 0 && strings.HasPrefix(rest[0], "//") {
		names := make([]string, len(rest))
		for i := range names {
			names[i] = "URL " + strconv.Itoa(i)
		}
		a.Order(names...)
		for i, name := range names {
			rest[i] = a.Text(name, "")
		}
		return scheme + ":" + strings.Join(rest, ":") // it was cut at its colons
	}
	a.Order("host", "port", "path")
	a.Require("host")
	u := url.URL{Scheme: scheme, Host: a.Text("host", "")}
	if port := a.Text("port", ""); port != "" {
		u.Host = net.JoinHostPort(strings.Trim(u.Host, "[]"), port)
	} else if strings.Contains(u.Host, ":") {
		u.Host = "[" + strings.Trim(u.Host, "[]") + "]"
	}
	path := cmp.Or(a.Text("path", ""), "/")
	return u.String() + path
}
