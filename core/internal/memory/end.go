// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory

import (
	"net"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/internal/flow"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
)

// An end is one end of a connection. All of it but posted belongs to its side's loop; the fields of the first group are immutable.
type end struct {
	side    Side
	remote  protocol.Addr
	cfg     Config
	peer    *end
	in, out *pipe

	proto protocol.Protocol // what is delivered to
	t     protocol.Transport
	half  protocol.HalfCloser
	gate  flow.Gate

	queue   [][]byte // written, not yet in the pipe
	queued  int      // bytes in queue
	max     int      // 0 means the default
	pending [][]byte // taken from the pipe, not yet delivered
	atEOF   bool     // the peer's end of stream follows pending

	made         bool
	paused       bool
	closing      bool // LoseConnection was called
	writeClosing bool // LoseWriteConnection was called
	writeClosed  bool
	readClosed   bool  // the half-closer was told
	reason       error // of an end that is on its way
	lost         bool
	stopped      bool   // the loop ends
	forget       func() // takes back that the end is told so

	posted atomic.Bool // turn is on its way
}

var _ Core = (*end)(nil)

func (e *end) Gate() *flow.Gate            { return &e.gate }
func (e *end) Protocol() protocol.Protocol { return e.proto }
func (e *end) LocalAddr() net.Addr         { return e.side.Addr }
func (e *end) RemoteAddr() net.Addr        { return e.remote }
func (e *end) Loop() protocol.Loop         { return e.side.Loop }
func (e *end) Buffered() int               { return e.queued }
func (e *end) SetMaxBuffered(n int)        { e.max = n }

func (e *end) Deliver(p protocol.Protocol, t protocol.Transport) {
	e.proto, e.t = p, t
	e.half, _ = protocol.As[protocol.HalfCloser](p)
}

// check panics off the loop, in builds that look for misuse.
func (e *end) check(method string) { loopcheck.Check(e.side.Loop, "memory: Transport."+method) }

// open reports whether what is written now will leave.
func (e *end) open() bool {
	if e.lost || e.reason != nil || e.writeClosed {
		return false
	}
	return !(e.closing || e.writeClosing) || e.gate.Registered()
}

func (e *end) Write(p []byte) (int, error) {
	e.check("Write")
	if !e.accept(len(p)) {
		return 0, net.ErrClosed
	}
	e.append(p)
	e.filled(len(p))
	return len(p), nil
}

func (e *end) WriteSequence(v [][]byte) (int, error) {
	e.check("WriteSequence")
	n := 0
	for _, p := range v {
		n += len(p)
	}
	if !e.accept(n) {
		return 0, net.ErrClosed
	}
	if e.cfg.Policy == Separate {
		joined := make([]byte, 0, n)
		for _, p := range v {
			joined = append(joined, p...)
		}
		e.push(joined)
	} else {
		for _, p := range v {
			e.append(p)
		}
	}
	e.filled(n)
	return n, nil
}

// accept reports whether n bytes may be written.
func (e *end) accept(n int) bool {
	if !e.open() {
		return false
	}
	limit := e.max
	if limit <= 0 {
		limit = protocol.DefaultMaxBuffered
	}
	if n > limit-e.queued {
		e.fail(&protocol.ConnectionLoss{Class: protocol.ErrBufferOverflow})
		return false
	}
	return true
}

func (e *end) filled(n int) {
	if n == 0 {
		return
	}
	e.queued += n
	e.schedule()
	e.gate.Filled(e.queued)
}

// append copies p to the queue, in chunks of a bounded size where chunks do not matter.
func (e *end) append(p []byte) {
	if e.cfg.Policy == Separate {
		e.push(append([]byte(nil), p...))
		return
	}
	for len(p) > 0 {
		last := len(e.queue) - 1
		if last < 0 || len(e.queue[last]) == chunkSize {
			e.push(make([]byte, 0, min(len(p), chunkSize)))
			last++
		}
		n := min(len(p), chunkSize-len(e.queue[last]))
		e.queue[last] = append(e.queue[last], p[:n]...)
		p = p[n:]
	}
}

func (e *end) push(chunk []byte) {
	if len(chunk) > 0 || cap(chunk) > 0 {
		e.queue = append(e.queue, chunk)
	}
}

func (e *end) RegisterProducer(p protocol.Producer, mode protocol.ProducerMode) error {
	e.check("RegisterProducer")
	return e.gate.Register(p, mode, e.open() && !e.closing && !e.writeClosing, e.queued)
}

func (e *end) UnregisterProducer() {
	e.check("UnregisterProducer")
	if e.gate.Unregister() {
		e.schedule()
	}
}

func (e *end) Pause() {
	e.check("Pause")
	e.paused = true
}

func (e *end) Resume() {
	e.check("Resume")
	if e.paused && !e.closing {
		e.paused = false
		e.schedule()
	}
}

func (e *end) Stop(error) { e.LoseConnection() }

func (e *end) LoseConnection() {
	e.check("LoseConnection")
	e.closing = true
	e.schedule()
}

func (e *end) LoseWriteConnection() {
	e.check("LoseWriteConnection")
	e.writeClosing = true
	e.schedule()
}

func (e *end) AbortConnection() {
	e.check("AbortConnection")
	e.fail(protocol.Aborted())
}

// fail loses the connection on the next turn.
func (e *end) fail(reason error) {
	if e.reason != nil || e.lost {
		return
	}
	e.reason = reason
	e.queue, e.queued = nil, 0
	e.schedule()
}

// schedule puts a turn of e on its loop and reports whether the loop is there to run it. Safe from any goroutine.
func (e *end) schedule() bool {
	select {
	case <-e.side.Loop.Done():
		return false
	default:
	}
	if !e.posted.Swap(true) {
		e.side.Loop.CallFromThread(e.turn)
	}
	return true
}
