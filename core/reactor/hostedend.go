// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"context"
	"errors"

	"github.com/torsion-go/torsion/core/internal/loopcheck"
)

// OnStop has f called on the host's thread when the reactor has stopped, so that it can make the host's main loop return. After the end it is called at once. Loop only.
func (h *Hosted) OnStop(f func()) {
	loopcheck.Check(h.r.Loop, "reactor: Hosted.OnStop")
	if h.ended {
		f()
		return
	}
	h.onStop = append(h.onStop, f)
}

// Finish is for the host whose main loop has ended, on the thread that it ran on. It stops the reactor, if it has not stopped, and makes its passes itself until it has: see
// [Reactor.Stop]. When ctx ends first, what is left is dropped. It returns how the reactor ended, as Run does, or why ctx ended; ErrOtherGoroutine on another thread; ErrAlreadyRunning in
// a callback of the reactor.
func (h *Hosted) Finish(ctx context.Context) error {
	r := h.r
	if !h.ended {
		switch {
		case !r.OnLoop():
			return ErrOtherGoroutine
		case h.turning:
			return ErrAlreadyRunning
		}
		if err := h.drive(ctx); err != nil {
			return err
		}
	}
	select {
	case <-h.left:
		return h.err
	case <-ctx.Done(): // the host's post does not return
		return errors.Join(h.err, context.Cause(ctx))
	}
}

// drive makes the last passes.
func (h *Hosted) drive(ctx context.Context) error {
	r := h.r
	h.gone.Store(true)
	h.turning = true
	if h.waiting {
		h.waiting = false
		h.poller.Wake()
		<-h.woke
	}
	r.mail.woke()
	expired := false
	unwatch := context.AfterFunc(ctx, func() {
		r.CallFromThread(func() { expired = true })
	})
	defer unwatch()
	h.start()
	_ = r.Stop() // it may be stopping
	r.shutDownIfAsked()
	var err error
	for !r.stopped && !r.crash.Load() {
		if expired {
			r.crash.Store(true)
			err = context.Cause(ctx)
			break
		}
		h.unpark()
		if e := r.Loop.pass(-1); e != nil {
			h.end(r.fail(e))
			return nil
		}
		r.shutDownIfAsked()
	}
	r.finish()
	h.end(err)
	return nil
}

// end leaves the host: the reactor has stopped, crashed or failed.
func (h *Hosted) end(err error) {
	r := h.r
	h.unwatch()
	if h.unpark(); h.atHome() {
		leave(r.Loop)
	} else {
		r.log.Warn("reactor: the hosted reactor ends deeper or less deep in callbacks from C than its passes were made: coroutines that wait stay", "put off", len(h.parked))
	}
	r.hosted = nil
	r.ident.Store(0)
	h.gone.Store(true)
	h.ended, h.turning, h.err = true, false, err
	close(h.wants)
	for _, f := range h.onStop {
		f()
	}
}
