// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"net/url"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// This file makes the exchange of a call.

// frame makes the exchange of c.
func (c *call) frame(o origin, absolute bool) error {
	r, cfg := c.req, &c.a.all.cfg
	if err := r.Header.Err(); err != nil {
		return err
	}
	x := &c.x
	x.Handler = c
	if x.Method = r.Method; x.Method == "" {
		x.Method = "GET"
	}
	if x.Host = r.Host; x.Host == "" {
		x.Host = o.host
	}
	switch u := r.URL; {
	case x.Method == "CONNECT":
		x.Target = o.authority()
	case absolute:
		x.Target = "http://" + o.host + target(u)
	default:
		x.Target = target(u)
	}
	x.Trace = r.Trace
	x.Request.Upgrade, x.Close, x.Trailers, x.HTTP1 = r.Upgrade, r.Close || cfg.Pool.IdlePerHost < 0, true, r.HTTP1
	x.Times = r.Timeouts.withDefaults(cfg.Timeouts).times()
	agent := cfg.UserAgent == "-"
	fields := c.fields[:0]
	if n := len(x.Fields) + r.Header.Len() + 1; n > len(c.fields) {
		fields = make([]h1.Field, 0, n)
	}
	fields = append(fields, x.Fields...)
	for k, v := range r.Header.All() {
		if !absolute && len(k) == 19 && h1.EqualFold(k, "Proxy-Authorization") {
			continue // it is not for the server
		}
		if len(k) == 10 && h1.EqualFold(k, "User-Agent") {
			if agent = true; v == "" {
				continue
			}
		}
		fields = append(fields, h1.Field{Name: k, Value: v})
	}
	if !agent {
		fields = append(fields, h1.Field{Name: "User-Agent", Value: cfg.UserAgent})
	}
	x.Fields = fields
	if err := x.Check(); err != nil {
		return err
	}
	return c.frameBody()
}

// target returns the origin form of u, which is never empty.
func target(u *url.URL) string {
	if u.Opaque != "" {
		return u.RequestURI()
	}
	path := u.EscapedPath()
	if path == "" || path[0] != '/' && path != "*" {
		path = "/" + path
	}
	if u.RawQuery != "" || u.ForceQuery {
		return path + "?" + u.RawQuery
	}
	return path
}

func (c *call) send(pool *exchange.Pool) {
	c.pool = pool
	if limit := c.req.Timeouts.withDefaults(c.a.all.cfg.Timeouts).Whole; limit > 0 {
		c.whole = c.a.loop.CallLater(limit, func() { c.abort(errWhole) })
	}
	if c.up != nil {
		c.x.RegisterProducer(c.up, protocol.PushProducer) // which is resumed when there is a connection
	}
	pool.Do(&c.x)
}
