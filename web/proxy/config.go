// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A ReverseConfig says what a [Reverse] is to do. Only Upstreams is needed.
type ReverseConfig struct {
	// Upstreams are descriptions of clients: tcp:10.0.0.7:8080, tls:app.example.org:443, unix:/run/app.sock. 64 at most.
	Upstreams []string
	// HTTP2 says when they are spoken to in HTTP/2; 0 means HTTP2Auto.
	HTTP2 HTTP2
	// Balance chooses among them; 0 means RoundRobin.
	Balance Balance
	// Health watches them.
	Health Health
	// Tries is how many upstreams, or times, a request is tried; 0 means 2. What an upstream may have acted on is not sent to another one, unless the method is idempotent and the
	// request has no body.
	Tries int

	// Path is put in place of the path that leads to the proxy; "" means /.
	Path string
	// Host is what upstreams are asked by; "" means the host and port of the description, localhost where it has none.
	Host string
	// PreserveHost hands on the client's Host instead.
	PreserveHost bool
	// DisableRedirects leaves Location and Content-Location as upstreams wrote them. By default what points to the upstream, or to paths below Path, is made to point to the proxy.
	DisableRedirects bool
	// RewriteCookies maps the Path of Set-Cookie likewise, and leaves its Domain out.
	RewriteCookies bool
	// Trusted are the networks of proxies in front of this one, whose X-Forwarded fields and Forwarded are added to. Those of others are replaced. nil means none.
	Trusted []netip.Prefix
	// Name is the pseudonym in Via by which loops are found: it must differ between the proxies of a chain. "" means one made by chance.
	Name string

	// MaxBody bounds request bodies in bytes; 0 means the site's Limits.Body.
	MaxBody  int64
	Limits   Limits
	Timeouts Timeouts

	// Registry has the types of endpoints; nil means the built-in ones.
	Registry *endpoint.Registry
	// Dial makes the client of a description on a loop; nil means by Registry.
	Dial func(loop protocol.Loop, description string) (endpoint.Client, error)
	// Logger hears of upstreams that fail, at most ten times a second; nil means slog.Default().
	Logger *slog.Logger
}

// Limits bounds connections to an upstream, and what it may send. They hold for each loop. Zero fields mean their defaults.
type Limits struct {
	Conns       int // connections to one upstream; 0 means 1024
	Idle        int // of them without a request; 0 means 64, below 0 none
	Waiting     int // requests that wait for a connection; 0 means 1024, below 0 none; beyond it 503
	StatusLine  int // bytes of the status line; 0 means 8192; beyond it, and the next three, 502
	HeaderLine  int // bytes of one header or trailer line; 0 means 8192
	Header      int // bytes of a whole header, and of the trailer; 0 means 65536
	HeaderLines int // 0 means 100
}

// Timeouts bounds how long an upstream may take. Zero fields mean their defaults. Beyond them the answer is 504.
type Timeouts struct {
	Connect  time.Duration // 0 means 10 s
	Wait     time.Duration // for a connection when Limits.Conns is reached; 0 means 10 s; beyond it 503
	Response time.Duration // from the request to the header of the response; 0 means 60 s
	Between  time.Duration // between two pieces of the response; 0 means 60 s
	Idle     time.Duration // that a connection is kept; 0 means 60 s
	Tunnel   time.Duration // without a byte in either direction after an upgrade or CONNECT; 0 means 1 h
}

func (t Timeouts) client(l Limits) exchange.Config {
	return exchange.Config{
		MaxConns: l.Conns, MaxIdle: l.Idle, MaxWaiting: l.Waiting,
		Connect: t.Connect, Wait: t.Wait, Response: t.Response, Between: t.Between, Idle: t.Idle,
		Limits: h1.Limits{RequestLine: l.StatusLine, Field: l.HeaderLine, Head: l.Header, Fields: l.HeaderLines},
	}
}

func (t Timeouts) withDefaults() Timeouts {
	t.Tunnel = cmp.Or(max(t.Tunnel, 0), time.Hour)
	t.Connect = cmp.Or(max(t.Connect, 0), 10*time.Second)
	return t
}

func (c ReverseConfig) withDefaults() (ReverseConfig, error) {
	c.Tries = cmp.Or(max(c.Tries, 0), 2)
	c.Timeouts = c.Timeouts.withDefaults()
	c.Health = c.Health.withDefaults()
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Name = cmp.Or(c.Name, pseudonym())
	switch {
	case len(c.Upstreams) == 0:
		return c, errors.New("proxy: no upstreams")
	case len(c.Upstreams) > 64:
		return c, errors.New("proxy: more than 64 upstreams")
	case c.Path != "" && (c.Path[0] != '/' || !h1.IsTarget(c.Path) || strings.IndexByte(c.Path, '?') >= 0):
		return c, fmt.Errorf("proxy: Path %q is not a path", c.Path)
	case c.Health.Path != "" && (c.Health.Path[0] != '/' || !h1.IsTarget(c.Health.Path)):
		return c, fmt.Errorf("proxy: Health.Path %q is not a path", c.Health.Path)
	case c.Host != "" && !h1.ValidHost(c.Host):
		return c, fmt.Errorf("proxy: Host %q is malformed", c.Host)
	case !h1.IsToken(c.Name):
		return c, fmt.Errorf("proxy: Name %q is not a token", c.Name)
	case c.HTTP2 > HTTP2PriorKnowledge:
		return c, errors.New("proxy: unknown HTTP2")
	case c.Balance > HashClient:
		return c, errors.New("proxy: unknown Balance")
	}
	return c, nil
}
