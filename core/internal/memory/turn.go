// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory

import (
	"io"
	"net"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/torsion-go/torsion/core/internal/loglimit"
	"github.com/torsion-go/torsion/core/protocol"
)

// turn does everything that may call the protocol. It runs on the loop, from nothing else, and whatever leaves something to do schedules it.
func (e *end) turn() {
	e.posted.Store(false)
	switch {
	case e.lost:
		return
	case !e.made:
		e.make()
	case e.reason != nil:
		e.finish(e.reason)
		return
	}
	e.receive()
	e.send()
}

func (e *end) make() {
	e.made = true
	if e.reason != nil { // the loop ends
		e.refuse(e.reason)
		return
	}
	var p protocol.Protocol
	var err error
	if v := e.guard(func() { p, err = e.side.Factory.BuildProtocol(e.remote) }); v != nil {
		err = v
	} else if err != nil {
		e.cfg.Logger.Error("memory: the factory failed", append(e.about(), "error", err)...)
	}
	if p == nil || err != nil {
		if err == nil {
			err = &protocol.ConnectError{Class: protocol.ErrNoProtocol, Addr: e.remote.String()}
		}
		e.refuse(err)
		return
	}
	e.Deliver(p, e.t)
	e.call(func() { e.proto.ConnectionMade(e.t) })
	if e.side.Made != nil {
		e.side.Made(p, nil)
	}
}

// reading reports whether the protocol takes input now.
func (e *end) reading() bool {
	return !e.paused && !e.closing && !e.readClosed && !e.lost && e.reason == nil
}

func (e *end) receive() {
	if e.lost || e.reason != nil {
		return
	}
	if e.in.wasReset() {
		e.finish(protocol.Lost(syscall.ECONNRESET))
		return
	}
	if !e.reading() {
		return
	}
	left := len(e.pending) > 0 // from before a pause: the pipe may hold more
	if !left {
		var wake bool
		e.pending, e.atEOF, wake = e.in.take()
		if wake {
			e.peer.schedule()
		}
		if e.cfg.Policy == Joined && len(e.pending) > 1 {
			e.pending = [][]byte{slices.Concat(e.pending...)}
		}
	}
	for len(e.pending) > 0 && e.reading() {
		p := e.pending[0]
		if e.cfg.Policy == Bytewise {
			p = p[:1]
		}
		if e.pending[0] = e.pending[0][len(p):]; len(e.pending[0]) == 0 {
			e.pending[0] = nil
			e.pending = e.pending[1:]
		}
		e.call(func() { e.proto.DataReceived(e.t, p) })
	}
	if len(e.pending) > 0 || !e.reading() {
		return
	}
	if !e.atEOF {
		if left {
			e.schedule()
		}
		return
	}
	e.readClosed = true
	if e.half == nil {
		e.finish(protocol.Done(io.EOF))
		return
	}
	e.call(func() { e.half.ReadConnectionLost(e.t) })
}

func (e *end) send() {
	if e.lost || e.reason != nil {
		return
	}
	if e.queued > 0 {
		rest, n, ok := e.out.put(e.queue)
		if !ok {
			e.fail(protocol.Lost(syscall.EPIPE))
			return
		}
		e.queue = rest
		e.queued -= n
		if n > 0 && !e.peer.schedule() {
			e.fail(protocol.Lost(syscall.ECONNRESET)) // the peer's loop has ended
			return
		}
		if e.queued > 0 {
			return
		}
		e.call(e.gate.Drained)
	}
	if e.queued > 0 || e.gate.Registered() || e.lost || e.reason != nil {
		return
	}
	if e.writeClosing && !e.writeClosed {
		e.writeClosed = true
		e.out.closeWrite(true)
		e.peer.schedule()
		if e.half != nil && !e.closing {
			e.call(func() { e.half.WriteConnectionLost(e.t) })
		}
	}
	switch {
	case e.reason != nil:
	case e.closing:
		e.finish(protocol.Done(net.ErrClosed))
	case e.writeClosed && e.readClosed:
		e.finish(protocol.Done(io.EOF))
	}
}

// finish is the end. The peer learns by the end of the stream whether it was an orderly one.
func (e *end) finish(reason error) {
	l, ok := reason.(*protocol.ConnectionLoss)
	e.finishAs(reason, ok && l.Class == protocol.ErrConnectionDone)
}

func (e *end) finishAs(reason error, clean bool) {
	e.leave(clean)
	e.call(func() { e.gate.Lost(reason) })
	e.call(func() { e.proto.ConnectionLost(e.t, reason) })
}

// leave lets go of both pipes and tells the peer.
func (e *end) leave(clean bool) {
	e.lost = true
	e.queue, e.queued, e.pending = nil, 0, nil
	if !e.stopped {
		e.forget()
	}
	e.part(clean)
	e.peer.schedule()
}

// part lets go of both pipes.
func (e *end) part(clean bool) {
	e.in.closeRead()
	e.out.closeWrite(clean)
}

// call calls into the protocol or the producer. A panic there ends this connection only.
func (e *end) call(f func()) {
	if p := e.guard(f); p != nil {
		e.fail(p)
	}
}

// panics bounds the lines about panics: each has a stack.
var panics loglimit.Limit

// about returns what a line about this end says.
func (e *end) about() []any {
	attrs := []any{"peer", e.remote.String(), "local", e.side.Addr.String()}
	if e.proto != nil {
		attrs = append(attrs, "protocol", protocol.TypeName(e.proto))
	}
	if name := protocol.ServiceName(e.side.Factory); name != "" {
		attrs = append(attrs, "service", name)
	}
	return attrs
}

func (e *end) guard(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			p := &protocol.PanicError{Value: v, Stack: debug.Stack()}
			if args, ok := panics.Allow(time.Now(), "panic", v, "stack", string(p.Stack)); ok {
				e.cfg.Logger.Error("memory: panic in a protocol", append(e.about(), args...)...)
			}
			err = p
		}
	}()
	f()
	return nil
}
