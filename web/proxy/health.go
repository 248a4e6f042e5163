// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package proxy

import (
	"cmp"
	"time"

	"github.com/torsion-go/torsion/web/internal/exchange"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A Health tells how upstreams are watched. What requests find out counts always: see MaxFails.
type Health struct {
	// Path is asked for, with its query, on every upstream in turns; "" makes no such checks. An upstream is well if it answers with a status below 400.
	Path     string
	Interval time.Duration // between two checks of an upstream; 0 means 5 s
	Timeout  time.Duration // for one; 0 means 5 s
	Rise     int           // good answers in a row after which an upstream is asked again; 0 means 2
	Fall     int           // bad ones after which it is not; 0 means 3

	// MaxFails is how many requests in a row an upstream may fail, by its connection or its time, before it is left alone for FailTime; 0 means 3, below 0 means that it never
	// is.
	MaxFails int
	FailTime time.Duration // 0 means 10 s
}

func (h Health) withDefaults() Health {
	h.Interval = cmp.Or(max(h.Interval, 0), 5*time.Second)
	h.Timeout = cmp.Or(max(h.Timeout, 0), 5*time.Second)
	h.Rise = cmp.Or(max(h.Rise, 0), 2)
	h.Fall = cmp.Or(max(h.Fall, 0), 3)
	h.MaxFails = cmp.Or(h.MaxFails, 3)
	h.FailTime = cmp.Or(max(h.FailTime, 0), 10*time.Second)
	return h
}

// noted takes in how a request ended.
func (p *Reverse) noted(b *backend, failed bool, now time.Time) {
	h := &p.cfg.Health
	if !failed {
		if b.fails.Load() != 0 {
			b.fails.Store(0)
		}
		if b.until.Load() != 0 {
			b.until.Store(0)
		}
		return
	}
	b.failed.Add(1)
	if h.MaxFails > 0 && int(b.fails.Add(1)) >= h.MaxFails {
		b.fails.Store(0)
		b.until.Store(now.Add(h.FailTime).UnixNano())
		if len(p.backends) > 1 {
			p.report(now, "proxy: upstream left alone for a while", "upstream", b.description)
		}
	}
}

// A check asks one upstream again and again, on one loop.
type check struct {
	p         *Reverse
	b         *backend
	pool      *exchange.Pool
	x         *exchange.Exchange
	good, bad int
	status    int
}

// watch begins the checks on the first loop that serves.
func (p *Reverse) watch(loops *pools) {
	if p.cfg.Health.Path == "" || !p.watched.CompareAndSwap(false, true) {
		return
	}
	for i, b := range p.backends {
		c := &check{p: p, b: b, pool: loops.pools[i]}
		loops.loop.CallLater(0, func() { c.run(loops) })
	}
}

func (c *check) run(loops *pools) {
	if c.p.closed.Load() {
		return
	}
	c.status = 0
	x := &exchange.Exchange{Handler: c, Request: exchange.Request{
		Method: "GET", Target: c.p.cfg.Health.Path, Host: c.p.hostOf(c.b, nil), Close: true,
		Fields: []h1.Field{{Name: "User-Agent", Value: "Torsion health check"}},
	}}
	c.x = x
	c.pool.Do(x)
	loops.loop.CallLater(c.p.cfg.Health.Timeout, x.Cancel)
	loops.loop.CallLater(c.p.cfg.Health.Interval, func() { c.run(loops) })
}

func (c *check) Interim(*h1.ResponseHead) {}

// Response has its verdict from the status alone.
func (c *check) Response(h *h1.ResponseHead) { c.status = h.Status }
func (c *check) Data([]byte)                 {}
func (c *check) Flush()                      {}

func (c *check) Done(err error) {
	h := &c.p.cfg.Health
	if err == nil && c.status >= 200 && c.status < 400 {
		c.good, c.bad = c.good+1, 0
		if c.good >= h.Rise && c.b.sick.CompareAndSwap(true, false) {
			c.b.until.Store(0)
			c.p.log.Info("proxy: upstream is well again", "upstream", c.b.description)
		}
		return
	}
	c.good, c.bad = 0, c.bad+1
	if c.bad >= h.Fall && c.b.sick.CompareAndSwap(false, true) {
		c.p.log.Warn("proxy: upstream is not well", "upstream", c.b.description, "status", c.status, "error", err)
	}
}
