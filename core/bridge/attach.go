// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package bridge

import (
	"io"
	"log/slog"
	"net"
	"runtime/debug"

	"github.com/torsion-go/torsion/core/internal/flow"
	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/internal/memory"
	"github.com/torsion-go/torsion/core/protocol"
)

// Attach runs p over conn, which it takes over: a net.Conn of any make, or any other stream. It calls p.ConnectionMade and returns the transport, whose methods are
// those of every transport: half-close where conn has CloseWrite, STARTTLS, producers. The addresses are conn's, or protocol.PipeAddr where it has none. On a
// reactor that stops already the connection is lost before Attach returns. Loop only.
func Attach(loop protocol.Loop, conn io.ReadWriteCloser, p protocol.Protocol) protocol.Transport {
	tr := &transport{}
	c := &attached{tr: tr, loop: loop, conn: conn, local: protocol.PipeAddr(), remote: protocol.PipeAddr()}
	if n, ok := conn.(interface{ LocalAddr() net.Addr }); ok {
		c.local = protocol.FromNetAddr(n.LocalAddr())
	}
	if n, ok := conn.(interface{ RemoteAddr() net.Addr }); ok {
		c.remote = protocol.FromNetAddr(n.RemoteAddr())
	}
	tr.c = c
	tr.Init(c, tr)
	c.Deliver(p, tr)
	c.pump.start(c)
	forget, err := memory.WhenStopping(loop, c.stop)
	c.forget = forget
	c.call(func() { p.ConnectionMade(tr) })
	if err != nil { // the loop ends already: nothing posted is sure to run
		c.finish(protocol.Lost(err))
	}
	return tr
}

// A transport is what the protocol of an attached connection holds.
type transport struct {
	memory.Face
	c *attached
}

// NetConn returns the stream below, for options that the transport has no method for. Its Read, Write and Close are not to be called.
func (t *transport) NetConn() io.ReadWriteCloser { return t.c.conn }

// attached is the loop's side of an attached connection. Loop only.
type attached struct {
	tr            *transport
	loop          protocol.Loop
	conn          io.ReadWriteCloser
	local, remote protocol.Addr
	pump          pump

	proto protocol.Protocol
	t     protocol.Transport
	half  protocol.HalfCloser
	gate  flow.Gate

	queued int // bytes that the pump has not written
	max    int // 0 means the default

	paused        bool
	unread        []byte // delivered by the pump while paused
	inErr         error  // the end of reading, while paused or before unread is taken
	disconnecting bool
	writeClosing  bool
	writeEnding   bool // the pump was told to end the stream
	writeClosed   bool
	readClosed    bool
	reason        error // of an end that is on its way
	lost          bool
	forget        func() // takes stop back; nil on a loop that ends already
}

var _ memory.Core = (*attached)(nil)

func (c *attached) Gate() *flow.Gate            { return &c.gate }
func (c *attached) Protocol() protocol.Protocol { return c.proto }
func (c *attached) LocalAddr() net.Addr         { return c.local }
func (c *attached) RemoteAddr() net.Addr        { return c.remote }
func (c *attached) Loop() protocol.Loop         { return c.loop }
func (c *attached) Buffered() int               { return c.queued }
func (c *attached) SetMaxBuffered(n int)        { c.max = n }
func (c *attached) Stop(error)                  { c.LoseConnection() }

func (c *attached) Deliver(p protocol.Protocol, t protocol.Transport) {
	c.proto, c.t = p, t
	c.half, _ = protocol.As[protocol.HalfCloser](p)
}

// open reports whether what is written now will leave.
func (c *attached) open() bool {
	if c.lost || c.reason != nil || c.writeEnding {
		return false
	}
	return !(c.disconnecting || c.writeClosing) || c.gate.Registered()
}

func (c *attached) Write(p []byte) (int, error) { return c.WriteSequence([][]byte{p}) }

func (c *attached) WriteSequence(v [][]byte) (int, error) {
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
	if c.queued+n > limit {
		c.end(&protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow})
		return 0, net.ErrClosed
	}
	if n == 0 {
		return 0, nil
	}
	c.queued += n
	c.pump.write(v)
	c.gate.Filled(c.queued)
	return n, nil
}

func (c *attached) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	return c.gate.Register(p, mode, c.open() && !c.disconnecting && !c.writeClosing, c.queued)
}

func (c *attached) UnregisterProducer() {
	if c.gate.Unregister() {
		c.loop.CallFromThread(c.advance)
	}
}

func (c *attached) Pause() { c.paused = true }

