// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// This file has the methods of a call that are the stream of its response.

func (c *call) loop() protocol.Loop { return c.a.loop }

func (c *call) trailer() *web.Header { return &c.trail }

func (c *call) failed(phase Phase, err error) error { return c.failure(phase, err) }

func (c *call) start(to receiver) {
	if c.state != callHeld {
		c.later(func() { to.end(c.failure(PhaseResponse, ErrBodyTaken)) })
		return
	}
	c.state, c.to = callReading, to
	switch {
	case c.over:
		c.later(c.tell)
	case c.held:
		c.x.Pause()
	default:
		c.x.Resume()
	}
}

func (c *call) later(f func()) { c.a.loop.CallLater(0, f) }

func (c *call) pause() {
	c.held = true
	if c.state == callReading && !c.over {
		c.x.Pause()
	}
}

func (c *call) resume() {
	c.held = false
	if c.state == callReading && !c.over {
		c.x.Resume()
	}
}

// skipMax is how much of a body is read to keep a connection, and skipTime how long, if nobody knows how much there is.
const (
	skipMax  = 16384
	skipTime = 100 * time.Millisecond
)

func (c *call) cut() {
	if c.state == callSkipping || c.state == callSending {
		return
	}
	c.state = callSkipping
	if to := c.to; to != nil {
		c.to = nil
		c.later(func() { to.end(c.failure(PhaseResponse, ErrBodyStopped)) })
	}
	if c.over {
		return
	}
	switch left := c.x.Left(); {
	case left > skipMax || c.upgradable() || left < 0 && !c.skippable():
		c.drop()
	case left < 0:
		c.skip = c.a.loop.CallLater(skipTime, c.drop)
		c.x.Resume()
	default:
		c.x.Resume()
	}
}

// skippable reports whether to come to the end of a body of unknown length frees a connection. Over HTTP/2 it is free in any case.
func (c *call) skippable() bool {
	return !c.res.UntilClose && !c.x.HTTP2() && !c.x.Close && c.x.Finished()
}

// skipped counts what was read of a body that nobody wants.
func (c *call) skipped(n int) {
	if c.unread += n; c.unread > skipMax {
		c.drop()
	}
}

// drop ends c, whose user knows, and its connection.
func (c *call) drop() {
	if !c.over {
		c.x.Cancel()
		c.finishQuietly()
	}
}

func (c *call) upgrade(p protocol.Protocol) error {
	switch {
	case c.over || !c.upgradable():
		return errUpgrade
	case c.state != callHeld:
		return ErrBodyTaken
	}
	c.state = callSkipping
	if err := c.x.Upgrade(p); err != nil {
		return err
	}
	c.finishQuietly()
	return nil
}

// finishQuietly ends c when the user knows.
func (c *call) finishQuietly() {
	c.state = callSkipping
	c.finish(nil)
}

var errUpgrade = errors.New("client: the server has not switched protocols")
