// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/h1"
	"github.com/torsion-go/torsion/web/internal/h2"
)

// A Config holds the options of a [Site]. Its zero value means the defaults that the fields name.
type Config struct {
	// Server is the value of the Server header; "" means Torsion, "-" that the header is left out.
	Server string
	// ContentType is the type of responses that have a body and name none; "" means text/html; charset=utf-8.
	ContentType string
	// Logger is told of panics, refused requests and limits that struck; nil means slog.Default.
	Logger *slog.Logger
	// AccessLog is told of each finished request; nil means no access log.
	AccessLog AccessLog
	// DisplayTracebacks shows clients the errors and stacks behind a 500. They may hold secrets: it is for development.
	DisplayTracebacks bool
	// Proxies tells which peers are believed to speak for a client; the zero Proxies means nobody.
	Proxies Proxies
	// Limits bounds what clients can make the server hold.
	Limits Limits
	// Timeouts bounds how long clients can hold the server.
	Timeouts Timeouts
	// ReuseRequests has a connection use the memory of a Request again for the next one, over HTTP/1, so that a simple answer allocates nothing. The rule is then that neither a
	// resource nor anything that it has called touches a Request, or what it got from one other than strings, after the response has ended and Render has returned. Requests whose
	// body was read, or of which a Deferred, a context, a notification or the like was asked, are not used again. An idle connection keeps a Request, half a KiB. In a program built with the race
	// detector nothing is used again, and methods of a Request that is over panic.
	ReuseRequests bool
	// HTTP2 holds what concerns HTTP/2 only.
	HTTP2 HTTP2
}

// Limits bounds what a client can make the server hold. Zero fields mean their defaults. Connections are bounded where they are accepted, in all and of one address: by
// package policy, or in the description of the endpoint, as in "limit:conns=10000:perpeer=100:tcp:8080".
type Limits struct {
	RequestLine int   // bytes of the request line; 0 means 8192; beyond it 414
	HeaderLine  int   // bytes of one header or trailer line; 0 means 8192; beyond it 431
	Header      int   // bytes of request line and header, and of the trailer; 0 means 65536; beyond it 431
	HeaderLines int   // 0 means 100; beyond it 431
	ChunkLine   int   // bytes of one chunk-size line with its extensions; 0 means 1024; beyond it 400
	ChunkExcess int   // bytes of chunk framing beyond 16 a chunk and twice its data; 0 means 16384; beyond it 400
	Body        int64 // bytes of a request body that is read; 0 means 16 MiB; beyond it 413; see also Request.SetMaxBody
	Drain       int64 // bytes of a request body that is not read but skipped to keep the connection; 0 means 256 KiB; beyond it the connection closes
	ReadAhead   int   // bytes read beyond a request that is being answered, give or take one read: all that pipelining can pile up; 0 means 16384
	// Queue is how many bytes of responses may wait for a client that does not read; 0 means 16 MiB. Beyond it the connection is aborted, or over HTTP/2, if its windows are
	// what they wait for, the response that is written to.
	Queue    int
	Requests int // requests on one connection, which closes after them; 0 means 100000
	Params   int // parameters of a query; 0 means 1000; the others are dropped
}

// Timeouts bounds how long a client can hold the server. Zero fields mean their defaults; negative times mean no limit.
type Timeouts struct {
	// Header is for a whole header, from its first byte or the connection on, and over HTTP/2 for the acknowledgement of the settings; 0 means 20 s.
	Header    time.Duration
	KeepAlive time.Duration // between requests; 0 means 75 s
	// Body is how long a client may send its body more slowly than BodyRate before the connection is cut; 0 means 20 s.
	Body time.Duration
	// BodyRate is the least rate of a request body in bytes a second, while the server is reading it; 0 means 500.
	BodyRate int
	Write    time.Duration // without any byte of the response being taken by the client; 0 means 60 s
	Abort    time.Duration // for the end of a connection that was told to close; 0 means 15 s
	// Drain is how long an idle connection stays open when the site drains: a request that is on its way then is answered. 0 means 1 s, a negative value
	// closes at once.
	Drain time.Duration
}

