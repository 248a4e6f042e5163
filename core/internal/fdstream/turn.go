// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package fdstream

import (
	"io"
	"log/slog"
	"net"
	"runtime/debug"

	"github.com/torsion-go/torsion/core/protocol"
)

// schedule has turn run soon, from nothing else.
func (c *core) schedule() {
	if !c.posted && !c.lost {
		c.posted = true
		c.cfg.Loop.CallFromThread(c.turn)
	}
}

// turn does what may call the protocol or its producer, outside of what they call.
func (c *core) turn() {
	c.posted = false
	if c.lost {
		return
	}
	if c.reason == nil {
		c.send()
	}
	if c.reason == nil && c.broken != nil {
		c.readRest()
		if c.lost {
			return
		}
	}
	if c.reason != nil {
		c.finish(c.reason)
		return
	}
	if c.queued > 0 {
		c.update()
		return
	}
	if c.writeClosed {
		c.call(func() { c.gate.Lost(protocol.Lost(net.ErrClosed)) })
	}
	if c.asked {
		c.asked = false
		c.call(c.gate.Drained)
	}
	if c.lost || c.reason != nil || c.queued > 0 || c.gate.Registered() {
		return // there will be another turn
	}
	c.closeWrite()
	switch {
	case c.lost || c.reason != nil:
	case c.closing:
		c.finish(protocol.Done(net.ErrClosed))
	case c.writeClosed && c.readClosed && c.cfg.Out >= 0:
		c.finish(protocol.Done(io.EOF))
	}
}

// outBroken follows when nobody reads Out any more.
func (c *core) outBroken(err error) {
	c.dropped = c.queued > 0
	c.queue, c.queued, c.asked = nil, 0, false
	if !c.cfg.KeepReading {
		c.broken = err
	} else {
		c.writeClosed = true
	}
	c.out.unwatch()
	c.schedule()
}

// readRest reads what the other end sent before it stopped reading, perhaps its end of stream, which is the better reason.
func (c *core) readRest() {
	for range maxRest {
		if c.lost || c.reason != nil || c.paused || c.closing || c.readClosed {
			break
		}
		if more := c.read(); !more {
			c.fail(protocol.Lost(c.broken))
			return
		}
	}
	switch {
	case c.lost || c.reason != nil:
	case c.closing && !c.dropped:
		c.fail(protocol.Done(net.ErrClosed))
	case c.closing || c.readClosed:
		c.fail(protocol.Lost(c.broken))
	case !c.paused:
		c.schedule()
	}
}

// closeWrite ends the sending direction if that was asked for.
func (c *core) closeWrite() {
	if !c.writeClosing || c.writeClosed {
		return
	}
	c.writeClosed = true
	c.out.unwatch()
	if c.cfg.CloseOut != nil {
		c.cfg.CloseOut()
	}
	if c.half != nil && !c.closing {
		c.call(func() { c.half.WriteConnectionLost(c.t) })
	}
}

// received delivers input, or its end.
func (c *core) received(p []byte, err error) {
	if len(p) > 0 {
		c.call(func() { c.proto.DataReceived(c.t, p) })
		return
	}
	if err != nil {
		c.finish(protocol.Lost(err))
		return
	}
	c.readClosed = true
	c.update()
	if c.half == nil {
		c.finish(protocol.Done(io.EOF))
		return
	}
	c.call(func() { c.half.ReadConnectionLost(c.t) })
	if c.writeClosed {
		c.schedule()
	}
}

// stop ends the Stream with its loop: what can leave at once still does.
func (c *core) stop(reason error) {
	if c.lost {
		return
	}
	c.send()
	if c.closing {
		reason = protocol.Done(net.ErrClosed)
	}
	if c.reason != nil {
		reason = c.reason
	}
	c.finish(reason)
}

// fail ends the Stream on the next turn.
func (c *core) fail(reason error) {
	if c.reason != nil || c.lost {
		return
	}
	c.reason = reason
	c.queue, c.queued = nil, 0
	c.update()
	c.schedule()
}

// finish is the end.
func (c *core) finish(reason error) {
	c.lost = true
	c.queue, c.queued = nil, 0
	c.update()
	c.out.unwatch()
	if c.forget != nil {
		c.forget()
	}
	if c.cfg.Close != nil {
		c.cfg.Close()
	}
	c.call(func() { c.gate.Lost(reason) })
	c.call(func() { c.proto.ConnectionLost(c.t, reason) })
}

// call calls into the protocol or the producer. A panic there ends this Stream only.
func (c *core) call(f func()) {
	defer func() {
		if v := recover(); v != nil {
			p := &protocol.PanicError{Value: v, Stack: debug.Stack()}
			c.cfg.Logger.Error("fdstream: panic in a protocol", slog.Any("panic", v), slog.String("stack", string(p.Stack)))
			c.fail(p)
		}
	}()
	f()
}
