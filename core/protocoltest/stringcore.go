// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import (
	"bytes"
	"io"
	"net"

	"github.com/torsion-go/torsion/core/internal/flow"
	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// A stringCore is what a StringTransport has in place of a wire.
type stringCore struct {
	tr    *StringTransport
	proto protocol.Protocol // what is delivered to; nil without Connect
	t     protocol.Transport
	half  protocol.HalfCloser
	gate  flow.Gate

	written bytes.Buffer
	sizes   []int // of the writes in written
	waiting int   // bytes that count as buffered
	max     int   // 0 means the default

	input [][]byte
	eof   bool // the peer's end of stream follows input
	state ProducerState

	connected     bool
	busy          bool // in a callback
	posted        bool // turn is on its way
	disconnecting bool
	aborted       bool
	writeClosing  bool
	writeClosed   bool
	readClosed    bool  // the half-closer was told
	reason        error // of an end that is on its way
	lost          bool
}

var _ memory.Core = (*stringCore)(nil)

func (c *stringCore) Gate() *flow.Gate            { return &c.gate }
func (c *stringCore) Protocol() protocol.Protocol { return c.proto }
func (c *stringCore) LocalAddr() net.Addr         { return c.tr.Local }
func (c *stringCore) RemoteAddr() net.Addr        { return c.tr.Remote }
func (c *stringCore) Loop() protocol.Loop         { return c.tr.Clock }
func (c *stringCore) Buffered() int               { return c.waiting }
func (c *stringCore) SetMaxBuffered(n int)        { c.max = n }

func (c *stringCore) Deliver(p protocol.Protocol, t protocol.Transport) {
	c.proto, c.t = p, t
	c.half, _ = protocol.As[protocol.HalfCloser](p)
}

// open reports whether what is written now would leave.
func (c *stringCore) open() bool {
	if c.lost || c.reason != nil || c.writeClosed {
		return false
	}
	return !(c.disconnecting || c.writeClosing) || c.gate.Registered()
}

func (c *stringCore) Write(p []byte) (int, error) { return c.WriteSequence([][]byte{p}) }

func (c *stringCore) WriteSequence(v [][]byte) (int, error) {
	if !c.open() {
		return 0, net.ErrClosed
	}
	n := 0
	for _, p := range v {
		n += len(p)
	}
	limit := c.max
	if limit <= 0 {
		limit = protocol.DefaultMaxBuffered
	}
	if c.waiting+n > limit {
		c.end(&protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow})
		return 0, net.ErrClosed
	}
	if n == 0 {
		return 0, nil
	}
	for _, p := range v {
		c.written.Write(p)
	}
	c.sizes = append(c.sizes, n)
	c.waiting += n
	c.schedule()
	c.gate.Filled(c.waiting)
	return n, nil
}

func (c *stringCore) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	return c.gate.Register(p, mode, c.open() && !c.disconnecting && !c.writeClosing, c.waiting)
}

func (c *stringCore) UnregisterProducer() {
	if c.gate.Unregister() {
		c.schedule()
	}
}

func (c *stringCore) Pause() {
	if c.state == Producing {
		c.state = Paused
	}
}

func (c *stringCore) Resume() {
	if c.state == Paused {
		c.state = Producing
		c.schedule()
	}
}

func (c *stringCore) Stop(error) { c.LoseConnection() }

func (c *stringCore) LoseConnection() {
	c.disconnecting = true
	c.state = Stopped
	c.schedule()
}

func (c *stringCore) LoseWriteConnection() {
	c.writeClosing = true
	c.schedule()
}

func (c *stringCore) AbortConnection() {
	c.disconnecting = true
	c.aborted = true
	c.end(protocol.Aborted())
}

// end loses the connection on a later turn.
func (c *stringCore) end(reason error) {
	if c.reason != nil || c.lost {
		return
	}
	c.reason = reason
	c.state = Stopped
	c.waiting = 0
	c.schedule()
}

func (c *stringCore) schedule() {
	if !c.posted && !c.lost {
		c.posted = true
		c.tr.Clock.CallFromThread(c.turn)
	}
}

// turn does what waits for a later turn of the loop.
func (c *stringCore) turn() {
	c.posted = false
	c.deliver()
	if c.reason != nil {
		c.finish(c.reason)
	}
	c.drain()
	if c.waiting > 0 || c.gate.Registered() || c.lost || c.reason != nil {
		return
	}
	if c.writeClosing && !c.writeClosed {
		c.writeClosed = true
		if c.half != nil {
			c.call(func() { c.half.WriteConnectionLost(c.t) })
		}
	}
	switch {
	case c.disconnecting:
		c.finish(protocol.Done(net.ErrClosed))
	case c.writeClosed && c.readClosed:
		c.finish(protocol.Done(io.EOF))
	}
}

func (c *stringCore) drain() {
	if c.waiting > 0 && !c.tr.Stalled && !c.lost && c.reason == nil {
		c.waiting = 0
		c.gate.Drained()
	}
}

// deliver gives the protocol what was fed, as far as it takes it.
func (c *stringCore) deliver() {
	if c.busy {
		c.schedule()
		return
	}
	for len(c.input) > 0 && c.state == Producing && !c.lost {
		p := c.input[0]
		c.input = c.input[1:]
		c.call(func() { c.proto.DataReceived(c.t, p) })
		for i := range p {
			p[i] = 0xdb
		}
	}
	if !c.eof || len(c.input) > 0 || c.state != Producing || c.readClosed || c.lost {
		return
	}
	c.readClosed = true
	if c.half == nil {
		c.finish(protocol.Done(io.EOF))
		return
	}
	c.call(func() { c.half.ReadConnectionLost(c.t) })
	c.schedule()
}

// finish is the end.
func (c *stringCore) finish(reason error) {
	if c.lost {
		return
	}
	c.lost = true
	c.state = Stopped
	c.waiting = 0
	c.input = nil
	c.gate.Lost(reason)
	if c.proto != nil {
		c.call(func() { c.proto.ConnectionLost(c.t, reason) })
	}
}

func (c *stringCore) call(f func()) {
	c.busy = true
	defer func() { c.busy = false }()
	f()
}

func (c *stringCore) mustBeConnected(method string) {
	if !c.connected {
		panic("protocoltest: " + method + " of a StringTransport without a protocol")
	}
}