func (l Limits) withDefaults() Limits {
	l.Body = cmp.Or(max(l.Body, 0), 16<<20)
	l.Drain = cmp.Or(max(l.Drain, 0), 256<<10)
	l.ReadAhead = cmp.Or(max(l.ReadAhead, 0), 16384)
	l.Requests = cmp.Or(max(l.Requests, 0), 100000)
	l.Queue = max(l.Queue, 0) // the transport's own default is that
	l.Params = cmp.Or(max(l.Params, 0), 1000)
	return l
}

func (l Limits) h1() h1.Limits {
	return h1.Limits{
		RequestLine: l.RequestLine, Field: l.HeaderLine, Head: l.Header, Fields: l.HeaderLines,
		ChunkLine: l.ChunkLine, ChunkExcess: l.ChunkExcess,
	}.WithDefaults()
}

func (t Timeouts) withDefaults() Timeouts {
	t.Header = cmp.Or(t.Header, 20*time.Second)
	t.KeepAlive = cmp.Or(t.KeepAlive, 75*time.Second)
	t.Body = cmp.Or(t.Body, 20*time.Second)
	t.BodyRate = cmp.Or(max(t.BodyRate, 0), 500)
	t.Write = cmp.Or(t.Write, 60*time.Second)
	t.Abort = cmp.Or(t.Abort, 15*time.Second)
	t.Drain = cmp.Or(t.Drain, time.Second)
	return t
}

// A Site serves a tree of resources to HTTP/1.0, HTTP/1.1 and HTTP/2 clients. It is a protocol.Factory, for any stream endpoint and for several at once, on any number of loops.
// All its methods are safe from any goroutine. Twisted: server.Site.
type Site struct {
	root    Resource // immutable, like the next four
	config  Config
	limits  h1.Limits
	limits2 h2.Limits
	log     *slog.Logger

	stamped  atomic.Pointer[stampText]
	draining atomic.Bool
	stats    counters
	reported atomic.Int64 // the second in which a refusal was last logged
	lines    lines

	mu    sync.Mutex
	conns map[*conn]struct{} // guarded by mu
	empty chan struct{}      // guarded by mu; closed when conns is empty, made by Shutdown
}

// NewSite returns a Site that serves root, or [Demo] if that is nil, with a copy of config.
func NewSite(root Resource, config Config) *Site {
	config.Limits, config.Timeouts = config.Limits.withDefaults(), config.Timeouts.withDefaults()
	config.HTTP2 = config.HTTP2.withDefaults()
	config.Server = cmp.Or(config.Server, "Torsion")
	config.ContentType = cmp.Or(config.ContentType, "text/html; charset=utf-8")
	if !h1.IsFieldValue(config.Server) || !h1.IsFieldValue(config.ContentType) {
		panic("web: NewSite: a header value of the configuration has control characters")
	}
	if config.HTTP2.Disabled && config.HTTP2.Only {
		panic("web: NewSite: HTTP2.Disabled and HTTP2.Only leave nothing to serve")
	}
	if root == nil {
		root = Demo
	}
	config.Proxies.Trusted = slices.Clone(config.Proxies.Trusted)
	s := &Site{root: root, config: config, limits: config.Limits.h1(), log: config.Logger, conns: make(map[*conn]struct{})}
	s.limits2 = config.HTTP2.limits(s.limits, config.Limits.Drain)
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// BuildProtocol returns the protocol of one connection.
func (s *Site) BuildProtocol(net.Addr) (protocol.Protocol, error) { return newConn(s), nil }

// AcceptableProtocols returns the ALPN names that the site speaks, HTTP/2 first.
func (s *Site) AcceptableProtocols() []string {
	switch {
	case s.config.HTTP2.Disabled:
		return []string{"http/1.1"}
	case s.config.HTTP2.Only:
		return []string{"h2"}
	}
	return []string{"h2", "http/1.1"}
}

// StartFactory ends an earlier Drain.
func (s *Site) StartFactory() { s.draining.Store(false) }

// StopFactory calls Drain: the last port has closed.
func (s *Site) StopFactory() { s.Drain() }

// Drain gives each connection one more answer, with Connection: close: to the request that is being answered, or to one that comes within Timeouts.Drain. Then it is closed. New
// connections get one answer too. A client that has sent a request meanwhile is not reset, so that nothing is lost when another process takes the ports over. It does not
// wait.
func (s *Site) Drain() {
	s.draining.Store(true)
	for _, c := range s.snapshot() {
		c.loop.CallFromThread(c.drain)
	}
}

func (s *Site) snapshot() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	return conns
}