func (c *attached) Resume() {
	if c.paused && !c.disconnecting {
		c.paused = false
		c.loop.CallFromThread(c.input)
	}
}

func (c *attached) LoseConnection() {
	c.disconnecting = true
	c.paused = true // reading stops at once
	c.loop.CallFromThread(c.advance)
}

func (c *attached) LoseWriteConnection() {
	c.writeClosing = true
	c.loop.CallFromThread(c.advance)
}

func (c *attached) AbortConnection() {
	if l, ok := c.conn.(interface{ SetLinger(int) error }); ok && !c.lost {
		l.SetLinger(0) // RST; what cannot be set is closed like the rest
	}
	c.end(protocol.Aborted())
}

// end loses the connection on a later turn, with no callback in between.
func (c *attached) end(reason error) {
	if c.reason == nil && !c.lost {
		c.reason = reason
		c.disconnecting, c.paused = true, true
		c.loop.CallFromThread(func() { c.finish(reason) })
	}
}

// received takes what the pump has read. The pump reads on when it is acknowledged.
func (c *attached) received(b []byte) {
	c.unread = b
	c.input()
}

// ended takes the end of reading.
func (c *attached) ended(err error) {
	c.inErr = err
	c.input()
}

// input delivers what was read, if it is wanted now.
func (c *attached) input() {
	if len(c.unread) > 0 && !c.paused && !c.lost {
		b := c.unread
		c.unread = nil
		c.call(func() { c.proto.DataReceived(c.t, b) })
		c.pump.acknowledge()
	}
	switch {
	case c.inErr == nil || c.lost || c.reason != nil || c.readClosed:
	case c.inErr != io.EOF: // a reset is told even when reading is paused: nothing more can be sent either
		c.finish(protocol.Lost(c.inErr))
	case c.paused || len(c.unread) > 0:
	case c.half == nil:
		c.finish(protocol.Done(io.EOF))
	default:
		c.readClosed = true
		c.call(func() { c.half.ReadConnectionLost(c.t) })
		c.advance()
	}
}

// written takes the pump's report that n bytes have left, or that the stream was ended.
func (c *attached) written(n int, ended bool, err error) {
	if c.lost {
		return
	}
	c.queued -= n
	switch {
	case err != nil && c.reason == nil:
		c.finish(protocol.Lost(err))
		return
	case ended:
		c.writeClosed = true
		if c.half != nil {
			c.call(func() { c.half.WriteConnectionLost(c.t) })
		}
	case c.queued == 0 && c.reason == nil:
		c.call(c.gate.Drained)
	}
	c.advance()
}

// advance goes on with an orderly close as far as it can.
func (c *attached) advance() {
	if c.queued > 0 || c.gate.Registered() || c.lost || c.reason != nil {
		return
	}
	switch {
	case c.disconnecting:
		c.finish(protocol.Done(net.ErrClosed))
	case c.writeClosing && !c.writeEnding:
		c.writeEnding = true
		c.pump.closeWrite()
	case c.writeClosed && c.readClosed:
		c.finish(protocol.Done(io.EOF))
	}
}

// stop ends the connection because its loop ends.
func (c *attached) stop(reason error) {
	switch {
	case c.reason != nil:
		reason = c.reason
	case c.disconnecting:
		reason = protocol.Done(net.ErrClosed)
	}
	c.finish(reason)
}

// finish is the end.
func (c *attached) finish(reason error) {
	if c.lost {
		return
	}
	c.lost = true
	if c.forget != nil {
		c.forget()
	}
	c.unread = nil
	c.pump.stop()
	c.call(func() { c.gate.Lost(reason) })
	c.call(func() { c.proto.ConnectionLost(c.t, reason) })
}

// panics bounds the lines about panics: each has a stack.
var panics loglimit.Limit

// call runs a callback. One that panics ends the connection.
func (c *attached) call(f func()) {
	defer func() {
		if v := recover(); v != nil {
			err := &protocol.PanicError{Value: v, Stack: debug.Stack()}
			if args, ok := panics.Allow(c.loop.Now(), "protocol", protocol.TypeName(c.proto), "error", err, "stack", string(err.Stack)); ok {
				logger(c.loop).Error("bridge: a protocol panicked", protocol.LogAttrs(c.t, args...)...)
			}
			c.end(err)
		}
	}()
	f()
}

// logger returns the logger of a loop that has one.
func logger(loop protocol.Loop) *slog.Logger {
	if l, ok := loop.(interface{ Logger() *slog.Logger }); ok && l.Logger() != nil {
		return l.Logger()
	}
	return slog.Default()
}
