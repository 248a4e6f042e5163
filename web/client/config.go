// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"cmp"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Config says how an [Agent] sends. Zero fields mean their defaults. It is copied.
type Config struct {
	Pool     PoolLimits
	Timeouts Timeouts
	TLS      TLSPolicy // for https
	// Endpoint returns what connects to the host and port of u, below TLS; it is asked once for a scheme, host and port as long as they are in use. Loop only. nil, or what returns neither a client nor an error, means an
	// endpoint.Hostname: all addresses of the name, happy eyeballs, the resolver of the reactor. Twisted: usingEndpointFactory.
	Endpoint func(loop protocol.Loop, u *url.URL) (endpoint.Client, error)
	// BindAddress is the local IP address of connections that Endpoint does not make, with or without a port; "" lets the system choose.
	BindAddress string
	// Proxy returns the proxy for u, or nil for none: its scheme is http, https, socks5, socks5h or socks4a. nil means that there is none. Loop only.
	Proxy func(u *url.URL) (*url.URL, error)
	HTTP2 HTTP2
	// Limits bound the heads of responses, and chunks.
	Limits Limits
	// UserAgent is sent by requests that have no User-Agent; "" means "Torsion", "-" none.
	UserAgent string
	// Logger is told of what nobody else hears of; nil means slog.Default().
	Logger *slog.Logger
}

// PoolLimits bound the connections of an Agent on one loop. In all of them 0 means the default. Twisted: HTTPConnectionPool.
type PoolLimits struct {
	PerHost     int           // connections for one scheme, host and port, those in use included; 0 means 128
	Total       int           // connections for all; 0 means 1024
	Idle        time.Duration // that a connection is kept without a request; 0 means 60 s
	IdlePerHost int           // connections that are kept; 0 means 32, below 0 none: then each request asks for the end of its connection. Twisted: maxPersistentPerHost
	MaxWaiting  int           // requests to one host that wait for a connection; 0 means 1024, below 0 none; beyond it ErrBusy
}

// Limits bound what a server can make the client hold. Zero fields mean their defaults. Beyond them the request fails with PhaseHead, or PhaseResponse for trailers.
type Limits struct {
	StatusLine  int // bytes; 0 means 8192
	HeaderLine  int // bytes of a line of the header or the trailer; 0 means 16384
	Header      int // bytes of a whole head, and of a whole trailer; 0 means 262144
	HeaderLines int // lines of a header, and of a trailer; 0 means 256
	// Interim heads are 32 at most; chunks may carry as much framing as twice their data, and 16 KiB more.
}

// HTTP2 says when HTTP/2 is spoken.
type HTTP2 uint8

const (
	HTTP2Auto           HTTP2 = iota // for https, if the server chooses it by ALPN
	HTTP2Off                         // never
	HTTP2PriorKnowledge              // always, without asking, for http too
)

// String returns a word for it.
func (h HTTP2) String() string { return [...]string{"auto", "off", "prior knowledge"}[h] }

func (c Config) withDefaults() Config {
	c.Timeouts = c.Timeouts.withDefaults(Timeouts{Wait: 10 * time.Second, Connect: 30 * time.Second, Headers: time.Minute, Idle: time.Minute, Unread: 5 * time.Minute, Whole: -1})
	c.Pool.PerHost = cmp.Or(max(c.Pool.PerHost, 0), 128)
	c.Pool.Total = cmp.Or(max(c.Pool.Total, 0), 1024)
	c.Pool.Idle = cmp.Or(c.Pool.Idle, time.Minute)
	c.Pool.IdlePerHost = cmp.Or(c.Pool.IdlePerHost, 32)
	c.UserAgent = cmp.Or(c.UserAgent, "Torsion")
	c.Limits.HeaderLine = cmp.Or(max(c.Limits.HeaderLine, 0), 16384)
	c.Limits.Header = cmp.Or(max(c.Limits.Header, 0), 262144)
	c.Limits.HeaderLines = cmp.Or(max(c.Limits.HeaderLines, 0), 256)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

func (t Timeouts) withDefaults(d Timeouts) Timeouts {
	return Timeouts{
		Wait: cmp.Or(t.Wait, d.Wait), Connect: cmp.Or(t.Connect, d.Connect), Headers: cmp.Or(t.Headers, d.Headers), Idle: cmp.Or(t.Idle, d.Idle), Unread: cmp.Or(t.Unread, d.Unread), Whole: cmp.Or(t.Whole, d.Whole),
	}
}

// check reports what is wrong with c.
func (c *Config) check() error {
	if c.HTTP2 > HTTP2PriorKnowledge {
		return errors.New("client: Config.HTTP2 has no such value")
	}
	if !h1.IsFieldValue(c.UserAgent) {
		return errors.New("client: Config.UserAgent cannot be sent")
	}
	return nil
}

// connectTimeout is that of one attempt: the whole bounds all of them.
func connectTimeout(d time.Duration) time.Duration { return max(d, 0) }

func (t Timeouts) times() exchange.Times {
	return exchange.Times{Wait: t.Wait, Connect: t.Connect, Response: t.Headers, Between: t.Idle, Unread: t.Unread}
}

// exchange returns the configuration of a pool.
func (c *Config) exchange(g *exchange.Group, secure bool) exchange.Config {
	http2 := exchange.HTTP2Off
	switch {
	case c.HTTP2 == HTTP2PriorKnowledge:
		http2 = exchange.HTTP2Only
	case c.HTTP2 == HTTP2Auto && secure:
		http2 = exchange.HTTP2Auto
	}
	return exchange.Config{
		Group: g, HTTP2: http2,
		MaxConns: c.Pool.PerHost, MaxIdle: c.Pool.IdlePerHost, MaxWaiting: c.Pool.MaxWaiting, Idle: c.Pool.Idle,
		Limits: h1.Limits{RequestLine: c.Limits.StatusLine, Field: c.Limits.HeaderLine, Head: c.Limits.Header, Fields: c.Limits.HeaderLines},
	}
}
