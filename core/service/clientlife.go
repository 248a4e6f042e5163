// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

func (c *Client) begin() *deferred.Deferred[struct{}] {
	c.ending.begin()
	c.failures, c.losses, c.lastErr = 0, 0, nil
	c.connect()
	return c.life.done()
}

func (c *Client) connect() {
	c.state = ClientConnecting
	f := &clientFactory{inner: c.factory}
	d := deferred.ExecuteD(c.loop, func() *deferred.Deferred[protocol.Protocol] { return c.endpoint.Connect(f) })
	c.attempt = d
	d.Done(func(p protocol.Protocol, err error) {
		c.attempt, f.over = nil, true
		if last := f.last; err != nil && last != nil && last.t != nil && last.reason == nil {
			if c.state == ClientDisconnecting {
				p, err = last, nil // given up in ConnectionMade, or about then: see that it ends
			} else {
				last.t.AbortConnection()
			}
		}
		if err == nil {
			err = c.adopt(p)
		}
		switch {
		case err == nil:
			c.prepare()
		case c.state == ClientDisconnecting:
			c.finish()
		default:
			c.failed(err)
		}
	})
}

var errNotOurs = errors.New("service: the endpoint returned a protocol that it was not given")

// adopt makes the connection of p the service's.
func (c *Client) adopt(p protocol.Protocol) error {
	conn, ok := protocol.As[*clientConn](p)
	switch {
	case !ok:
		return errNotOurs
	case conn.reason != nil:
		return conn.reason
	}
	c.conn = conn
	conn.lost = c.connectionLost
	return nil
}

func (c *Client) prepare() {
	if c.state == ClientDisconnecting {
		c.close()
		return
	}
	if c.cfg.Prepare == nil {
		c.connected()
		return
	}
	conn := c.conn
	d := deferred.ExecuteD(c.loop, func() *deferred.Deferred[struct{}] { return c.cfg.Prepare(conn.inner) })
	if c.conn != conn || c.state == ClientDisconnecting { // Prepare lost the connection, or stopped the service
		d.Cancel()
		d.Done(func(struct{}, error) {})
		return
	}
	c.preparing = d
	d.Done(func(_ struct{}, err error) {
		if c.preparing != d {
			return
		}
		c.preparing = nil
		if err != nil {
			c.unfit = err
			c.close()
			return
		}
		c.connected()
	})
}

func (c *Client) connected() {
	c.state = ClientConnected
	c.failures, c.losses, c.lastErr = 0, 0, nil
	c.log().Info("service: client connected", "peer", c.conn.t.RemoteAddr().String())
	p, all := c.conn.inner, c.waiting
	c.waiting = nil
	for _, w := range all {
		w.d.Callback(p)
	}
}

// connectionLost is called when the connection is gone, whatever the state.
func (c *Client) connectionLost(reason error) {
	c.conn = nil
	c.cancelTimer()
	unfit := c.unfit
	c.unfit = nil
	c.cancelPrepare()
	switch {
	case c.state == ClientDisconnecting:
		c.finish()
	case unfit != nil:
		c.failed(unfit)
	case c.state == ClientConnected:
		c.lastErr = reason
		c.failures, c.losses = 1, 1
		if err := c.retry("service: client lost its connection"); err != nil {
			c.giveUp(err)
		}
	default:
		c.failed(reason)
	}
}

// failed is called when an attempt has failed.
func (c *Client) failed(err error) {
	c.lastErr = err
	c.failures++
	var end error
	if n := c.failures - c.losses; c.cfg.MaxFailures > 0 && n >= c.cfg.MaxFailures {
		end = fmt.Errorf("service: gave up connecting after %d failures: %w", n, err)
	} else {
		end = c.retry("service: client could not connect")
	}
	if end != nil {
		c.giveUp(end)
		return
	}
	var unlucky, rest []*connWaiter
	for _, w := range c.waiting {
		if w.left--; w.left == 0 {
			unlucky = append(unlucky, w)
		} else {
			rest = append(rest, w)
		}
	}
	c.waiting = rest
	for _, w := range unlucky {
		w.d.Errback(err)
	}
}

// retry waits for the next attempt. It fails if there is none.
func (c *Client) retry(why string) error {
	delay, err := c.cfg.Backoff.after(c.failures)
	if err != nil {
		return err
	}
	c.state = ClientWaiting
	c.log().Warn(why, append([]any{"failures", c.failures, "retry", delay}, errorAttrs(c.lastErr)...)...)
	c.timer = c.loop.CallLater(delay, func() {
		c.timer = nil
		c.connect()
	})
	return nil
}

// giveUp ends the service.
func (c *Client) giveUp(err error) {
	c.state = ClientStopped
	if c.path == "" { // else the group logs it
		c.log().Error("service: client failed", errorAttrs(err)...)
	}
	all := c.waiting
	c.waiting = nil
	c.ending.end(err) // before those who wait, one of whom may start it again
	for _, w := range all {
		w.d.Errback(err)
	}
}

func (c *Client) stop() *deferred.Deferred[struct{}] {
	d := c.gone.add(c.loop)
	c.state = ClientDisconnecting
	c.cancelTimer()
	c.cancelPrepare()
	switch {
	case c.conn != nil:
		c.close()
	case c.attempt != nil:
		c.attempt.Cancel() // its end leads on
	default:
		c.finish()
	}
	return d
}

// close closes the connection; connectionLost follows.
func (c *Client) close() {
	conn := c.conn
	conn.t.LoseConnection()
	if c.timer == nil && c.conn == conn {
		c.timer = c.loop.CallLater(c.cfg.CloseTimeout, func() {
			c.timer = nil
			conn.t.AbortConnection()
		})
	}
}

func (c *Client) finish() {
	c.state = ClientStopped
	c.ending.end(nil)
	c.gone.fire(nil)
}

func (c *Client) cancelTimer() {
	if c.timer != nil {
		c.timer.Cancel()
		c.timer = nil
	}
}

func (c *Client) cancelPrepare() {
	if d := c.preparing; d != nil {
		c.preparing = nil
		d.Cancel()
	}
}

// dismiss fails those who wait for a connection, unless the service will be started again.
func (c *Client) dismiss(err error) {
	if c.life.state == Running || len(c.life.starts) > 0 {
		return
	}
	all := c.waiting
	c.waiting = nil
	for _, w := range all {
		w.d.Errback(err)
	}
}

func (c *Client) forget(w *connWaiter) {
	for i, o := range c.waiting {
		if o == w {
			c.waiting = append(c.waiting[:i], c.waiting[i+1:]...)
			return
		}
	}
}
