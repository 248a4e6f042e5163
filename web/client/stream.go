// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"errors"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// This file has the methods of a call that are the stream of its response.

func (c *call) loop() protocol.Loop { return c.a.loop }

func (c *call) trailer() *web.Header { return &c.trail }

func (c *call) failed(phase Phase, err error) error { return c.failure(phase, err) }

func (c *call) start(data func(p []byte), end func(err error)) {
	if c.state != callHeld {
		c.later(func() { end(c.failure(PhaseResponse, ErrBodyTaken)) })
		return
	}
	c.state, c.onData, c.onEnd = callReading, data, end
	if c.over {
		c.later(c.tell)
		return
	}
	c.x.Resume()
}

func (c *call) later(f func()) { c.a.loop.CallLater(0, f) }

func (c *call) pause() {
	if c.state == callReading && !c.over {
		c.x.Pause()
	}
}

func (c *call) resume() {
	if c.state == callReading && !c.over {
		c.x.Resume()
	}
}

// skipMax is how much of a body is read to keep a connection.
const skipMax = 16384

func (c *call) cut() {
	if c.state == callSkipping || c.state == callSending {
		return
	}
	if !c.over {
		if left := c.x.Left(); left < 0 || left > skipMax || c.upgradable() {
			c.x.Cancel()
			c.finishQuietly()
		} else {
			c.x.Resume()
		}
	}
	c.state, c.onData = callSkipping, nil
	if end := c.onEnd; end != nil {
		c.onEnd = nil
		c.later(func() { end(c.failure(PhaseResponse, ErrBodyStopped)) })
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
