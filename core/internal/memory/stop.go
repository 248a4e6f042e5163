// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package memory

import (
	"math"
	"net"

	"github.com/torsion-go/torsion/core/protocol"
)

// WhenStopping has f called on the loop when that is about to end, as a reactor's does when it stops, with a reason that matches protocol.ErrConnectionLost. forget
// takes it back. The error is that of a loop which ends already. Loops that cannot tell of their end never call f. Safe from any goroutine.
func WhenStopping(loop protocol.Loop, f func(reason error)) (forget func(), err error) {
	if l, ok := loop.(interface {
		CallWhenStopping(f func(reason error)) (func(), error)
	}); ok {
		return l.CallWhenStopping(f)
	}
	return func() {}, nil
}

// attend makes the end learn of the end of its loop. It is called before the first turn.
func (e *end) attend() {
	forget, err := WhenStopping(e.side.Loop, e.stop)
	if err != nil {
		e.stopped, e.reason = true, protocol.Lost(err)
		e.part(true)
		return
	}
	e.forget = forget // stop, which may be called already, does not read it
}

// stop ends the connection because its loop ends. What was written goes to the peer, whose system it would be in by now if there were one; it is at most what
// SetMaxBuffered allows.
func (e *end) stop(reason error) {
	e.stopped = true
	switch {
	case e.lost:
		return
	case !e.made:
		e.made = true
		e.refuse(reason)
	case e.reason != nil:
		e.finish(e.reason)
	default:
		e.out.open()
		e.out.put(e.queue)
		if e.closing {
			reason = protocol.Done(net.ErrClosed)
		}
		e.finishAs(reason, true)
	}
}

// refuse lets go of a connection that has no protocol.
func (e *end) refuse(err error) {
	e.leave(true)
	if e.side.Made != nil {
		e.side.Made(nil, err)
	}
}

// open lifts the bound: no more will be written than what waits now.
func (p *pipe) open() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.window = math.MaxInt
}