// Shutdown calls Drain and waits until no connection is left. When ctx ends before, the remaining connections are aborted and the cause is returned. Close the ports
// first. It must not be called on a loop.
func (s *Site) Shutdown(ctx context.Context) error {
	s.Drain()
	s.mu.Lock()
	if len(s.conns) == 0 {
		s.mu.Unlock()
		return nil
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	empty := s.empty
	s.mu.Unlock()
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
	}
	for _, c := range s.snapshot() {
		c.loop.CallFromThread(func() {
			if !c.lost && (c.taken == nil || c.taken.drainer != nil) {
				c.t.AbortConnection()
			}
		})
	}
	return context.Cause(ctx)
}

func (s *Site) add(c *conn) {
	s.stats.connections.Add(1)
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
}

func (s *Site) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if len(s.conns) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// render finds the resource and has it answer.
func (s *Site) render(r *Request) {
	switch {
	case r.Path == "*" && r.Method == "OPTIONS":
		r.ResponseHeader().Set("Content-Length", "0")
	case r.Path == "*":
		r.ResponseHeader().Set("Allow", "OPTIONS")
		r.Error(405, "")
	default:
		Dispatch(s.root, r)
	}
}

// Stats counts what a site has done since it was made.
type Stats struct {
	Connections int64 // accepted
	Open        int64 // connections at this moment
	Requests    int64 // that reached a resource
	Refused     int64 // requests, and HTTP/2 connections, refused because of their form or a limit
	TimedOut    int64 // connections cut because a time limit had passed
	Panics      int64 // in resources
	Upgraded    int64 // connections that another protocol took over
	Overflowed  int64 // connections aborted, and HTTP/2 responses, because Limits.Queue or HTTP2.ControlQueue was passed
}

type counters struct{ connections, requests, refused, timedOut, panics, upgraded, overflowed atomic.Int64 }

// Stats returns the counters.
func (s *Site) Stats() Stats {
	s.mu.Lock()
	open := len(s.conns)
	s.mu.Unlock()
	return Stats{
		Connections: s.stats.connections.Load(), Open: int64(open), Requests: s.stats.requests.Load(),
		Refused: s.stats.refused.Load(), TimedOut: s.stats.timedOut.Load(), Panics: s.stats.panics.Load(),
		Upgraded: s.stats.upgraded.Load(), Overflowed: s.stats.overflowed.Load(),
	}
}

// A stampText is the Server and Date header lines of one second.
type stampText struct {
	second int64
	lines  string
}

// stamp returns the Server line, unless the site leaves it out, and the Date line. They are made once a second and shared by all loops.
func (s *Site) stamp(now time.Time) string {
	sec := now.Unix()
	d := s.stamped.Load()
	if d == nil || d.second != sec {
		var b []byte
		if s.config.Server != "-" {
			b = h1.AppendField(b, "Server", s.config.Server)
		}
		d = &stampText{sec, string(h1.AppendDateField(b, now))}
		s.stamped.Store(d)
	}
	return d.lines
}

var (
	_ protocol.Factory     = (*Site)(nil)
	_ protocol.ALPNFactory = (*Site)(nil)
	_ protocol.Starter     = (*Site)(nil)
	_ protocol.Stopper     = (*Site)(nil)
)
