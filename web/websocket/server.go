// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package websocket

import (
	"cmp"
	"errors"

	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/ws"
)

// A Config holds what concerns servers only. Its zero value means the defaults that the fields name.
type Config struct {
	Options
	// Origins are the origins, as "https://app.example.com", of pages that may connect, besides those of the server itself; "*" stands for all of them. Others get 403. See [SameOrigin].
	Origins []string
	// CheckOrigin decides in place of Origins and SameOrigin. origin is "" for clients that send none, as programs do.
	CheckOrigin func(r *web.Request, origin string) bool
	// Connections is how many there may be at once; 0 means 100000. More get 503.
	Connections int
	// MaxHeld is how many bytes of messages that are half received the connections may hold together; 0 means 256 MiB, a negative value no bound. One that passes it is closed with 1013.
	MaxHeld int64
}

// A Server is a web.Resource that answers requests for a WebSocket, over HTTP/1.1 and HTTP/2 (RFC 8441). It may be put behind whatever wraps resources, as logins: the request is one like others until it is accepted.
// Its connections are closed with 1001 when the site drains or shuts down. Safe from any goroutine, but for what takes a Request.
type Server struct {
	config Config
	set    *settings
	accept func(r *web.Request) (Handler, error)
}

// NewServer returns a Server that calls accept for each request that is well-formed and allowed, for the Handler of the connection; what the Handler needs to know of r it has to take from it there. An error is answered
// instead, as by web.Later: a *web.Problem is sent as it is. With nil and nil, accept has answered r itself or will do so, if only by [Server.Upgrade].
func NewServer(accept func(r *web.Request) (Handler, error), config Config) *Server {
	config.Connections = cmp.Or(max(config.Connections, 0), 100000)
	s := &Server{config: config, set: newSettings(config.Options), accept: accept}
	s.set.maxHeld = max(cmp.Or(config.MaxHeld, 256<<20), 0)
	return s
}

// Render answers r.
func (s *Server) Render(r *web.Request) {
	o, ok := s.check(r)
	if !ok {
		s.set.stats.refused.Add(1)
		return
	}
	h, err := s.accept(r)
	if err != nil {
		s.set.stats.refused.Add(1)
		web.Returns(func(*web.Request) (any, error) { return nil, err }).Render(r)
		return
	}
	if h != nil {
		s.upgrade(r, o, h)
	}
}

// Upgrade accepts r, for h, in place of accept's return: for resources that have to wait for something first, and have called r.NotDoneYet. A request that is not one for a WebSocket, or not allowed, is answered here, with the
// error that is returned; it is finished then too. Loop only.
func (s *Server) Upgrade(r *web.Request, h Handler) error {
	o, ok := s.check(r)
	if !ok {
		s.set.stats.refused.Add(1)
		r.Finish()
		return web.ErrNotUpgradable
	}
	err := s.upgrade(r, o, h)
	if err != nil {
		r.Finish()
	}
	return err
}

// An offer is what a request asks for.
type offer struct {
	key        string // "" over HTTP/2
	protocols  []string
	extensions []ws.Extension
}

// check answers a request that cannot be accepted, and reports whether it can.
func (s *Server) check(r *web.Request) (o offer, ok bool) {
	if s.set.stats.open.Load() >= int64(s.config.Connections) {
		r.ResponseHeader().Set("Retry-After", "30")
		r.Error(503, "There are too many connections.")
		return o, false
	}
	var err error
	if connect := r.Method == "CONNECT"; connect && r.Protocol() == "websocket" {
		err = ws.CheckVersion(&r.Header)
	} else if r.Method != "GET" {
		r.ResponseHeader().Set("Allow", "GET")
		r.Error(405, "")
		return o, false
	} else if o.key, err = ws.CheckRequest(&r.Header); err == nil && r.Proto != "HTTP/1.1" {
		err = &ws.HandshakeError{Status: 426, Reason: "WebSocket begins with HTTP/1.1, or CONNECT in HTTP/2"}
	}
	if err == nil {
		o.protocols, err = ws.ParseProtocols(r.Header.Values("Sec-WebSocket-Protocol"))
	}
	if err == nil {
		o.extensions, err = ws.ParseExtensions(r.Header.Values("Sec-WebSocket-Extensions"))
	}
	if err != nil {
		refuse(r, err)
		return o, false
	}
	if !s.allowed(r) {
		s.set.stats.foreign.Add(1)
		r.Error(403, "This page may not connect from its origin.")
		return o, false
	}
	return o, true
}

// refuse answers a handshake that is not one.
func refuse(r *web.Request, err error) {
	e, ok := errors.AsType[*ws.HandshakeError](err)
	if !ok {
		e = &ws.HandshakeError{Status: 400, Reason: err.Error()}
	}
	r.Error(e.Status, e.Reason)
	if e.Status == 426 {
		r.ResponseHeader().Set("Sec-WebSocket-Version", ws.Version)
		if r.Proto == "HTTP/1.1" {
			r.ResponseHeader().Set("Upgrade", "websocket")
			r.ResponseHeader().Set("Connection", "Upgrade")
		}
	}
}

// upgrade accepts r.
func (s *Server) upgrade(r *web.Request, o offer, h Handler) error {
	name := ws.SelectProtocol(o.protocols, s.config.Protocols)
	var params *ws.Params
	head := r.ResponseHeader()
	if s.set.deflate != nil {
		var answer string
		if params, answer = s.set.deflate.Accept(o.extensions); params != nil {
			head.Set("Sec-WebSocket-Extensions", answer)
		}
	}
	if name != "" {
		head.Set("Sec-WebSocket-Protocol", name)
	}
	if o.key != "" {
		head.Set("Upgrade", "websocket")
		head.Set("Sec-WebSocket-Accept", ws.AcceptKey(o.key))
	}
	return r.Upgrade((*wire)(newConn(s.set, ws.Server, h, name, params)))
}

// Stats returns the counters.
func (s *Server) Stats() Stats { return s.set.stats.snapshot() }

var (
	_ web.Resource = (*Server)(nil)
	_ web.Drainer  = (*wire)(nil)
)
